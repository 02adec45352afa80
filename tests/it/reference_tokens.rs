//! Reference tokens: their forms, and what the store keeps of them.

use std::time::Duration;

use tessera::acts::tokens::Listing;

use crate::common::{TestClient, TestServer, on_each_engine};

on_each_engine!(
    by_default_a_token_has_43_characters,
    a_located_token_carries_its_key_and_needs_no_index,
    prefix_and_checksum_are_added_where_asked,
    tokens_outlive_a_change_of_form,
    a_located_key_alone_opens_nothing,
    the_store_keeps_neither_token_nor_payload_in_the_clear,
    keys_sort_by_the_time_until_which_rows_are_kept,
);

async fn by_default_a_token_has_43_characters(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let token = server.token(&client).await;

    assert_eq!(token.len(), 43);
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
}

async fn a_located_token_carries_its_key_and_needs_no_index(server: TestServer) {
    let server = server
        .restarted(|config| {
            config.tokens.reference.locator = true;
            // The row goes behind the server's back.
            config.cache.enabled = false;
        })
        .await;
    let client = server.machine("mailer", "read").await;

    let token = server.token(&client).await;

    assert_eq!(token.len(), 54);
    assert!(server.is_active(&client, &token).await);
    assert_eq!(server.database().execute("DELETE FROM tokens WHERE format = 'located'").await, 1);
    assert!(!server.is_active(&client, &token).await);
}

async fn prefix_and_checksum_are_added_where_asked(server: TestServer) {
    let server = server
        .restarted(|config| {
            "ts_".clone_into(&mut config.tokens.reference.prefix);
            config.tokens.reference.checksum = true;
        })
        .await;
    let client = server.machine("mailer", "read").await;

    let token = server.token(&client).await;

    assert!(token.starts_with("ts_") && token.len() == 3 + 43 + 6, "{token}");
    assert!(server.is_active(&client, &token).await);
    assert!(!server.is_active(&client, &token[3..]).await);
    assert!(!server.is_active(&client, &token[..46]).await);
}

async fn tokens_outlive_a_change_of_form(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let plain = server.token(&client).await;
    let server = server.restarted(|config| config.tokens.reference.locator = true).await;
    let located = server.token(&client).await;

    let server = server
        .restarted(|config| {
            config.tokens.reference.locator = false;
            "ts_".clone_into(&mut config.tokens.reference.prefix);
            config.tokens.reference.checksum = true;
        })
        .await;

    assert!(server.is_active(&client, &plain).await);
    assert!(server.is_active(&client, &located).await);
}

async fn a_located_key_alone_opens_nothing(server: TestServer) {
    let server = server.restarted(|config| config.tokens.reference.locator = true).await;
    let client = server.machine("mailer", "read").await;
    let (one, two) = (server.token(&client).await, server.token(&client).await);

    let mixed = format!("{}{}", &one[..11], &two[11..]);
    let guessed = format!("{}{}", &one[..11], "A".repeat(43));

    assert!(!server.is_active(&client, &mixed).await);
    assert!(!server.is_active(&client, &guessed).await);
    assert!(!server.is_active(&client, &one[11..]).await);
}

async fn entries(
    server: &TestServer,
    _: &TestClient,
) -> Vec<tessera::model::token_entry::TokenEntry> {
    let listing = Listing { limit: 100, ..Listing::default() };
    let found = tessera::acts::tokens::list(&server.app, &listing).await.unwrap();
    found.entries.into_iter().map(|found| found.entry).collect()
}

async fn the_store_keeps_neither_token_nor_payload_in_the_clear(server: TestServer) {
    let client = server.machine("mailer", "very.unusual.scope").await;
    let token = server.token(&client).await;

    let entry = entries(&server, &client).await.remove(0);

    let payload = entry.payload.unwrap();
    let shows = |needle: &str| payload.windows(needle.len()).any(|w| w == needle.as_bytes());
    assert!(!shows("very.unusual.scope") && !shows("mailer") && !shows(&token));
    assert_eq!(entry.reference_hash.unwrap().len(), 32);
}

async fn keys_sort_by_the_time_until_which_rows_are_kept(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for _ in 0..5 {
        server.token(&client).await;
        server.advance(Duration::from_secs(10));
    }

    let entries = entries(&server, &client).await;

    assert!(entries.is_sorted_by_key(|entry| entry.created_at));
    let kept = Duration::from_hours(169);
    assert!(
        entries.iter().all(|entry| entry.entry_key.keep_until() == entry.created_at.plus(kept))
    );
}
