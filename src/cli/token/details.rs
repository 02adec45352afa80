//! What checks were decided on, as people read it.

use crate::{
    acts::tokens::Raised,
    cli::times::{Times, long_span, span},
    model::{
        rules::{Mode, Schedule},
        timestamp::Timestamp,
        token_entry::EntryStatus,
        verdict::{Answer, Check, Fact, Whose},
    },
};

/// What a check is called, true if it holds.
pub(super) fn title(check: &Check<'_>) -> &'static str {
    match check.fact {
        Fact::Type { .. } => "Type is configured",
        Fact::End { .. } => "Not revoked, replaced or used",
        Fact::Client { .. } => "Client",
        Fact::User { .. } => "User",
        Fact::Family { .. } => "Family",
        Fact::Generation { .. } => "Not ended with all others",
        Fact::Password => "Password",
        Fact::Confirmation => "Confirmed",
        Fact::Start { .. } => "Start",
        Fact::Expiry { .. } => "Expiry",
        Fact::Idle { .. } => "Idle",
        Fact::Uses { .. } => "Use count",
        Fact::UnknownRule => "Rules can be read",
        Fact::Rate { .. } => "Rate",
        Fact::AskedType { .. } => "Type",
        Fact::Purposes { .. } => "Purpose",
        Fact::Identity { .. } => "Identity",
        Fact::Clients { .. } => "Client that asks",
        Fact::Audiences { .. } => "Audience",
        Fact::Networks { .. } => "Network",
        Fact::Pin { .. } => "Network of its first use",
        Fact::Hours { .. } => "Schedule",
        Fact::OncePerPurpose { .. } => "Once for each purpose",
    }
}

/// What is known about a check. `raised` is whose tokens were all ended, the earliest first.
pub(super) fn detail(check: &Check<'_>, times: &Times<'_>, raised: &[Raised]) -> String {
    let holds = check.answer == Answer::Holds;
    match &check.fact {
        Fact::Type { name, version } if holds => {
            version.map_or((*name).to_owned(), |version| format!("{name} v{version}"))
        }
        Fact::Type { name, .. } => format!("{name} is not configured any more"),
        Fact::End { status: EntryStatus::Valid, .. } => String::new(),
        Fact::End { at: Some(at), successor: Some(successor), status, by: None, .. } => {
            format!("{status} {}, for {successor}", times.relative(*at))
        }
        Fact::End { status, at, by, reason, .. } => match at {
            Some(at) => format!("{status} {}", ending(*at, (*by, *reason), times)),
            None => status.to_string(),
        },
        Fact::Client { client_id, status } => standing(client_id.as_str(), *status),
        Fact::User { username, status } => standing(username.unwrap_or("its user"), *status),
        Fact::Family { status } => status.unwrap_or("gone").to_owned(),
        Fact::Generation { .. } => cut_off(raised, times),
        Fact::Password if holds => "as it was".to_owned(),
        Fact::Password => "another since it was made".to_owned(),
        Fact::Confirmation => "a person still has to".to_owned(),
        Fact::Start { at } => times.stated(*at),
        Fact::UnknownRule => "one of a later version, or broken".to_owned(),
        Fact::Expiry { .. } | Fact::Idle { .. } | Fact::Uses { .. } | Fact::Rate { .. } => {
            limit(&check.fact, times)
        }
        fact => bound(fact, &check.answer),
    }
}

/// When, by whom and why something ended.
pub(super) fn ending(
    at: Timestamp,
    (by, reason): (Option<&str>, Option<&str>),
    times: &Times<'_>,
) -> String {
    let by = by.filter(|by| !by.is_empty()).map_or(String::new(), |by| format!(", by {by}"));
    let why = reason.filter(|why| !why.is_empty()).map_or(String::new(), |why| format!(": {why}"));
    format!("{}{by}{why}", times.stated(at))
}

/// Whose tokens were all ended first, and whose then.
fn cut_off(raised: &[Raised], times: &Times<'_>) -> String {
    let Some((first, others)) = raised.split_first() else { return String::new() };
    let when = first.end.as_ref().map_or("since".to_owned(), |end| {
        ending(end.at, (Some(&end.by), Some(&end.reason)), times)
    });
    let others: Vec<_> = others.iter().map(|other| all_of(other.whose)).collect();
    let also = if others.is_empty() { "" } else { "; also " };
    format!("{} were ended {when}{also}{}", all_of(first.whose), others.join(", "))
}

/// At which hours a schedule lets a token work.
pub(super) fn hours(schedule: &Schedule) -> String {
    let days: Vec<_> = schedule.days.iter().map(|day| day.as_str()).collect();
    format!("{} {} to {} {}", days.join(" "), schedule.from, schedule.to, schedule.tz)
}

fn standing(name: &str, status: Option<&str>) -> String {
    match status {
        None | Some("deleted") => format!("{name} is gone"),
        Some(status) => format!("{name} is {status}"),
    }
}

fn all_of(whose: Whose) -> &'static str {
    match whose {
        Whose::Client => "all tokens of its client",
        Whose::User => "all tokens of its user",
        Whose::Server => "all tokens of this server",
    }
}

/// What time and counts leave.
fn limit(fact: &Fact<'_>, times: &Times<'_>) -> String {
    match fact {
        Fact::Expiry { at: None } => "never".to_owned(),
        Fact::Expiry { at: Some(end) } => {
            let exact = times.zoned(*end);
            if times.now < *end {
                format!("{exact}, in {}", long_span(end.since(times.now)))
            } else {
                format!("{exact}, {} ago", long_span(times.now.since(*end)))
            }
        }
        Fact::Idle { ends_at, max_idle, last_used_at } => {
            let used = last_use(*last_used_at, times);
            format!("{} without a use, {}{used}", span(*max_idle), times.stated(*ends_at))
        }
        Fact::Uses { used, max, last_used_at } => {
            let left = max.saturating_sub(*used).max(0);
            format!("{left} of {max} left{}", last_use(*last_used_at, times))
        }
        Fact::Rate { used, max, window, ends_at } => {
            let until =
                ends_at.map_or(String::new(), |end| format!(", until {}", times.stated(end)));
            format!("{used} of {max} in {} used{until}", span(*window))
        }
        _ => String::new(),
    }
}

fn last_use(at: Option<Timestamp>, times: &Times<'_>) -> String {
    at.map_or(String::new(), |at| format!(", last use {}", times.stated(at)))
}

/// What it is bound to and, where that was asked for, what for.
fn bound(fact: &Fact<'_>, answer: &Answer) -> String {
    let (only, asked) = match fact {
        Fact::AskedType { asked, name } => ((*name).to_owned(), Some((*asked).to_owned())),
        Fact::Purposes { bound, asked } => {
            (bound.iter().collect::<Vec<_>>().join(", "), asked.map(str::to_owned))
        }
        Fact::Identity { bound, asked } => ((*bound).to_owned(), asked.map(str::to_owned)),
        Fact::Clients { allowed, asked } => (allowed.join(", "), asked.map(ToString::to_string)),
        Fact::Audiences { allowed, mode, asked } => {
            let joined = allowed.join(if *mode == Mode::Any { " or " } else { " and " });
            (joined, asked.map(ToString::to_string).filter(|asked| !asked.is_empty()))
        }
        Fact::Networks { cidr, asked } => {
            let list = |nets: &[_]| nets.iter().map(ToString::to_string).collect::<Vec<_>>();
            let but = Some(list(&cidr.deny).join(", ")).filter(|but| !but.is_empty());
            let from = Some(list(&cidr.allow).join(", ")).filter(|from| !from.is_empty());
            let but = but.map_or(String::new(), |but| format!(" but {but}"));
            (format!("{}{but}", from.as_deref().unwrap_or("any")), asked.map(|ip| ip.to_string()))
        }
        Fact::Pin { bound, asked } => {
            let Some(bound) = bound else { return "not yet: its first use decides".to_owned() };
            ((*bound).to_owned(), asked.map(|address| address.to_string()))
        }
        Fact::Hours { schedule } => return hours(schedule),
        Fact::OncePerPurpose { asked } => return once(*asked, answer),
        _ => return String::new(),
    };
    match (answer, asked) {
        (Answer::Depends, _) => format!("only {only}"),
        (Answer::Holds, Some(asked)) if asked != only => format!("{only}: {asked} is"),
        (Answer::Holds, _) => only,
        (Answer::Fails(_), Some(asked)) => format!("{only}: {asked} is not"),
        (Answer::Fails(_), None) => format!("{only}: none was given"),
    }
}

/// Whether it was used for a purpose.
fn once(asked: Option<&str>, answer: &Answer) -> String {
    match (answer, asked) {
        (Answer::Holds, Some(asked)) => format!("not yet used for {asked}"),
        (Answer::Fails(_), Some(asked)) => format!("used for {asked} before"),
        _ => "hangs on the purpose: say --purpose".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::{
        cli::zone::Zone,
        model::{
            rules::{Cidr, Day},
            space_delimited::SpaceDelimited,
            standing::Refusal,
            verdict::Refused,
        },
    };

    const YES: Answer = Answer::Holds;
    const NO: Answer = Answer::Fails(Refused { refusal: Refusal::WrongAddress, until: None });

    fn told(fact: Fact<'_>, answer: Answer) -> String {
        let zone = Zone::utc();
        let times = Times { now: Timestamp(1_773_325_930_000), zone: &zone };
        detail(&Check { name: "", answer, fact }, &times, &[])
    }

    #[test]
    fn what_it_is_bound_to_stands_beside_what_was_asked_for() {
        let allow = vec!["10.0.0.0/8".parse().unwrap()];
        let cidr = Cidr { allow, deny: vec!["10.1.0.0/16".parse().unwrap()] };
        let asked = Some(IpAddr::from([10, 1, 0, 1]));
        let networks = |asked| Fact::Networks { cidr: &cidr, asked };
        let pin = |bound, asked| Fact::Pin { bound, asked };

        assert_eq!(told(networks(None), Answer::Depends), "only 10.0.0.0/8 but 10.1.0.0/16");
        assert_eq!(told(networks(asked), NO), "10.0.0.0/8 but 10.1.0.0/16: 10.1.0.1 is not");
        assert_eq!(told(networks(None), NO), "10.0.0.0/8 but 10.1.0.0/16: none was given");
        assert_eq!(told(pin(Some("10.1.0.0/24"), asked), YES), "10.1.0.0/24: 10.1.0.1 is");
        assert_eq!(told(pin(None, None), Answer::Depends), "not yet: its first use decides");
    }

    #[test]
    fn audiences_and_hours_are_told_as_they_are_meant() {
        let allowed = ["a".to_owned(), "b".to_owned()];
        let asked = SpaceDelimited::parse("a");
        let audience = |mode| Fact::Audiences { allowed: &allowed, mode, asked: Some(&asked) };
        let (from, to) = ("08:00".to_owned(), "18:00".to_owned());
        let schedule = Schedule { days: vec![Day::Mon, Day::Fri], from, to, tz: "UTC".to_owned() };

        assert_eq!(told(audience(Mode::Any), YES), "a or b: a is");
        assert_eq!(told(audience(Mode::All), NO), "a and b: a is not");
        assert_eq!(told(Fact::Hours { schedule: &schedule }, NO), "mon fri 08:00 to 18:00 UTC");
    }

    #[test]
    fn counts_say_what_is_left() {
        let (last, max) = (Some(Timestamp(1_773_325_918_000)), 5);
        let uses = |used, last_used_at| Fact::Uses { used, max, last_used_at };

        assert_eq!(told(uses(0, None), YES), "5 of 5 left");
        assert_eq!(told(uses(5, last), NO), "0 of 5 left, last use 14:31 UTC, 12 s ago");
    }
}
