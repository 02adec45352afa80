//! What is measured of tokens that were answered and wait to be written.

use super::metric::{Metric, counter, gauge};

pub(super) const LENGTH: Metric = gauge(
    "tessera_persistence_queue_length",
    &[],
    "Tokens that were answered and wait to be written. Always 0 unless `persistence.mode` is `async`.",
    "What a crash would lose at this moment.",
);
pub(super) const LIMIT: Metric = gauge(
    "tessera_persistence_queue_limit",
    &[],
    "How many may wait; 0 unless `persistence.mode` is `async`.",
    "A constant, to compare with.",
);
pub(super) const AGE: Metric = gauge(
    "tessera_persistence_queue_age_seconds",
    &[],
    "How long the first of them has waited.",
    "More than a second: the database does not keep up, or is gone. As long as that, other nodes do not know the token.",
);
pub(super) const FALLBACKS: Metric = counter(
    "tessera_persistence_fallbacks_total",
    &[],
    "Tokens that were written before they were answered because too many waited, or the other nodes could not be told that some may wait.",
    "Growing: more is issued than can be written, and every answer waits for the database again.",
);
pub(super) const LOST: Metric = counter(
    "tessera_persistence_lost_total",
    &[],
    "Tokens that were answered and could not be written: the database refused them, or a stop did not wait long enough. What a crash loses is not counted.",
    "Anything but 0: clients hold tokens that nobody knows. The log says why.",
);
pub(super) const SLOTS_LOST: Metric = counter(
    "tessera_persistence_slots_lost_total",
    &[],
    "Tokens written without a slot, since others took it as often as was tried.",
    "Clients that ask for the same token at once on several nodes. The log names them.",
);
