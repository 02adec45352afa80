//! What is measured of the store, its connections and the nodes that share it.

use super::super::{
    labels::ALGORITHM,
    metric::{Metric, bounded, counter, gauge, histogram, words},
    waiting,
};

/// Every metric of the store.
pub(super) const METRICS: &[Metric] = &[
    histogram(
        "tessera_write_group_size",
        &[],
        "Commands that shared a commit.",
        "Grows with load; that is how throughput is had. At 512 for long: more cannot be written.",
    ),
    histogram(
        "tessera_commit_duration_seconds",
        &[],
        "From when a group begins to be written until it is durable, or came to nothing.",
        "The disk or the database. Every write waits for one to two of these.",
    ),
    gauge(
        "tessera_write_queue_length",
        &[],
        "Commands that wait for the next commit.",
        "Near the limit: requests will be refused with 503.",
    ),
    gauge("tessera_write_queue_limit", &[], "How many may wait.", "A constant, to compare with."),
    histogram(
        "tessera_read_group_size",
        &[],
        "Looks that shared statements.",
        "As with writes; the most is 256.",
    ),
    gauge(
        "tessera_read_queue_length",
        &[],
        "Looks that wait for the next statement.",
        "Near the limit: requests will be refused with 503.",
    ),
    gauge("tessera_read_queue_limit", &[], "How many may wait.", "A constant, to compare with."),
    waiting::LENGTH,
    waiting::LIMIT,
    waiting::AGE,
    waiting::FALLBACKS,
    waiting::LOST,
    waiting::SLOTS_LOST,
    counter(
        "tessera_cache_lookups_total",
        &[
            words("kind", || vec!["token", "client", "user", "list"]),
            words("outcome", || vec!["hit", "miss"]),
        ],
        "Looks into the cache, by kind and whether it answered: a `list` is the resource servers, CORS origins or signing keys. Looks while the lease is over, or with the cache off, are not counted.",
        "The share of `hit` of tokens. Low, with as many entries as `cache.entries`: raise that.",
    ),
    gauge(
        "tessera_cache_entries",
        &[words("kind", || vec!["token", "client"])],
        "What the cache keeps, roughly.",
        "Tokens at `cache.entries`: it is full.",
    ),
    gauge(
        "tessera_cache_lease",
        &[],
        "1 while answers may come from the cache, else 0.",
        "On SQLite 1 unless a commit was given up on. On PostgreSQL 0 for long means that this node cannot hear the others.",
    ),
    counter(
        "tessera_audit_events_total",
        &[],
        "Events written to the audit log by this node.",
        "Many more than usual: somebody or something changes much. `tessera audit tail` shows what.",
    ),
    gauge(
        "tessera_audit_unsealed_seconds",
        &[],
        "How long the oldest event of the audit log has waited for its place in the chain; 0 where none waits.",
        "A few seconds. Growing: no node seals, and what is not sealed can be changed unseen.",
    ),
    gauge(
        "tessera_audit_chain_broken",
        &[],
        "1 if this node found, when it last checked it, that the audit log was tampered with, else 0.",
        "1: somebody changed the log behind the server's back. `tessera audit verify` says where.",
    ),
    gauge(
        "tessera_nodes",
        &[],
        "Servers that share the database, as it says; 1 on SQLite.",
        "Fewer than were started: one does not reach the database. More: one died, and goes with the next change.",
    ),
    histogram(
        "tessera_confirmation_duration_seconds",
        &[],
        "How long a change waited until no node answered from before it. Only on PostgreSQL.",
        "A few milliseconds. 1.1 s: a node did not confirm.",
    ),
    counter(
        "tessera_confirmations_missed_total",
        &[],
        "Changes that another node did not confirm in time.",
        "Each made somebody wait for a second; grows by one when a node dies. More: a node is cut off or too busy.",
    ),
    counter(
        "tessera_store_host_changes_total",
        &[],
        "How often another PostgreSQL host of `store.url` took the place of the one in use.",
        "One for each fail-over. More: the database changes hands again and again.",
    ),
    gauge(
        "tessera_signing_key_age_seconds",
        &[ALGORITHM],
        "How long the key that signs has signed, by algorithm.",
        "More than `keys.rotation.interval`: see the next.",
    ),
    gauge(
        "tessera_signing_key_next_rotation_seconds",
        &[ALGORITHM],
        "In how long another key takes over, by algorithm; below 0 it is overdue. Inf where none is in sight.",
        "Below 0 for long: rotation fails. The log says why.",
    ),
    gauge(
        "tessera_store_connections",
        &[],
        "Open connections to the store.",
        "At `store.connections`: more work at once than connections.",
    ),
    gauge(
        "tessera_store_idle_connections",
        &[],
        "Open connections to the store that wait for work.",
        "For comparison.",
    ),
    gauge(
        "tessera_store_disk_free_bytes",
        &[],
        "What is free on the disk of the database, for us. Only on SQLite.",
        "A full disk: nothing can be issued or revoked.",
    ),
    counter(
        "tessera_last_uses_not_noted_total",
        &[words("of", || vec!["client", "secret", "token"])],
        "Uses that are not in `last_used`: more than 20,000 of a kind waited to be written.",
        "Rising: the store writes too slowly, or so many tokens are used within ten seconds. What was used may look unused until it is used again.",
    ),
    counter(
        "tessera_sweep_rows_total",
        &[],
        "Ended rows that this server's sweep deleted.",
        "In the long run as many as are issued.",
    ),
    gauge(
        "tessera_sweep_lag_seconds",
        &[],
        "How long the longest overdue row has been overdue, whichever node sweeps; looked at every ten seconds.",
        "Growing: the sweep cannot keep up, or does not run.",
    ),
    gauge(
        "tessera_sweep_last_success_timestamp_seconds",
        &[],
        "When a sweep last came to its end, on whichever node; 0 if none did.",
        "Older than a few times `sweep.interval`: it fails. The log says why.",
    ),
    gauge(
        "tessera_build_info",
        &[bounded("version", "the version of the program")],
        "Always 1.",
        "Which version runs where.",
    ),
];
