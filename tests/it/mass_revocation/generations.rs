//! What raised a generation, and what does not.

use std::time::Duration;

use tessera::{
    acts::{self, Error, tokens::MassRevocation},
    model::{
        client::ClientStatus,
        user::{PasswordHash, UserStatus},
    },
};
use uuid::Uuid;

use crate::common::{TestServer, on_each_engine, server::operator};

use super::scene::{parse, revoke, update, user};

on_each_engine!(
    a_raised_generation_says_when_by_whom_and_why,
    another_password_raises_its_generation_and_nothing_else_does,
    names_that_nobody_has_and_empty_queries_are_refused,
);

async fn a_raised_generation_says_when_by_whom_and_why(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let mut alice = user(&server, "alice").await;
    let said = async |whose: &str, reason: &str| {
        let row = format!(
            "generation_ends WHERE whose = '{whose}' AND by = 'cli:test' AND reason = '{reason}'
             AND at = {}",
            server.now().0
        );
        server.database().count(&row).await
    };

    revoke(&server.app, "client:mailer", false).await;
    revoke(&server.app, "user:alice", false).await;
    assert_eq!((said("client", "a leak").await, said("user", "a leak").await), (1, 1));

    server.advance(Duration::from_secs(1));
    acts::clients::set_status(&server.app, &operator(), &client.id, ClientStatus::Disabled)
        .await
        .unwrap();
    assert_eq!(said("client", "client.disabled").await, 0, "disabling raises nothing");
    acts::clients::set_status(&server.app, &operator(), &client.id, ClientStatus::Deleted)
        .await
        .unwrap();
    alice.status = UserStatus::Disabled;
    update(&server, &mut alice).await;
    assert_eq!(said("client", "client.deleted").await, 1);
    assert_eq!(said("user", "changed").await, 1);

    acts::moving::restored_in_place(&server.app, &operator()).await.unwrap();
    assert_eq!(said("server", "store.restored").await, 1);
}

async fn another_password_raises_its_generation_and_nothing_else_does(server: TestServer) {
    let mut alice = user(&server, "alice").await;
    let is = async |generation: i64| {
        let row = format!("users WHERE password_generation = {generation}");
        server.database().count(&row).await == 1
    };
    assert!(is(1).await);

    alice.password = Some(PasswordHash::new("$argon2id$one".to_owned()));
    update(&server, &mut alice).await;
    assert!(is(2).await);
    "ALICE".clone_into(&mut alice.username);
    update(&server, &mut alice).await;
    assert!(is(2).await, "a name is no password");
    alice.password = None;
    update(&server, &mut alice).await;
    assert!(is(3).await);
}

async fn names_that_nobody_has_and_empty_queries_are_refused(server: TestServer) {
    let see = async |query: &str| MassRevocation::see(&server.app, parse(query), false).await;

    assert!(matches!(see("").await, Err(Error::Invalid(_))));
    assert!(matches!(see("client:nobody").await, Err(Error::NotFound(_))));
    assert!(matches!(see("user:nobody").await, Err(Error::NotFound(_))));
    assert!(matches!(see("-user:nobody type:access").await, Err(Error::NotFound(_))));
    let unknown = see(&format!("user:{}", Uuid::nil())).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))));
    assert!(see("client:nobody,none").await.is_ok(), "nobody's tokens are none");
}
