use super::*;
use crate::store::lease::moment;

const RESOURCE_SERVERS: Which<Vec<ResourceServer>> = |cache| &cache.resource_servers;

const CORS_ORIGINS: Which<HashSet<String>> = |cache| &cache.cors_origins;

fn cache_with(enabled: bool, lease: Lease) -> Cache {
    Cache::new(CacheOptions { enabled, entries: 10 }, lease)
}

#[test]
fn what_is_kept_is_answered_until_it_changes() {
    let cache = cache_with(true, Lease::forever());
    cache.keep_whole(RESOURCE_SERVERS, &Arc::default(), cache.count());
    assert!(cache.whole(RESOURCE_SERVERS).is_some());

    cache.note(&[Change::ResourceServers]);

    assert!(cache.whole(RESOURCE_SERVERS).is_none());
}

#[test]
fn a_change_of_any_client_changes_the_list_of_origins() {
    let cache = cache_with(true, Lease::forever());
    let origins = Arc::new(HashSet::from(["https://app.example".to_owned()]));
    cache.keep_whole(CORS_ORIGINS, &origins, cache.count());
    assert!(cache.whole(CORS_ORIGINS).is_some());

    cache.note(&[Change::Client(ClientId::parse("app").unwrap())]);

    assert!(cache.whole(CORS_ORIGINS).is_none());
}

/// As by a reader that a change overtook while it read.
#[test]
fn what_is_kept_too_late_is_not_answered() {
    let cache = cache_with(true, Lease::forever());
    let seen = cache.count();

    cache.note(&[Change::ResourceServers]);
    cache.keep_whole(RESOURCE_SERVERS, &Arc::default(), seen);

    assert!(cache.whole(RESOURCE_SERVERS).is_none());
}

#[test]
fn nothing_is_answered_without_a_lease() {
    let cache = cache_with(true, Lease::none());
    cache.keep_whole(RESOURCE_SERVERS, &Arc::default(), cache.count());
    assert!(cache.whole(RESOURCE_SERVERS).is_none());

    cache.lease.prolong(moment() + 60_000);
    assert!(cache.whole(RESOURCE_SERVERS).is_some());

    cache.lease.end();
    assert!(cache.whole(RESOURCE_SERVERS).is_none());
}

/// Not even what was read while it lasted: the commit may have come about after that.
#[test]
fn nothing_is_answered_in_doubt_nor_afterwards_what_was_read_in_doubt() {
    let cache = cache_with(true, Lease::forever());
    cache.doubt();
    cache.keep_whole(RESOURCE_SERVERS, &Arc::default(), cache.count());
    assert!(cache.whole(RESOURCE_SERVERS).is_none());

    cache.settle();

    assert!(!cache.is_in_doubt() && cache.whole(RESOURCE_SERVERS).is_none());
    cache.keep_whole(RESOURCE_SERVERS, &Arc::default(), cache.count());
    assert!(cache.whole(RESOURCE_SERVERS).is_some());
}

#[test]
fn a_cache_that_is_switched_off_keeps_nothing() {
    let cache = cache_with(false, Lease::forever());

    cache.keep_whole(RESOURCE_SERVERS, &Arc::default(), cache.count());

    assert!(cache.whole(RESOURCE_SERVERS).is_none());
}
