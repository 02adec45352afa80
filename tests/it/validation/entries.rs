//! A resource server that looks at the token's entry in the database, with every request.

use std::time::Duration;

use tessera::{
    acts::clients,
    model::{client::ClientStatus, secret::Secret, token_format::TokenFormat},
    store::{EntryReader, ReadError},
    validation::{Entries, Jwks, Way},
};

use crate::common::{Engine, TestServer, on_each_engine, server::operator};

use super::{Api, ISSUER, Served, clock, customer, shop, token_for};

on_each_engine!(
    every_form_of_a_token_is_found_and_no_other_string,
    a_missing_row_is_an_invalid_token,
    the_row_decides_and_so_does_what_stands_around_it,
    rules_hold_as_they_do_for_the_server,
    a_token_of_which_introspection_spends_a_use_is_refused,
    a_token_for_somebody_else_is_refused_though_its_row_is_good,
    it_reads_with_no_more_rights_than_the_page_gives_it,
    without_a_database_nobody_is_judged,
    another_schema_or_a_backup_is_not_read,
);

/// An API that looks at the entries of the server.
pub(crate) async fn with_entries(server: &TestServer, served: &Served) -> Api {
    let reader = EntryReader::open(&server.database().url).await.unwrap();
    let keys = Jwks::new(served.client(), clock(server));
    Api::new(server, Way::Entries(Entries::new(reader), keys))
}

async fn every_form_of_a_token_is_found_and_no_other_string(server: TestServer) {
    shop(&server, TokenFormat::Jwt).await;
    let mut server = server;
    for (name, format, locator) in [
        ("plain", TokenFormat::Reference, false),
        ("located", TokenFormat::Reference, true),
        ("signed", TokenFormat::Jwt, false),
    ] {
        server = server.restarted(|config| config.tokens.reference.locator = locator).await;
        let served = Served::of(&server).await;
        let api = with_entries(&server, &served).await;
        let client = customer(&server, name, format).await;
        let token = token_for(&server, &client, "orders.read").await;

        assert_eq!(api.status(&token).await, 200, "{name}");
        for other in [&token[1..], &format!("{token}A"), &token.to_uppercase()] {
            assert_eq!(api.status(other).await, 401, "{name}: {other}");
        }
        server.post("/revoke", &client, &format!("token={token}")).await;
        assert_eq!(api.status(&token).await, 401, "{name}");
    }
}

async fn a_missing_row_is_an_invalid_token(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = with_entries(&server, &served).await;
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);

    assert_eq!(server.database().execute("DELETE FROM tokens").await, 1);

    assert_eq!(api.status(&token).await, 401);
}

async fn the_row_decides_and_so_does_what_stands_around_it(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = with_entries(&server, &served).await;
    let token = token_for(&server, &client, "orders.read").await;
    let database = server.database();
    let (operator, id) = (operator(), &client.id);
    let set = |status| clients::set_status(&server.app, &operator, id, status);

    set(ClientStatus::Disabled).await.unwrap();
    assert_eq!(api.status(&token).await, 401);
    set(ClientStatus::Active).await.unwrap();
    assert_eq!(api.status(&token).await, 200);

    // What the JWT says of itself is another matter.
    database.execute("UPDATE tokens SET scope = 'orders.write'").await;
    assert_eq!(api.get("/me", &token).await.body, "shop orders.write Sensitive");
    for (change, back) in [
        ("UPDATE tokens SET kind = 'refresh'", "UPDATE tokens SET kind = 'access'"),
        ("UPDATE tokens SET jti_salt = jti_salt + 1", "UPDATE tokens SET jti_salt = jti_salt - 1"),
        (
            // What a reference token stands for is no token, though we signed it.
            "UPDATE tokens SET format = 'located', reference_hash = CAST('x' AS BYTES)",
            "UPDATE tokens SET format = 'jwt', reference_hash = NULL",
        ),
        ("UPDATE tokens SET not_before = 1900000000000", "UPDATE tokens SET not_before = NULL"),
        (
            "UPDATE instance SET generation = generation + 1",
            "UPDATE instance SET generation = generation - 1",
        ),
    ] {
        let bytes = if database.engine == Engine::Sqlite { "BLOB" } else { "BYTEA" };
        assert_eq!(database.execute(&change.replace("BYTES", bytes)).await, 1);
        assert_eq!(api.status(&token).await, 401, "{change}");
        database.execute(back).await;
        assert_eq!(api.status(&token).await, 200, "{back}");
    }
    server.advance(Duration::from_hours(1));
    assert_eq!(api.status(&token).await, 401);
}

async fn rules_hold_as_they_do_for_the_server(server: TestServer) {
    server
        .define(
            "[[token_types]]\nname = 'access'\n\
             [[token_types.rules]]\ntype = 'Cidr'\nallow = ['10.0.0.0/8']",
        )
        .await;
    let (_, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = with_entries(&server, &served).await;
    let token = token_for(&server, &client, "orders.read").await;

    assert_eq!(api.get_from("10.1.2.3", &token).await.status, 200);
    assert_eq!(api.get_from("::ffff:10.1.2.3", &token).await.status, 200);
    assert_eq!(api.get_from("192.0.2.1", &token).await.status, 401);
    assert_eq!(api.status(&token).await, 401, "nobody knows where it came from");
}

async fn a_token_of_which_introspection_spends_a_use_is_refused(server: TestServer) {
    server
        .define(
            "[[token_types]]\nname = 'access'\nspend_on = 'introspection'\n\
             [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 2",
        )
        .await;
    let (_, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = with_entries(&server, &served).await;
    let token = token_for(&server, &client, "orders.read").await;

    assert!(server.is_active(&client, &token).await);
    assert_eq!(api.status(&token).await, 401, "it would be good for ever");
}

async fn a_token_for_somebody_else_is_refused_though_its_row_is_good(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let token = token_for(&server, &client, "orders.read").await;
    let reader = EntryReader::open(&server.database().url).await.unwrap();
    let keys = Jwks::new(served.client(), clock(&server));
    let way = Way::Entries(Entries::new(reader), keys);
    let api = Api::with(&server, (ISSUER, "https://stock.example"), way);

    assert_eq!(api.status(&token).await, 401);
}

async fn it_reads_with_no_more_rights_than_the_page_gives_it(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Reference).await;
    let database = server.database();
    let token = token_for(&server, &client, "orders.read").await;
    let mut url = database.url.clone();
    let reader = format!("orders_reader_{}", std::process::id());
    if database.engine == Engine::Postgres {
        database.execute(&format!("CREATE ROLE {reader} LOGIN PASSWORD 'reader'")).await;
        let page = std::fs::read_to_string("docs/resource-servers.md").unwrap();
        let grant = page.lines().find(|line| line.starts_with("GRANT SELECT")).unwrap();
        database.execute(&grant.replace("orders_reader", &reader)).await;
        let place = url.split_once('@').unwrap().1;
        url = format!("postgres://{reader}:reader@{place}");
    }

    let read = EntryReader::open(&url).await;
    let found = match &read {
        Ok(reader) => reader.find_by_hash(&Secret::new(token).hash()).await.ok().flatten(),
        Err(_) => None,
    };
    let sessions = if database.engine == Engine::Postgres {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity
                   WHERE application_name = 'tessera-entry-check'
                     AND datname = current_database() AND query LIKE 'SELECT t.entry_key%'";
        let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
        let sessions: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
        drop(read);
        database.execute(&format!("DROP OWNED BY {reader}")).await;
        database.execute(&format!("DROP ROLE {reader}")).await;
        sessions
    } else {
        1
    };

    assert_eq!(found.unwrap().entry.client_id, client.id);
    assert!(sessions > 0);
}

async fn without_a_database_nobody_is_judged(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = with_entries(&server, &served).await;
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);
    let database = server.database();

    match database.engine {
        Engine::Sqlite => {
            // As while a restore puts another file there: the one before may not be asked any more.
            let files = ["tessera.db", "tessera.db-wal", "tessera.db-shm"];
            let rename = |from: &str, to: &str| {
                let (from, to) = (database.folder.join(from), database.folder.join(to));
                std::fs::rename(from, to).unwrap();
            };
            for file in files {
                rename(file, &format!("aside-{file}"));
            }
            assert_eq!(api.status(&token).await, 503);
            std::fs::write(database.folder.join("tessera.db"), "no database").unwrap();
            assert_eq!(api.status(&token).await, 503);
            for file in files {
                rename(&format!("aside-{file}"), file);
            }
        }
        Engine::Postgres => {
            database.admit(false).await;
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE application_name = 'tessera-entry-check'
                         AND datname = '{database}'";
            database.execute_beside(sql).await;
            let answer = api.get("/me", &token).await;
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("2")));
            database.admit(true).await;
        }
    }
    assert_eq!(api.status(&token).await, 200, "and it is back by itself");
}

async fn another_schema_or_a_backup_is_not_read(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let token = token_for(&server, &client, "orders.read").await;
    let database = server.database();

    database.execute("UPDATE instance SET oldest_schema = 99").await;
    let newer = EntryReader::open(&database.url).await;
    assert!(matches!(newer, Err(ReadError::NewerSchema { needed: 99 })), "{newer:?}");
    database.execute("UPDATE instance SET oldest_schema = 1").await;
    assert_eq!(with_entries(&server, &served).await.status(&token).await, 200);

    if database.engine == Engine::Sqlite {
        database.execute("CREATE TABLE backup (made_at BIGINT)").await;
        let backup = EntryReader::open(&database.url).await;
        assert!(matches!(backup, Err(ReadError::Backup)), "{backup:?}");
        let nowhere = EntryReader::open("sqlite:/nowhere/tessera.db").await;
        assert!(matches!(nowhere, Err(ReadError::Database(_))), "{nowhere:?}");
    }
    let shown = EntryReader::open("mysql://u:hunter2@h/d").await.unwrap_err().to_string();
    assert!(shown.contains("mysql") && !shown.contains("hunter2"), "{shown}");
}
