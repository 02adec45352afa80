//! What the store itself tells: its engine, its clock, its sweep.

use std::time::{Duration, Instant};

use crate::{
    app::App,
    cli::{
        figures::{counted, grouped, size},
        open::LET_US_IN,
        times::long_span,
    },
    jobs::sweep,
    model::timestamp::Timestamp,
    store::{self, HostFacts},
};

use super::{Finding, milliseconds, unanswered};

/// A round trip that takes longer slows down every request that reads.
const SLOW: Duration = Duration::from_millis(50);

/// Clocks further apart than this judge expiry differently enough to be seen.
const APART: Duration = Duration::from_secs(1);

/// From this distance on, tokens of one node are expired or not yet valid on another.
const FAR_APART: Duration = Duration::from_secs(30);

/// A sweep that is late by this much does not keep up.
const LATE: Duration = Duration::from_hours(1);

/// The engine, the schema, and how fast it answers.
pub(super) async fn store(app: &App) -> Finding {
    if app.store.is_disabled() {
        return Finding::fine("Store", "none, as store.enabled = false wants it");
    }
    let look = async {
        let facts = app.store.facts().await?;
        let began = Instant::now();
        app.store.ping().await?;
        Ok::<_, store::Error>((facts, began.elapsed()))
    };
    let (facts, took) = match look.await {
        Ok(looked) => looked,
        Err(error) => return unanswered("Store", error),
    };
    let about = if facts.is_estimate { "about " } else { "" };
    let says = format!(
        "{}, schema {}, {about}{} entries, {}, round trip {}",
        facts.engine,
        facts.schema,
        grouped(facts.entries),
        size(facts.bytes),
        milliseconds(took)
    );
    if facts.schema > facts.newest_known {
        let remedy = "a newer tessera has used it; bring this one up to date soon";
        return Finding::warning("Store", says, remedy);
    }
    if took > SLOW {
        return Finding::warning(
            "Store",
            says,
            "look for load on the database, or on the way there",
        );
    }
    Finding::fine("Store", says)
}

/// Which of several hosts takes writes, and whether the others could. `None` where there is one.
pub(super) async fn hosts(app: &App) -> Option<Finding> {
    let hosts = app.store.hosts().await;
    (hosts.len() > 1).then(|| judge_hosts(&hosts, app.store.host().as_deref()))
}

fn judge_hosts(hosts: &[HostFacts], in_use: Option<&str>) -> Finding {
    let told = hosts.iter().map(|host| format!("{} {}", host.name, host.says));
    let says = told.collect::<Vec<_>>().join("; ");
    match hosts.iter().filter(|host| host.takes_writes).count() {
        // Whoever promoted one beside a primary that only refuses us would have two.
        0 if hosts.iter().any(|host| host.refuses) => Finding::broken("Hosts", says, LET_US_IN),
        0 => Finding::broken("Hosts", says, "promote one of them, or start the primary"),
        1 if hosts.iter().all(|host| host.answers) => Finding::fine("Hosts", says),
        1 if hosts.iter().any(|host| host.refuses) => {
            let remedy = "check store.url, and that it lets us in as the others do: until then \
                          there is less, or nothing, to fail over to";
            Finding::warning("Hosts", says, remedy)
        }
        1 => {
            let remedy = "start it again: until then there is less, or nothing, to fail over to";
            Finding::warning("Hosts", says, remedy)
        }
        _ => {
            let used = in_use.unwrap_or("none of them");
            let remedy = format!("stop all but one at once: they go apart; {used} is used here");
            Finding::broken("Hosts", says, remedy)
        }
    }
}

fn age(since: Timestamp, now: Timestamp) -> String {
    long_span(now.since(since))
}

/// How far our clock is from the database's.
pub(super) async fn clock(app: &App) -> Finding {
    let before = app.now();
    let theirs = match app.store.clock().await {
        Ok(Some(theirs)) => theirs,
        Ok(None) if app.store.is_disabled() => {
            return Finding::fine("Clock", "there is no database that could differ");
        }
        Ok(None) => return Finding::fine("Clock", "the database is on this machine"),
        Err(error) => return unanswered("Clock", error),
    };
    judge_clock(before, theirs, app.now())
}

/// Judges a clock that was read somewhere between two looks at ours.
fn judge_clock(before: Timestamp, theirs: Timestamp, after: Timestamp) -> Finding {
    let apart = theirs.since(after).max(before.since(theirs));
    let says = format!("{} from the database", milliseconds(apart));
    let remedy = "let NTP or chrony set the clock of both machines";
    match apart {
        apart if apart >= FAR_APART => Finding::broken("Clock", says, remedy),
        apart if apart >= APART => Finding::warning("Clock", says, remedy),
        _ => Finding::fine("Clock", says),
    }
}

/// Whether ended rows leave in time.
pub(super) async fn sweep(app: &App, now: Timestamp) -> Finding {
    if app.store.is_disabled() {
        return Finding::fine("Sweep", "there is nothing to sweep");
    }
    let (last, overdue) = match (sweep::last_done(app).await, sweep::preview(app).await) {
        (Ok(last), Ok(overdue)) => (last, overdue),
        (Err(error), _) | (_, Err(error)) => return unanswered("Sweep", error),
    };
    let done = last.map_or("never done".to_owned(), |at| format!("last {} ago", age(at, now)));
    let says = format!("{done}, {} overdue", counted(overdue.rows, "row"));
    if sweep::lag(&overdue, now) >= LATE {
        let remedy =
            "is a server running? then raise sweep.batch, or look for load on the database";
        return Finding::warning("Sweep", says, remedy);
    }
    Finding::fine("Sweep", says)
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_outside_of_two_looks_at_ours() {
        let verdict =
            |theirs| judge_clock(Timestamp(100_000), Timestamp(theirs), Timestamp(100_200));

        for theirs in [99_001, 100_000, 100_100, 101_199] {
            assert_eq!(verdict(theirs).verdict, Verdict::Fine, "{theirs}");
        }
        for theirs in [99_000, 101_200, 70_001, 130_199] {
            assert_eq!(verdict(theirs).verdict, Verdict::Warning, "{theirs}");
        }
        for theirs in [70_000, 130_200] {
            assert_eq!(verdict(theirs).verdict, Verdict::Broken, "{theirs}");
        }
        assert_eq!(verdict(101_200).says, "1000.0 ms from the database");
    }

    #[test]
    fn hosts_are_judged_by_how_many_take_writes_and_whether_all_answer() {
        let host = |says: &str| HostFacts {
            name: "db".to_owned(),
            says: says.to_owned(),
            answers: !says.starts_with("does not answer") && !says.starts_with("refuses us"),
            refuses: says.starts_with("refuses us"),
            takes_writes: says == "takes writes",
        };
        let [gone, closed] = ["does not answer: connection refused", "refuses us: no such role"];
        for (says, verdict, remedy) in [
            (["takes writes", "is a standby"], Verdict::Fine, ""),
            (["takes writes", gone], Verdict::Warning, "start it again"),
            (["takes writes", closed], Verdict::Warning, "check store.url"),
            (["is a standby", gone], Verdict::Broken, "promote one of them"),
            (["is a standby", closed], Verdict::Broken, "check store.url"),
            ([closed, closed], Verdict::Broken, "check store.url"),
            (["takes writes", "takes writes"], Verdict::Broken, "stop all but one"),
        ] {
            let finding = judge_hosts(&says.map(host), Some("db"));

            assert_eq!(finding.verdict, verdict, "{says:?}");
            assert!(finding.remedy.as_deref().unwrap_or("").starts_with(remedy), "{says:?}");
            assert_eq!(finding.says, format!("db {}; db {}", says[0], says[1]));
        }
    }
}
