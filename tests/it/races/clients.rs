//! Clients: their names, their settings, their end.

use tessera::{
    acts::{self, Error, clients::ClientChanges},
    model::{
        client::{ClientKind, ClientStatus},
        client_id::ClientId,
        scope::Scope,
    },
};

use super::{ROUNDS, at_once, nodes, winners};
use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    of_several_who_add_a_name_one_does,
    a_deleted_name_is_given_again_once,
    an_update_of_what_has_changed_is_refused,
    no_change_of_settings_is_lost,
    a_client_is_deleted_once,
    a_deleted_client_is_not_enabled_by_whoever_was_slower,
);

async fn of_several_who_add_a_name_one_does(server: TestServer) {
    let id = ClientId::parse("mailer").unwrap();

    let secrets = add_at_once(&server, &id).await;

    let client = only(&id, secrets);
    assert!(server.is_active(&client, &server.token(&client).await).await);
    let (_, kept) = acts::clients::show(&server.app, &id).await.unwrap();
    assert_eq!(kept.len(), 1, "those who lost left nothing behind");
}

async fn a_deleted_name_is_given_again_once(server: TestServer) {
    let old = server.machine("mailer", "read").await;
    let token = server.token(&old).await;
    set_status(&server, &old.id, ClientStatus::Deleted).await;

    let secrets = add_at_once(&server, &old.id).await;

    let client = only(&old.id, secrets);
    let revived = acts::clients::find(&server.app, &old.id).await.unwrap();
    assert_eq!(revived.generation, 3, "raised by the end of the old and by the new, once each");
    assert!(!server.is_active(&client, &token).await);
    server
        .post("/token", &old, "grant_type=client_credentials")
        .await
        .assert_error(401, "invalid_client");
}

async fn an_update_of_what_has_changed_is_refused(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;
    let nodes = nodes(&server).await;
    for _ in 0..ROUNDS {
        let seen = acts::clients::find(&server.app, &id).await.unwrap();

        let answers = at_once(&nodes, 8, |app, number| {
            let mut client = seen.clone();
            client.name = format!("Mailer {number}");
            async move {
                let mut store = app.store.begin().await.unwrap();
                let is_updated = store.update_client(&client, app.now()).await.unwrap();
                store.commit().await.unwrap();
                is_updated
            }
        })
        .await;

        let version = acts::clients::find(&server.app, &id).await.unwrap().version;
        assert_eq!((winners(&answers), version), (1, seen.version + 1));
    }
}

async fn no_change_of_settings_is_lost(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let (name, scope) =
            (format!("Mailer {round}"), Scope::parse(&format!("s{round}")).unwrap());
        let changes = [
            ClientChanges { name: Some(name.clone()), ..ClientChanges::default() },
            ClientChanges { scope: Some(scope.clone()), ..ClientChanges::default() },
        ];

        let answers = at_once(&nodes, 2, |app, number| {
            let (id, changes) = (id.clone(), changes[number].clone());
            async move {
                let done = acts::clients::set(&app, &operator(), &id, changes).await;
                (number, yes_or_conflict(done))
            }
        })
        .await;

        let after = acts::clients::find(&server.app, &id).await.unwrap();
        for (number, done) in answers {
            let is_there = if number == 0 { after.name == name } else { after.scope == scope };
            assert_eq!(is_there, done, "round {round}, change {number}");
        }
    }
}

async fn a_client_is_deleted_once(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;

    let answers = at_once(&nodes(&server).await, 8, |app, _| {
        let id = id.clone();
        async move {
            match acts::clients::set_status(&app, &operator(), &id, ClientStatus::Deleted).await {
                Ok(changed) => changed,
                Err(Error::NotFound(_)) => false,
                Err(error) => panic!("{error:?}"),
            }
        }
    })
    .await;

    server.machine("mailer", "read").await;
    let revived = acts::clients::find(&server.app, &id).await.unwrap();
    assert_eq!((winners(&answers), revived.generation), (1, 3));
}

async fn a_deleted_client_is_not_enabled_by_whoever_was_slower(server: TestServer) {
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let id = server.machine(&format!("mailer-{round}"), "read").await.id;
        set_status(&server, &id, ClientStatus::Disabled).await;

        at_once(&nodes, 4, |app, number| {
            let id = id.clone();
            let status = if number == 1 { ClientStatus::Deleted } else { ClientStatus::Active };
            async move {
                match acts::clients::set_status(&app, &operator(), &id, status).await {
                    Ok(_) | Err(Error::NotFound(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
        .await;

        let gone = acts::clients::find(&server.app, &id).await;
        assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    }
}

/// Adds a client of one name eight times at once; the secrets of those who were told they did.
async fn add_at_once(server: &TestServer, id: &ClientId) -> Vec<Option<String>> {
    at_once(&nodes(server).await, 8, |app, _| {
        let named = (id.clone(), ClientKind::Machine);
        async move {
            let changes = ClientChanges::default();
            match acts::clients::add(&app, &operator(), named, changes, None).await {
                Ok(added) => added.secret.map(|secret| secret.expose().to_owned()),
                Err(Error::Conflict(_)) => None,
                Err(error) => panic!("{error:?}"),
            }
        }
    })
    .await
}

/// The client of the one who won.
fn only(id: &ClientId, secrets: Vec<Option<String>>) -> TestClient {
    let mut secrets: Vec<String> = secrets.into_iter().flatten().collect();
    assert_eq!(secrets.len(), 1);
    TestClient { id: id.clone(), secret: secrets.remove(0) }
}

async fn set_status(server: &TestServer, id: &ClientId, status: ClientStatus) {
    assert!(acts::clients::set_status(&server.app, &operator(), id, status).await.unwrap());
}

fn yes_or_conflict<T>(done: acts::Result<T>) -> bool {
    match done {
        Ok(_) => true,
        Err(Error::Conflict(_)) => false,
        Err(error) => panic!("{error}"),
    }
}
