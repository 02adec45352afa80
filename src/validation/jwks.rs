//! The keys that a server publishes: kept, read again now and then, and when a new one is named.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use hyper::{HeaderMap, Method, body::Bytes, http::header};
use tokio::sync::Mutex;

use crate::model::{clock::Clock, timestamp::Timestamp};

use super::{
    http::{Fault, HttpClient, Question},
    kept::age,
    validator::Unavailable,
    verifier::PublicKeys,
};

/// Where every server publishes its keys.
const PATH: &str = "/jwks.json";

/// For how long keys are taken at most, whatever their server says: what it withdrew is good here
/// no longer than that.
const LONGEST: Duration = Duration::from_mins(10);

/// How long it takes at least from one look to the next. Anybody can name a key that is not there.
const PAUSE: Duration = Duration::from_secs(10);

/// How long keys stand in for those that cannot be read.
const STAND_IN: Duration = Duration::from_hours(1);

/// The signing keys of one server, read when they are needed. Cheap to clone.
///
/// They are kept as long as their server says, ten minutes at most, and read again for a key that
/// is not among them, once in ten seconds at most. While they cannot be read, those that were read
/// last stand in, for an hour.
#[derive(Debug, Clone)]
pub struct Jwks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: HttpClient,
    clock: Clock,
    kept: RwLock<Kept>,
    /// Who asks the server. Others wait for what it says.
    turn: Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    read: Option<(Arc<PublicKeys>, Timestamp)>,
    /// For how long what was read is taken.
    fresh_for: Duration,
    asked_at: Option<Timestamp>,
}

impl Jwks {
    /// The keys of the server that `client` asks. Nothing is read yet.
    #[must_use]
    pub fn new(client: HttpClient, clock: Clock) -> Self {
        let (kept, turn) = (RwLock::default(), Mutex::default());
        Self(Arc::new(Inner { client, clock, kept, turn }))
    }

    /// The keys to check a token with that names `kid`. That one may not be among them.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if there are none, and none can be had.
    pub(super) async fn keys_for(&self, kid: Option<&str>) -> Result<Arc<PublicKeys>, Unavailable> {
        let now = self.0.clock.now();
        let kept = self.0.kept();
        if let Some(keys) = kept.good_for(kid, now) {
            return Ok(keys);
        }
        // Whose key is known need not wait while another one asks.
        let stand_in = kept.standing_in(now).filter(|keys| keys.know(kid));
        let turn = match stand_in {
            Some(keys) => match self.0.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(keys),
            },
            None => self.0.turn.lock().await,
        };
        // Somebody may have asked while we waited.
        let kept = self.0.kept();
        if let Some(keys) = kept.good_for(kid, now) {
            return Ok(keys);
        }
        let may_ask = kept.asked_at.is_none_or(|at| age(at, now) >= PAUSE);
        drop(turn);
        if may_ask {
            // In a task of its own: a caller who hangs up must not use up the turn of all others.
            let keys = self.clone();
            let asking = tokio::spawn(async move { keys.read().await });
            let _ = asking.await;
        }
        self.0.kept().standing_in(now).ok_or(Unavailable::Keys)
    }

    /// Reads the keys, unless somebody just did.
    async fn read(&self) {
        let _turn = self.0.turn.lock().await;
        let now = self.0.clock.now();
        if self.0.kept().asked_at.is_some_and(|at| age(at, now) < PAUSE) {
            return;
        }
        self.0.change(|kept| kept.asked_at = Some(now));
        match self.ask().await {
            Ok((keys, fresh_for)) => self.0.change(|kept| {
                kept.read = Some((Arc::new(keys), now));
                kept.fresh_for = fresh_for;
            }),
            Err(fault) => tracing::warn!(
                event = "validation.keys_not_read",
                cause = %chain(&fault),
                "the signing keys cannot be read from {:?}: {fault}", self.0.client
            ),
        }
    }

    async fn ask(&self) -> Result<(PublicKeys, Duration), Fault> {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        let question = Question { method: Method::GET, path: PATH, headers, body };
        let answer = self.0.client.ask(&question).await?;
        let keys = PublicKeys::parse(&answer.body);
        let keys = keys.map_err(|error| Fault::Content(error.to_string()))?;
        Ok((keys, fresh_for(&answer.headers)))
    }
}

impl Inner {
    fn kept(&self) -> Kept {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Kept {
    /// Fresh keys, that one among them.
    fn good_for(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<PublicKeys>> {
        self.no_older_than(self.fresh_for, now).filter(|keys| keys.know(kid))
    }

    /// Keys that are better than none.
    fn standing_in(&self, now: Timestamp) -> Option<Arc<PublicKeys>> {
        self.no_older_than(STAND_IN, now)
    }

    fn no_older_than(&self, limit: Duration, now: Timestamp) -> Option<Arc<PublicKeys>> {
        let (keys, at) = self.read.as_ref()?;
        (age(*at, now) < limit).then(|| Arc::clone(keys))
    }
}

/// For how long an answer may be kept (RFC 9111 §5.2.2), within our own bounds.
fn fresh_for(headers: &HeaderMap) -> Duration {
    let said = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let words = || said.unwrap_or_default().split(',').map(str::trim);
    if words().any(|word| ["no-store", "no-cache"].contains(&word)) {
        return PAUSE;
    }
    let seconds = words().find_map(|word| word.strip_prefix("max-age=")?.parse().ok());
    seconds.map_or(LONGEST, Duration::from_secs).clamp(PAUSE, LONGEST)
}

/// An error and all that is behind it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use hyper::http::HeaderValue;

    use super::*;

    #[test]
    fn keys_are_kept_as_long_as_their_server_says_within_bounds() {
        let fresh = |said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_str(said).unwrap());
            fresh_for(&headers).as_secs()
        };

        assert_eq!(fresh("public, max-age=300"), 300);
        assert_eq!(
            (fresh("max-age=0"), fresh("no-store"), fresh("max-age=60, no-cache")),
            (10, 10, 10)
        );
        assert_eq!((fresh("max-age=99999999999"), fresh("max-age=x"), fresh("")), (600, 600, 600));
        assert_eq!(fresh_for(&HeaderMap::new()), LONGEST);
    }
}
