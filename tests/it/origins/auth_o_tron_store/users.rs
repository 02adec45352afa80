//! Who users are told apart by.

use tessera::model::{id::uuid_v7, user::User, username::Username};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(b12_a_name_is_of_one_user_in_its_realm, b13_an_id_is_of_one_user_anywhere,);

fn user(server: &TestServer, name: &str, realm: &str) -> User {
    let id = uuid_v7(server.now(), &server.app.random);
    User::blank(id, realm, &Username::parse(name).unwrap(), server.now())
}

/// Whether the store took a user; an error where an id was given twice.
async fn insert(server: &TestServer, user: &User) -> tessera::store::Result<bool> {
    let mut store = server.app.store.begin().await.unwrap();
    let inserted = store.insert_user(user).await;
    match inserted {
        Ok(true) => store.commit().await.unwrap(),
        _ => store.roll_back().await.unwrap(),
    }
    inserted
}

async fn b12_a_name_is_of_one_user_in_its_realm(server: TestServer) {
    let (first, external) =
        (user(&server, "alice", "internal"), user(&server, "alice", "external"));
    assert!(insert(&server, &first).await.unwrap());

    for name in ["alice", "ALICE"] {
        assert!(!insert(&server, &user(&server, name, "internal")).await.unwrap(), "{name}");
    }
    assert!(insert(&server, &external).await.unwrap());

    assert_ne!(first.user_id, external.user_id);
    assert_eq!(server.database().count("users").await, 2);
}

async fn b13_an_id_is_of_one_user_anywhere(server: TestServer) {
    let first = user(&server, "alice", "internal");
    assert!(insert(&server, &first).await.unwrap());
    for (name, realm) in [("bob", "internal"), ("bob", "external")] {
        let reused = User { user_id: first.user_id, ..user(&server, name, realm) };

        assert!(insert(&server, &reused).await.is_err(), "{realm}");
    }
    assert_eq!(server.database().count("users").await, 1);
}
