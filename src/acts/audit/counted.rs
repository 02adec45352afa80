//! Refused authentications among the events of a search: each count as an event of its minute.

use uuid::Uuid;

use crate::{
    app::App,
    model::{
        audit::{AuditEvent, KeptEvent, Operator, REFUSED},
        id::{lowest_uuid, time_of_uuid},
        query::{AuditCondition, AuditQuery, AuditSearch},
        timestamp::Timestamp,
    },
    store::RefusedAt,
};

use super::{Looking, Result, search::Bounds};

/// At most so many counts of refused authentications: with the events, less than a thousand rows.
const COUNTS: i64 = 200;

/// What was counted in the time of a page, as events; and, where there was too much of it, the key
/// where the page has to end. `None` where no count can match.
pub(super) async fn counted(
    app: &App,
    search: &AuditSearch,
    (looking, bounds, next): (&Looking, Bounds, Option<Uuid>),
) -> Result<Option<(Option<Uuid>, Vec<KeptEvent>)>> {
    if !may_be_counted(&search.query) {
        return Ok(None);
    }
    let times = times_of((looking, bounds, next));
    let mut rows =
        app.store.read().await?.refused_between(times, looking.newest_first, COUNTS).await?;
    let mut cut = None;
    if i64::try_from(rows.len()) == Ok(COUNTS) {
        let last = rows.last().map_or(times.0, |row| row.minute);
        // The last minute may go on; unless it is the only one, it is left to the next page.
        if rows.first().is_some_and(|row| row.minute != last) {
            rows.retain(|row| row.minute != last);
        }
        let last = rows.last().map_or(times.0, |row| row.minute);
        let edge = if looking.newest_first { last } else { Timestamp(last.0 + 1) };
        cut = Some(lowest_uuid(edge));
    }
    let events = rows.into_iter().map(as_event);
    Ok(Some((cut, events.filter(|kept| search.matches(&kept.event)).collect())))
}

/// The time of a page: from its first moment on, until before the second. A count stands at the
/// beginning of its minute, and belongs to the page that holds that moment.
fn times_of((looking, bounds, next): (&Looking, Bounds, Option<Uuid>)) -> (Timestamp, Timestamp) {
    let Bounds { above, below } = bounds;
    let (lower, upper) = match next {
        Some(next) if looking.newest_first => (next, below),
        Some(next) => (above, next),
        None => (above, below),
    };
    let (mut first, mut end) = (time_of_uuid(lower), time_of_uuid(upper));
    if !looking.newest_first {
        // The moment of an event is on the page that the event ends.
        first.0 += i64::from(looking.from == Some(lower));
        end.0 += i64::from(next.is_some());
    }
    (first, end)
}

/// Whether a query can mean what is counted.
fn may_be_counted(query: &AuditQuery) -> bool {
    let terms = query.terms.iter().filter(|term| !term.negated);
    terms.into_iter().all(|term| match &term.condition {
        AuditCondition::Action(wanted) => wanted.iter().any(|wanted| {
            wanted.strip_suffix('*').map_or(wanted == REFUSED, |start| REFUSED.starts_with(start))
        }),
        AuditCondition::Request(_) | AuditCondition::Node(_) => false,
        _ => true,
    })
}

/// A count as an event of its minute.
fn as_event(row: RefusedAt) -> KeptEvent {
    let RefusedAt { client_id, address, minute, refusals } = row;
    let times = if refusals == 1 { "once".to_owned() } else { format!("{refusals} times") };
    let id = (lowest_uuid(minute), minute);
    let target = client_id.strip_prefix("user:").unwrap_or(&client_id);
    let detail = Some(format!("{times} in this minute"));
    let event = Operator::new(client_id.clone()).did(id, REFUSED, target, detail);
    let address = Some(address).filter(|address| !address.is_empty());
    KeptEvent { event: AuditEvent { address, ..event }, sequence: None, chain: None }
}
