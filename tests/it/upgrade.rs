//! Every schema that was ever used, with live tokens in it, brought up to date: all that was valid
//! is, nothing that was ended comes back, and a server of the version before goes on beside it.
//!
//! `upgrade/schema-N.sql` is such a database. Before a migration N + 1 is written,
//! `cargo test --test it write_the_fixture -- --ignored` writes that of schema N.

pub(crate) mod fixture;
mod neighbour;

use std::time::Duration;

use fixture::{Fixture, SCHEMAS, Said};
use neighbour::{Neighbour, loads_the_keys_of};

use tessera::acts::keys;

use crate::common::{Engine, TestDatabase, TestServer, server::operator};

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

#[tokio::test]
async fn every_schema_before_is_brought_up_to_date_with_its_tokens() {
    for (engine, schema) in ENGINES.into_iter().flat_map(|e| SCHEMAS.map(|schema| (e, schema))) {
        let database = TestDatabase::create(engine).await;
        let fixture = Fixture::read(schema);
        fixture.load(&database).await;

        let server = TestServer::on_prepared(database.clone()).await.unwrap();

        still_holds(&fixture, &server).await;
        let client = fixture.client("mailer");
        let fresh = server.token(&client).await;
        assert!(server.is_active(&client, &fresh).await);
        drop(server);
        database.remove().await;
    }
}

#[test]
fn there_is_a_fixture_of_every_schema_but_the_newest() {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");

    assert_eq!(std::fs::read_dir(migrations).unwrap().count(), SCHEMAS.len() + 1);
}

/// On PostgreSQL, servers of both versions answer while the one is replaced by the other.
#[tokio::test]
async fn a_schema_is_brought_up_to_date_under_the_load_of_the_version_before() {
    for schema in SCHEMAS {
        let database = TestDatabase::create(Engine::Postgres).await;
        let fixture = Fixture::read(schema);
        fixture.load(&database).await;
        let neighbour = Neighbour::start(&database).await;

        let server = TestServer::on_prepared(database.clone()).await.unwrap();
        neighbour.goes_on().await;
        let issued = neighbour.stop().await;

        still_holds(&fixture, &server).await;
        let rows = "UPDATE tokens SET scope = scope WHERE client_id = 'neighbour'";
        assert_eq!(database.execute(rows).await, issued);
        drop(server);
        database.remove().await;
    }
}

#[tokio::test]
async fn the_version_before_opens_every_key_that_verifies_however_they_took_turns() {
    for (engine, schema) in ENGINES.into_iter().flat_map(|e| SCHEMAS.map(|schema| (e, schema))) {
        let database = TestDatabase::create(engine).await;
        let fixture = Fixture::read(schema);
        fixture.load(&database).await;
        let server = TestServer::on_prepared(database.clone()).await.unwrap();
        assert_eq!(loads_the_keys_of(&server).await, ["active"]);

        for at_once in [true, false] {
            server.advance(Duration::from_secs(1));
            let planned = keys::plan(&server.app, None).await.unwrap();
            keys::rotate(&server.app, &operator(), &planned[0], at_once).await.unwrap();
        }

        assert_eq!(loads_the_keys_of(&server).await, ["retiring", "active", "staged"]);
        still_holds(&fixture, &server).await;
        let planned = keys::plan(&server.app, None).await.unwrap();
        let active = &planned[0].active.as_ref().unwrap().kid;
        keys::withdraw(&server.app, &operator(), active, None).await.unwrap();
        assert_eq!(loads_the_keys_of(&server).await, ["retiring", "active"]);
        drop(server);
        database.remove().await;
    }
}

/// What the fixture says of its tokens is what the server says.
async fn still_holds(fixture: &Fixture, server: &TestServer) {
    for Said { token, client, is_active } in &fixture.tokens {
        let client = fixture.client(client);
        assert_eq!(server.is_active(&client, token).await, *is_active, "{token}");
    }
    assert!(fixture.tokens.iter().any(|said| said.is_active));
    assert!(fixture.tokens.iter().any(|said| !said.is_active));
}
