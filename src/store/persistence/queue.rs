//! Tokens that were answered and are not written yet: first in, first out, in lanes.
//!
//! What wants the same slot goes through the same lane, so that of two tokens the later one is
//! written last. All of it is in memory, and gone with the process.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

use crate::model::secret::Sha256;

use super::{
    super::{QueueLength, reader::TokenName, tokens::End},
    arrival::{Arrival, WaitingToken},
    notice::Notice,
};

/// The queue. Without lanes nothing waits: all is written before it is answered.
pub(in crate::store) struct Queue {
    state: Mutex<State>,
    /// How often something left the queue.
    settled: watch::Sender<u64>,
    /// What others were told of it.
    pub(super) notice: Notice,
}

#[derive(Default)]
struct State {
    limit: usize,
    lanes: Vec<Lane>,
    next: u64,
    /// By the number of their arrival.
    waiting: BTreeMap<u64, Arc<WaitingToken>>,
    by_name: HashMap<TokenName, Arc<WaitingToken>>,
    /// The last of each slot.
    by_slot: HashMap<Vec<u8>, Arc<WaitingToken>>,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Arc<WaitingToken>>,
    news: Arc<Notify>,
}

/// What becomes of an arrival.
pub(super) enum Admission {
    /// It waits. Another token of its slot may have just been superseded by it.
    Waits(Option<Arc<WaitingToken>>),
    /// Another token waits that took its slot since the slot was looked at.
    Lost,
    /// It ends a token that may have a row, and an end is written before it is answered.
    AtOnce(Box<Arrival>),
    /// There is no place.
    Full(Box<Arrival>),
}

impl Default for Queue {
    fn default() -> Self {
        let (state, notice) = (Mutex::default(), Notice::default());
        Self { state, settled: watch::channel(0).0, notice }
    }
}

impl Queue {
    /// Lets so many wait, in so many lanes. Returns what tells of arrivals, lane by lane. Lanes that
    /// are there stay.
    pub(super) fn open(&self, lanes: usize, limit: usize) -> Vec<Arc<Notify>> {
        let mut state = self.state();
        state.limit = limit;
        let lanes = lanes.max(state.lanes.len()).max(1);
        state.lanes.resize_with(lanes, Lane::default);
        state.lanes.iter().map(|lane| Arc::clone(&lane.news)).collect()
    }

    /// Lets nobody wait any more. What waits already goes on to.
    pub(super) fn close(&self) {
        self.state().limit = 0;
    }

    /// Whether anybody may wait.
    pub(super) fn is_open(&self) -> bool {
        self.state().limit > 0
    }

    /// Lets an arrival wait. Whom it supersedes waits as well, and nobody has begun to write that
    /// one: so it is written as superseded.
    pub(super) fn add(&self, arrival: Arrival) -> Admission {
        let mut state = self.state();
        let slot = arrival.slot.as_ref();
        let before = slot.and_then(|slot| state.by_slot.get(slot.slot_key.as_bytes())).cloned();
        if let Some(before) = &before
            && slot.and_then(|slot| slot.holder) != Some(before.entry.entry_key)
        {
            return Admission::Lost;
        }
        let before = before.filter(|_| arrival.ends_holder());
        if arrival.ends_holder() && before.as_ref().is_none_or(|before| before.is_begun()) {
            return Admission::AtOnce(Box::new(arrival));
        }
        if state.waiting.len() >= state.limit {
            return Admission::Full(Box::new(arrival));
        }
        if let Some(before) = &before {
            let reason = "a later one took its place".to_owned();
            let at = arrival.entry.created_at;
            before.supersede(End { at, by: "persistence".to_owned(), reason });
        }
        state.put(arrival);
        Admission::Waits(before)
    }

    /// Takes the next ones of a lane, at most so many, to write them. They wait on until they are
    /// settled.
    pub(super) fn take(&self, lane: usize, most: usize) -> Vec<Arc<WaitingToken>> {
        let mut state = self.state();
        let Some(lane) = state.lanes.get_mut(lane) else { return Vec::new() };
        let most = most.min(lane.waiting.len());
        let taken: Vec<_> = lane.waiting.drain(..most).collect();
        for token in &taken {
            token.begin();
        }
        taken
    }

    /// Puts back, in front, what could not be written.
    pub(super) fn put_back(&self, lane: usize, tokens: Vec<Arc<WaitingToken>>) {
        let mut state = self.state();
        let Some(lane) = state.lanes.get_mut(lane) else { return };
        tokens.into_iter().rev().for_each(|token| lane.waiting.push_front(token));
    }

    /// Forgets what is written, or lost.
    pub(super) fn settle(&self, tokens: &[Arc<WaitingToken>]) {
        let mut state = self.state();
        for token in tokens {
            state.waiting.remove(&token.number);
            token.names().iter().for_each(|name| drop(state.by_name.remove(name)));
            if let Some(slot) = token.slot_key()
                && state.by_slot.get(slot.as_bytes()).is_some_and(|last| Arc::ptr_eq(last, token))
            {
                state.by_slot.remove(slot.as_bytes());
            }
        }
        drop(state);
        self.settled.send_modify(|count| *count += 1);
    }

    /// A token, while it waits.
    pub(super) fn find(&self, name: &TokenName) -> Option<Arc<WaitingToken>> {
        self.state().by_name.get(name).cloned()
    }

    /// Those of these tokens that wait.
    pub(in crate::store) fn find_all(
        &self,
        names: &[TokenName],
    ) -> Vec<(TokenName, Arc<WaitingToken>)> {
        let state = self.state();
        if state.waiting.is_empty() {
            return Vec::new();
        }
        let find = |name: &TokenName| Some((name.clone(), state.by_name.get(name).cloned()?));
        names.iter().filter_map(find).collect()
    }

    /// The last token of a slot, while it waits.
    pub(super) fn in_slot(&self, slot: &Sha256) -> Option<Arc<WaitingToken>> {
        self.state().by_slot.get(slot.as_bytes()).cloned()
    }

    /// How many wait, and how many may.
    pub(super) fn length(&self) -> QueueLength {
        let state = self.state();
        QueueLength { length: state.waiting.len(), limit: state.limit }
    }

    /// How long the first of them has waited; nothing if none does.
    pub(super) fn age(&self) -> Duration {
        let state = self.state();
        state.waiting.values().next().map_or(Duration::ZERO, |first| first.since.elapsed())
    }

    /// Returns when all that wait at this moment are settled.
    pub(super) async fn settle_all(&self) {
        let last = self.state().next;
        self.until(|state| state.waiting.keys().next().is_none_or(|first| *first >= last)).await;
    }

    /// Returns when a token is settled.
    pub(super) async fn settled(&self, token: &WaitingToken) {
        self.until(|state| !state.waiting.contains_key(&token.number)).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        let mut settled = self.settled.subscribe();
        while !is_so(&self.state()) {
            // The sender is ours, and so lives as long as this.
            let _ = settled.changed().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, arrival: Arrival) {
        let number = self.next;
        self.next += 1;
        let token = Arc::new(WaitingToken::of(arrival, (number, Instant::now())));
        let first = token.slot_key().and_then(|slot| slot.as_bytes().first().copied());
        let lane = first.map_or(number, u64::from) % self.lanes.len().max(1) as u64;
        if let Some(slot) = token.slot_key() {
            self.by_slot.insert(slot.as_bytes().to_vec(), Arc::clone(&token));
        }
        for name in token.names() {
            self.by_name.insert(name, Arc::clone(&token));
        }
        self.waiting.insert(number, Arc::clone(&token));
        if let Some(lane) = usize::try_from(lane).ok().and_then(|lane| self.lanes.get_mut(lane)) {
            lane.waiting.push_back(token);
            lane.news.notify_one();
        }
    }
}

impl WaitingToken {
    /// Ends it before it is written, since another took its place.
    fn supersede(&self, end: End) {
        *self.superseded.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    /// Notes that its writing begins. It stays so: what was put back may be written all the same.
    fn begin(&self) {
        self.is_begun.store(true, Ordering::SeqCst);
    }

    /// Notes that its end is written already.
    pub(super) fn bury(&self) {
        self.is_buried.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests;
