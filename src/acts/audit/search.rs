//! Looking through the audit log, along one or a few indexes and a bounded number of rows at a time.

use uuid::Uuid;

use crate::{
    app::App,
    model::{
        audit::{ACTIONS, KeptEvent, REFUSED},
        id::lowest_uuid,
        query::{AuditCondition, AuditQuery, AuditSearch, TOKENS_ENDED, UserName},
    },
    store::{AuditPath, EventsWanted},
};

use super::{Result, counted::counted};

/// At most so many events are read for one page.
const BUDGET: usize = 800;

/// The most indexed walks that a query is worth; one that names more is answered from all events.
const PATHS: usize = 12;

/// The fewest events to read at a time.
const SHORTEST: usize = 20;

/// The most events to read at a time.
const LONGEST: usize = 400;

/// Which events a page shows.
#[derive(Debug, Clone)]
pub struct Looking {
    /// Which are meant.
    pub query: AuditQuery,
    /// Whether the newest come first.
    pub newest_first: bool,
    /// Where the last page ended.
    pub from: Option<Uuid>,
    /// About so many; what was counted in the same time comes on top.
    pub limit: usize,
}

/// A page of events.
#[derive(Debug)]
pub struct Page {
    /// The events, and what was counted of refused authentications as events of their minute.
    pub events: Vec<KeptEvent>,
    /// Where to go on; `None` at the end. There may be nothing behind it: no more was read than is
    /// good for one page.
    pub next: Option<Uuid>,
}

/// The bounds of a walk, both excluded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) above: Uuid,
    pub(super) below: Uuid,
}

/// A page of the events that match. However few do, a bounded number of rows is read.
///
/// # Errors
///
/// What the store says.
pub async fn search(app: &App, looking: &Looking) -> Result<Page> {
    let search = AuditSearch { query: looking.query.clone(), at: app.now() };
    let (first, end) = search.span();
    let mut bounds = Bounds { above: lowest_uuid(first), below: lowest_uuid(end) };
    match looking.from {
        Some(from) if looking.newest_first => bounds.below = bounds.below.min(from),
        Some(from) => bounds.above = bounds.above.max(from),
        None => {}
    }
    if bounds.above >= bounds.below {
        return Ok(Page { events: Vec::new(), next: None });
    }
    let (mut events, mut next) = walk(app, &search, (looking, bounds)).await?;
    let counted = counted(app, &search, (looking, bounds, next)).await?;
    if let Some((cut, counts)) = counted {
        if let Some(cut) = cut {
            let is_within = |kept: &KeptEvent| looking.is_before(kept.event.audit_id, cut);
            events.retain(is_within);
            next = Some(cut);
        }
        events.extend(counts);
        events.sort_by_key(|kept| (kept.event.at, kept.event.audit_id));
        if looking.newest_first {
            events.reverse();
        }
    }
    Ok(Page { events, next })
}

impl Looking {
    /// Whether one comes before another on its pages.
    fn is_before(&self, one: Uuid, other: Uuid) -> bool {
        if self.newest_first { one > other } else { one < other }
    }
}

/// The matching events of a page, and where the next one begins.
async fn walk(
    app: &App,
    search: &AuditSearch,
    (looking, mut bounds): (&Looking, Bounds),
) -> Result<(Vec<KeptEvent>, Option<Uuid>)> {
    let paths = paths(app, search).await?;
    let (mut events, mut budget): (Vec<KeptEvent>, usize) = (Vec::new(), BUDGET);
    if paths.is_empty() {
        return Ok((events, None));
    }
    let mut length = (looking.limit + 1).clamp(SHORTEST, LONGEST);
    loop {
        let share = length.min(budget / paths.len()).max(1);
        length = (2 * length).min(LONGEST);
        let (found, horizon) = stretch(app, &paths, (looking, bounds, share)).await?;
        budget = budget.saturating_sub(share * paths.len());
        events.extend(found.into_iter().filter(|kept| search.matches(&kept.event)));
        if events.len() > looking.limit {
            events.truncate(looking.limit);
            let last = events.last().map(|kept| kept.event.audit_id);
            return Ok((events, last.or(horizon)));
        }
        let Some(horizon) = horizon else { return Ok((events, None)) };
        if budget < paths.len() || events.len() == looking.limit {
            return Ok((events, Some(horizon)));
        }
        if looking.newest_first { bounds.below = horizon } else { bounds.above = horizon }
    }
}

/// The next events along all paths, as far as each of them was read, and how far that is; `None`
/// where there are no more.
async fn stretch(
    app: &App,
    paths: &[AuditPath],
    (looking, bounds, share): (&Looking, Bounds, usize),
) -> Result<(Vec<KeptEvent>, Option<Uuid>)> {
    let (mut found, mut horizon): (Vec<KeptEvent>, Option<Uuid>) = (Vec::new(), None);
    let wanted = EventsWanted {
        above: bounds.above,
        below: bounds.below,
        newest_first: looking.newest_first,
        limit: i64::try_from(share).unwrap_or(i64::MAX),
    };
    let mut store = app.store.read().await?;
    for path in paths {
        let rows = store.audit_events(path, &wanted).await?;
        if let Some(last) = rows.last().filter(|_| rows.len() == share) {
            let last = last.event.audit_id;
            horizon = horizon.filter(|far| looking.is_before(*far, last)).or(Some(last));
        }
        found.extend(rows);
    }
    // What lies beyond the horizon of one path may lack events of another.
    found.retain(|kept| horizon.is_none_or(|far| !looking.is_before(far, kept.event.audit_id)));
    found.sort_by_key(|kept| kept.event.audit_id);
    found.dedup_by_key(|kept| kept.event.audit_id);
    if looking.newest_first {
        found.reverse();
    }
    Ok((found, horizon))
}

/// Along which indexes to look. None where no event can match.
async fn paths(app: &App, search: &AuditSearch) -> Result<Vec<AuditPath>> {
    let terms = search.query.terms.iter().filter(|term| !term.negated);
    let mut best: Option<(u8, Vec<AuditPath>)> = None;
    for term in terms {
        let (rank, found) = match &term.condition {
            AuditCondition::Target(texts) => {
                (0, texts.iter().cloned().map(AuditPath::Target).collect::<Vec<_>>())
            }
            AuditCondition::Actor(texts) => {
                (0, texts.iter().cloned().map(AuditPath::Actor).collect())
            }
            AuditCondition::Text(text) => {
                (0, vec![AuditPath::Target(text.clone()), AuditPath::Actor(text.clone())])
            }
            AuditCondition::User(users) => (0, paths_of(app, users).await?),
            AuditCondition::Action(wanted) => (1, actions(wanted)),
            _ => continue,
        };
        let is_better =
            best.as_ref().is_none_or(|(known, paths)| (rank, found.len()) < (*known, paths.len()));
        if found.len() <= PATHS && is_better {
            best = Some((rank, found));
        }
    }
    Ok(best.map_or_else(|| vec![AuditPath::All], |(_, paths)| paths))
}

/// The actions that a query names, but for that of which there are no events.
fn actions(wanted: &[String]) -> Vec<AuditPath> {
    let is_wanted = |name: &str| {
        wanted.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == wanted,
        })
    };
    let names = ACTIONS.iter().map(|action| action.name);
    let names = names.filter(|name| *name != REFUSED && is_wanted(name));
    names.map(|name| AuditPath::Action(name.to_owned())).collect()
}

/// What is about users or was done by them: as they are called, and as their names were typed; and
/// the tokens that were ended by a query, which may be theirs.
async fn paths_of(app: &App, users: &[UserName]) -> Result<Vec<AuditPath>> {
    let pairs: Vec<(&str, &str)> = users
        .iter()
        .filter_map(|user| match user {
            UserName::Named { realm, name } => Some((realm.as_str(), name.folded())),
            UserName::Id(_) => None,
        })
        .collect();
    let known = app.store.read().await?.find_users_named(pairs.iter().copied()).await?;
    let mut addresses: Vec<String> = known.iter().map(crate::model::user::User::address).collect();
    for user in users {
        if let UserName::Named { realm, name } = user {
            addresses.push(format!("{realm}/{}", name.as_str()));
            addresses.push(format!("{realm}/{}", name.folded()));
        }
    }
    addresses.sort();
    addresses.dedup();
    let both = addresses.into_iter().flat_map(|address| {
        [AuditPath::Actor(format!("user:{address}")), AuditPath::Target(address)]
    });
    let ended = TOKENS_ENDED.map(|action| AuditPath::Action(action.to_owned()));
    Ok(both.chain(ended).collect())
}
