//! Refresh tokens: what they bring, how long, and what becomes of one that comes twice.

mod ends;
mod formats;
mod kept;
mod refusals;
mod reuse;
mod scope;

use std::time::Duration;

use tessera::model::client::ClientKind;

use crate::common::{TestServer, families::Pair, on_each_engine};

on_each_engine!(
    a_refresh_token_brings_a_new_pair_and_is_good_once,
    a_family_is_told_of_its_own_client_only,
    a_family_on_behalf_of_somebody_says_so,
);

async fn a_refresh_token_brings_a_new_pair_and_is_good_once(server: TestServer) {
    let client = server.application("app", "read write", ClientKind::Web).await;

    let first = server.begin(&client, "").await;
    assert_eq!((first.refresh.len(), first.expires_in), (43, 3600));
    server.advance(Duration::from_mins(10));
    let second = server.refresh(&client, &first.refresh).await;

    assert!(first.access != second.access && first.refresh != second.refresh);
    assert_eq!((second.expires_in, second.scope.as_deref()), (3600, Some("read write")));
    for (token, is_active) in [
        (&first.access, true),
        (&second.access, true),
        (&first.refresh, false),
        (&second.refresh, true),
    ] {
        assert_eq!(server.is_active(&client, token).await, is_active);
    }
    assert_eq!(server.facts(&first.refresh).await["refusal"], "redeemed");
    // The last of a long chain is as good as the first.
    let mut last = second;
    for _ in 0..20 {
        server.advance(Duration::from_hours(1));
        last = server.refresh(&client, &last.refresh).await;
    }
    assert!(server.is_active(&client, &last.access).await);
}

async fn a_family_is_told_of_its_own_client_only(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let other = server.machine("other", "read").await;

    let pair: Pair = server.begin(&client, "").await;

    let told = server.introspect(&client, &pair.refresh).await;
    assert_eq!((&told["active"], &told["client_id"]), (&true.into(), &"app".into()));
    assert!(told.get("token_type").is_none(), "{told}");
    assert_eq!(server.introspect(&other, &pair.refresh).await.to_string(), r#"{"active":false}"#);
}

async fn a_family_on_behalf_of_somebody_says_so(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let user = server.user("ingrid").await;

    let pair = server.begin(&client, &format!("&user={user}")).await;
    let next = server.refresh(&client, &pair.refresh).await;

    for token in [&pair.access, &next.access] {
        let told = server.introspect(&client, token).await;
        assert_eq!((&told["sub"], &told["username"]), (&user.to_string().into(), &"ingrid".into()));
    }
}
