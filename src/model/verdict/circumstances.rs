//! Whether a token is good for what it is presented for, by whom, from where and when.

use crate::model::{
    attempt::{Attempt, Circumstances},
    rules::{Mode, Rule},
    standing::{Refusal, StandingEntry},
    token_entry::TokenKind,
};

use super::{Answer, Check, Fact, of_rules};

/// A check that hangs on circumstances: without them nobody can say.
fn hanging<'a>(
    name: &'static str,
    (attempt, refusal): (&Attempt, Refusal),
    holds: impl FnOnce(&Circumstances) -> bool,
    fact: Fact<'a>,
) -> Check<'a> {
    match &attempt.presented {
        Some(presented) => Check::of(name, holds(presented), refusal, fact),
        None => Check { name, answer: Answer::Depends, fact },
    }
}

pub(super) fn asked_type<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let asked = attempt.presented.as_ref()?.type_name.as_deref()?;
    // As names of types are folded, and without a copy.
    let holds = asked.eq_ignore_ascii_case(&token.entry.type_name);
    let fact = Fact::AskedType { asked, name: token.type_name() };
    Some(Check::of("type", holds, Refusal::WrongType, fact))
}

pub(super) fn purpose<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let bound = &token.entry.purposes;
    let asked = attempt.presented.as_ref().and_then(|presented| presented.purpose.as_deref());
    (!bound.is_empty()).then(|| {
        let fact = Fact::Purposes { bound, asked };
        let wrong = (attempt, Refusal::WrongPurpose);
        hanging("purpose", wrong, |_| bound.admit(asked), fact)
    })
}

/// An empty identity is none, and none is not the one it was made for.
pub(super) fn identity<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let bound = token.entry.identity.as_deref()?;
    let asked = attempt.presented.as_ref().and_then(|presented| presented.identity.as_deref());
    let holds = asked.is_some_and(|asked| !asked.is_empty() && asked == bound);
    let fact = Fact::Identity { bound, asked };
    Some(hanging("identity", (attempt, Refusal::WrongIdentity), |_| holds, fact))
}

/// Of an access token its holder was asked for when it was issued: the resource server that asks
/// about it is another.
pub(super) fn client<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    of_rules(token, |rule| {
        let Rule::Client(client) = rule else { return None };
        if token.entry.kind == TokenKind::Access {
            return None;
        }
        let asked = attempt.presented.as_ref().map(|presented| &presented.client_id);
        let fact = Fact::Clients { allowed: &client.allow, asked };
        let holds = |presented: &Circumstances| client.admits(presented.client_id.as_str());
        Some(hanging("allowed_client", (attempt, Refusal::WrongClient), holds, fact))
    })
}

pub(super) fn audience<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    of_rules(token, |rule| {
        let Rule::Audience(audience) = rule else { return None };
        let asked = attempt.presented.as_ref().map(|presented| &presented.audience);
        let fact = Fact::Audiences { allowed: &audience.allow, mode: audience.mode, asked };
        let holds = |presented: &Circumstances| {
            let mut allowed = audience.allow.iter();
            let acts_for = |allowed: &String| presented.audience.contains(allowed);
            match audience.mode {
                Mode::Any => allowed.any(acts_for),
                Mode::All => allowed.all(acts_for),
            }
        };
        Some(hanging("audience", (attempt, Refusal::WrongAudience), holds, fact))
    })
}

/// An address that nobody knows is in no network.
pub(super) fn network<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    of_rules(token, |rule| {
        let Rule::Cidr(cidr) = rule else { return None };
        let asked = attempt.presented.as_ref().and_then(|presented| presented.address);
        let fact = Fact::Networks { cidr, asked };
        let holds = |_: &Circumstances| asked.is_some_and(|address| cidr.admits(address));
        Some(hanging("network", (attempt, Refusal::WrongAddress), holds, fact))
    })
}

/// Before its first use it is pinned to nothing, and any address that is known is good.
pub(super) fn pin<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let bound = token.entry.pin.as_deref();
    of_rules(token, |rule| {
        let Rule::PinIp(pin) = rule else { return None };
        let asked = attempt.presented.as_ref().and_then(|presented| presented.address);
        let fact = Fact::Pin { bound, asked };
        let holds = |_: &Circumstances| {
            asked.is_some_and(|address| bound.is_none_or(|bound| pin.pin_of(address) == bound))
        };
        Some(hanging("pinned_network", (attempt, Refusal::WrongAddress), holds, fact))
    })
}

/// The moment of a look is known, so its hours hold or fail of a look too.
pub(super) fn schedule<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    of_rules(token, |rule| {
        let Rule::Schedule(schedule) = rule else { return None };
        let fact = Fact::Hours { schedule };
        Some(Check::of("schedule", schedule.holds(attempt.at), Refusal::OffSchedule, fact))
    })
}

/// Which purposes were used up stands in other rows: the statement that spends a use decides.
pub(super) fn purpose_once<'a>(
    token: &'a StandingEntry,
    attempt: &'a Attempt,
) -> Option<Check<'a>> {
    of_rules(token, |rule| {
        let Rule::PurposeOnce(_) = rule else { return None };
        let asked = attempt.presented.as_ref().and_then(|presented| presented.purpose.as_deref());
        let fact = Fact::OncePerPurpose { asked };
        Some(Check { name: "purpose_once", answer: Answer::Depends, fact })
    })
}
