//! A worker: takes what waits in its lane and writes it, until it is written.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use tokio::sync::Notify;

use super::{
    super::{Error, Inner, database::Closing},
    LaterWrites,
    arrival::WaitingToken,
    queue::Queue,
    settle::Settler,
};

/// The most tokens that all workers have under way, a part of the writer's queue.
const UNDER_WAY: usize = 1024;

/// The most tokens that one worker has under way.
const LARGEST_PART: usize = 256;

/// How long to rest after the first failure in a row, and at most.
const FIRST_REST: Duration = Duration::from_millis(50);
const LONGEST_REST: Duration = Duration::from_secs(2);

/// A worker and its lane.
pub(super) struct Worker {
    lane: usize,
    news: Arc<Notify>,
    queue: Arc<Queue>,
    settler: Settler,
    retries: u32,
    /// How many it takes at once.
    part: usize,
}

impl Worker {
    pub(super) fn new(
        inner: &Inner,
        how: &LaterWrites,
        (lane, news): (usize, Arc<Notify>),
    ) -> Self {
        let part = (UNDER_WAY / how.workers.max(1)).clamp(1, LARGEST_PART);
        let (queue, settler) = (Arc::clone(&inner.queue), Settler::new(inner, how));
        Self { lane, news, queue, settler, retries: how.retries, part }
    }

    /// Works until the store is closed. What cannot be written at this moment is tried again.
    pub(super) async fn run(self, mut closing: Closing) {
        let mut rest = None;
        loop {
            let part = self.queue.take(self.lane, self.part);
            if part.is_empty() {
                tokio::select! {
                    () = self.news.notified() => continue,
                    () = closing.wait() => return,
                }
            }
            let outcomes = self.settler.settle(&part).await;
            let failure = self.note(part, outcomes);
            rest = log_change(failure.as_ref(), rest);
            if let Some(rest) = rest {
                tokio::select! {
                    () = tokio::time::sleep(rest) => {}
                    () = closing.wait() => return,
                }
            }
        }
    }

    /// Lets go of what is written or lost, and puts back what is not. Returns why, if anything was
    /// put back.
    fn note(
        &self,
        part: Vec<Arc<WaitingToken>>,
        outcomes: Vec<Result<(), Error>>,
    ) -> Option<Error> {
        let (mut settled, mut left, mut failure) =
            (Vec::with_capacity(part.len()), Vec::new(), None);
        for (token, outcome) in part.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => settled.push(token),
                Err(error) if self.is_lost(&token, &error) => {
                    log_loss(&token, &error);
                    self.settler.forget(&token.entry);
                    settled.push(token);
                }
                Err(error) => {
                    left.push(token);
                    failure = Some(error);
                }
            }
        }
        self.queue.put_back(self.lane, left);
        self.queue.settle(&settled);
        failure
    }

    /// Whether the engine has refused it too often. That it is gone, full or slow passes.
    fn is_lost(&self, token: &WaitingToken, error: &Error) -> bool {
        let may_pass = matches!(error, Error::Unavailable(_) | Error::Busy);
        !may_pass && token.refuse() > self.retries
    }
}

/// Tells of the first failure in a row, and of its end. Returns how long to rest.
fn log_change(failure: Option<&Error>, rest: Option<Duration>) -> Option<Duration> {
    match (failure, rest) {
        (None, None) => None,
        (None, Some(_)) => {
            tracing::info!(event = "persistence.resumed", "tokens that wait are written again");
            None
        }
        (Some(error), None) => {
            tracing::warn!(
                event = "persistence.delayed",
                reason = %error,
                "tokens that were answered can't be written yet, and are kept in memory: {error}"
            );
            Some(FIRST_REST)
        }
        (Some(_), Some(rest)) => Some((rest * 2).min(LONGEST_REST)),
    }
}

fn log_loss(token: &WaitingToken, error: &Error) {
    counter!("tessera_persistence_lost_total").increment(1);
    let key = token.entry.entry_key;
    tracing::error!(
        event = "persistence.lost",
        token.entry = %key,
        reason = %error,
        "{key} was answered and is lost: {error}"
    );
}
