//! Client secrets: replacing and retiring them must neither lock a client out nor leave a back
//! door.

use std::time::Duration;

use tessera::{
    acts::{self, Error},
    app::App,
    model::{
        client::ClientStatus, client_id::ClientId, client_secret::ClientSecret, id::uuid_v7,
        timestamp::Timestamp,
    },
    store::LastUse,
};

use super::{ROUNDS, at_once, nodes, winners};
use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_hint_names_one_secret_of_a_client,
    rotations_at_once_leave_one_secret_without_an_end,
    the_last_live_secret_cannot_be_retired,
    a_secret_is_retired_once,
    a_rotation_beside_a_deletion_leaves_no_back_door,
    the_last_use_of_a_secret_is_the_latest,
);

const DAY: Duration = Duration::from_hours(24);

async fn a_hint_names_one_secret_of_a_client(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;
    let existing = live_secrets(&server.app, &id).await.remove(0);

    let answers = at_once(&nodes(&server).await, 8, |app, _| {
        let secret = ClientSecret {
            secret_id: uuid_v7(app.now(), &app.random),
            hint: "same-1".to_owned(),
            ..existing.clone()
        };
        async move {
            let mut store = app.store.begin().await.unwrap();
            let is_inserted = store.insert_client_secret(&secret).await.unwrap();
            store.commit().await.unwrap();
            is_inserted
        }
    })
    .await;

    assert_eq!(winners(&answers), 1);
    assert_eq!(live_secrets(&server.app, &id).await.len(), 2);
}

async fn rotations_at_once_leave_one_secret_without_an_end(server: TestServer) {
    let old = server.machine("mailer", "read").await;

    let secrets = at_once(&nodes(&server).await, 6, |app, _| {
        let id = old.id.clone();
        async move {
            let rotated = acts::secrets::rotate(&app, &operator(), &id, DAY, None).await.unwrap();
            rotated.secret.unwrap().expose().to_owned()
        }
    })
    .await;

    let live = live_secrets(&server.app, &old.id).await;
    assert_eq!(live.len(), 7);
    assert_eq!(live.iter().filter(|secret| secret.expires_at.is_none()).count(), 1);
    for secret in [&old.secret].into_iter().chain(&secrets) {
        server.token(&TestClient { id: old.id.clone(), secret: secret.clone() }).await;
    }
    server.advance(DAY);
    assert_eq!(live_secrets(&server.app, &old.id).await.len(), 1);
}

async fn the_last_live_secret_cannot_be_retired(server: TestServer) {
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let id = server.machine(&format!("mailer-{round}"), "read").await.id;
        acts::secrets::rotate(&server.app, &operator(), &id, DAY, None).await.unwrap();
        let live = live_secrets(&server.app, &id).await;

        let answers = at_once(&nodes, live.len(), |app, number| {
            let (id, hint) = (id.clone(), live[number].hint.clone());
            async move { retire(&app, &id, &hint).await }
        })
        .await;

        let left = live_secrets(&server.app, &id).await.len();
        assert_eq!((live.len(), winners(&answers), left), (2, 1, 1), "round {round}");
    }
}

async fn a_secret_is_retired_once(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;
    for _ in 0..2 {
        acts::secrets::rotate(&server.app, &operator(), &id, DAY, None).await.unwrap();
    }
    let hint = live_secrets(&server.app, &id).await.remove(0).hint;

    let answers = at_once(&nodes(&server).await, 8, |app, _| {
        let (id, hint) = (id.clone(), hint.clone());
        async move { retire(&app, &id, &hint).await }
    })
    .await;

    assert_eq!((winners(&answers), live_secrets(&server.app, &id).await.len()), (1, 2));
}

/// Whoever gets the name next must not be reachable by a secret of the one who had it.
async fn a_rotation_beside_a_deletion_leaves_no_back_door(server: TestServer) {
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let name = format!("mailer-{round}");
        let id = server.machine(&name, "read").await.id;

        at_once(&nodes, 4, |app, number| {
            let id = id.clone();
            async move {
                let done = if number == 1 {
                    let deleted = ClientStatus::Deleted;
                    acts::clients::set_status(&app, &operator(), &id, deleted).await.map(drop)
                } else {
                    acts::secrets::rotate(&app, &operator(), &id, DAY, None).await.map(drop)
                };
                assert!(matches!(done, Ok(()) | Err(Error::NotFound(_))), "{done:?}");
            }
        })
        .await;

        server.machine(&name, "read").await;
        assert_eq!(live_secrets(&server.app, &id).await.len(), 1, "round {round}");
    }
}

async fn the_last_use_of_a_secret_is_the_latest(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;
    let secret_id = live_secrets(&server.app, &id).await.remove(0).secret_id;

    at_once(&nodes(&server).await, 20, |app, number| async move {
        // In an order that is not that of time: 7 and 20 have no common divisor.
        let second = i64::try_from(number * 7 % 20).unwrap();
        let at = Timestamp::from_seconds(second);
        let from = |second| format!("192.0.2.{second}").parse().unwrap();
        let last = LastUse { secret_id, at, from: from(second) };
        app.store.write().await.unwrap().note_last_use(&last).await.unwrap();
    })
    .await;

    let secret = live_secrets(&server.app, &id).await.remove(0);
    assert_eq!(secret.last_used_at, Some(Timestamp::from_seconds(19)));
    assert_eq!(secret.last_used_from.as_deref(), Some("192.0.2.19"));
}

async fn live_secrets(app: &App, id: &ClientId) -> Vec<ClientSecret> {
    let all = app.store.read().await.unwrap().client_secrets(id).await.unwrap();
    all.into_iter().filter(|secret| secret.is_live(app.now())).collect()
}

async fn retire(app: &App, id: &ClientId, hint: &str) -> bool {
    match acts::secrets::retire(app, &operator(), id, hint).await {
        Ok(()) => true,
        Err(Error::Conflict(_) | Error::NotFound(_)) => false,
        Err(error) => panic!("{error}"),
    }
}
