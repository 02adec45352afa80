//! The watch: looks at the hosts, and lets another take the place of the one in use.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use tokio::time::Instant;

use super::{
    super::{
        database::Closing,
        host_look::{Choice, Seen, look},
    },
    Hosts, InUse, Primary,
};

/// How often to look while nothing gives cause to: another may have been promoted while the one in
/// use goes on, cut off from the rest.
const NOW_AND_THEN: Duration = Duration::from_secs(2);

/// How long to wait between two looks, whatever gives cause for the second.
const BETWEEN: Duration = Duration::from_millis(200);

/// What the watch told last, so that it does not repeat itself.
#[derive(Default)]
struct Told {
    /// That no host takes writes.
    is_none: bool,
    /// Those that take writes and are not used.
    behind: Vec<Choice>,
}

impl Hosts {
    /// Watches the hosts until the store is closed, where one is to be chosen.
    pub(in super::super) fn watch(self: &Arc<Self>, mut closing: Closing) {
        if self.are_chosen_from {
            let hosts = Arc::clone(self);
            tokio::spawn(async move {
                tokio::select! {
                    biased;
                    () = closing.wait() => {}
                    () = hosts.keep_looking() => {}
                }
            });
        }
    }

    async fn keep_looking(&self) {
        let mut told = Told::default();
        loop {
            if self.are_there().is_ok() {
                let _ = tokio::time::timeout(NOW_AND_THEN, self.doubt.notified()).await;
            }
            let (known, number) = (self.primary().choice, self.primary().number);
            let seen = look(&self.all, Some(known), self.timeout).await;
            self.tell_of_those_behind(&seen, known, &mut told);
            let choice = seen.choose(Some(known));
            match choice {
                Some(choice) if choice == known => self.find_again(number),
                Some(choice) => self.exchange(choice),
                None => self.lose(number, seen.lack(&self.all, Some(known))),
            }
            self.tell(choice.is_none(), &mut told);
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// The host in use can be used.
    fn find_again(&self, number: u64) {
        self.in_use.send_if_modified(|in_use| {
            in_use.primary.number == number && in_use.lost.take().is_some()
        });
    }

    /// Tells when there begins to be no host, and when that is over.
    fn tell(&self, is_none: bool, told: &mut Told) {
        let was_none = std::mem::replace(&mut told.is_none, is_none);
        let InUse { primary, lost } = self.in_use.borrow().clone();
        match (was_none, is_none, lost) {
            (false, true, Some(why)) => {
                tracing::warn!(event = "store.no_host", reason = %why, "no host takes writes: {why}");
            }
            (true, false, _) => {
                let name = &primary.name;
                tracing::info!(event = "store.host_found", host = name, "{name} takes writes");
            }
            _ => {}
        }
    }

    /// Another takes the place of the host in use. Whoever waits for the one before is told so,
    /// and its connections are closed.
    fn exchange(&self, choice: Choice) {
        let host = &self.all[choice.host];
        let before = self.primary();
        let primary = Primary {
            number: before.number + 1,
            pool: self.pool.clone().connect_lazy_with(host.options.clone()),
            name: host.name.clone(),
            choice,
            since: Instant::now(),
        };
        self.in_use.send_replace(InUse { primary: Arc::new(primary), lost: None });
        counter!("tessera_store_host_changes_total").increment(1);
        let (name, timeline) = (&host.name, choice.timeline);
        tracing::warn!(
            event = "store.host_changed",
            host = name,
            timeline,
            before = before.name,
            "{name} takes writes from now on, instead of {}",
            before.name
        );
        tokio::spawn(async move { before.pool.close().await });
    }

    /// Tells once of each primary of old that takes writes all the same: two of them at once is
    /// what no promise survives.
    fn tell_of_those_behind(&self, seen: &Seen, known: Choice, told: &mut Told) {
        let behind: Vec<_> = seen.behind(Some(known)).collect();
        for choice in behind.iter().filter(|choice| !told.behind.contains(choice)) {
            let (name, timeline) = (&self.all[choice.host].name, choice.timeline);
            tracing::warn!(
                event = "store.host_behind",
                host = name,
                timeline,
                "{name} takes writes on timeline {timeline}, before {}, and is not used: is it a \
                 primary of old?",
                known.timeline
            );
        }
        told.behind = behind;
    }
}
