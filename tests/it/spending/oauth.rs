//! Access tokens under rules: the type `access`.

use std::time::Duration;

use tessera::{
    acts::resource_servers::{self, ResourceServerChanges},
    model::{scope::Scope, space_delimited::SpaceDelimited, token_format::TokenFormat},
};

use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    an_introspection_spends_where_the_type_says_so,
    a_look_of_the_holder_spends_nothing,
    rules_shorten_the_life_and_never_lengthen_it,
    a_ceiling_refuses_more_scope,
    a_jwt_is_under_rules_as_well,
    without_rules_nothing_is_copied,
    no_use_moves_the_end_of_a_jwt,
);

const API: &str = "https://api.example";

/// A resource server and the client that introspects for it.
async fn api(server: &TestServer) -> TestClient {
    let api = server.machine("api", "x").await;
    let changes = ResourceServerChanges {
        scope: Some(Scope::parse("read").unwrap()),
        introspectors: Some(SpaceDelimited::parse(api.id.as_str())),
        ..ResourceServerChanges::default()
    };
    resource_servers::add(&server.app, &operator(), API, changes).await.unwrap();
    api
}

fn access(rules: &str) -> String {
    format!("[[token_types]]\nname = 'access'\nspend_on = 'introspection'\n{rules}")
}

const TWICE: &str = "[[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 2";

async fn an_introspection_spends_where_the_type_says_so(server: TestServer) {
    let api = api(&server).await;
    let holder = server.machine("holder", "read").await;
    server.define(&access(TWICE)).await;
    let token = server.token(&holder).await;

    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(server.is_active(&api, &token).await);
    }

    assert_eq!(answers, [true, true, false]);
    assert_eq!(server.introspect(&api, &token).await, serde_json::json!({"active": false}));
    assert!(!server.is_active(&holder, &token).await);
}

async fn a_look_of_the_holder_spends_nothing(server: TestServer) {
    let api = api(&server).await;
    let holder = server.machine("holder", "read").await;
    server.define(&access(TWICE)).await;
    let token = server.token(&holder).await;

    for _ in 0..5 {
        assert!(server.is_active(&holder, &token).await);
    }
    assert!(server.is_active(&api, &token).await);
}

async fn rules_shorten_the_life_and_never_lengthen_it(server: TestServer) {
    let holder = server.machine("holder", "read").await;
    let life = async |expiry: &str| {
        let rule = format!("[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '{expiry}'");
        server.define(&access(&rule)).await;
        let answer = server.post("/token", &holder, "grant_type=client_credentials").await;
        answer.json()["expires_in"].as_i64().unwrap()
    };

    assert_eq!(life("5m").await, 300);
    assert_eq!(life("5d").await, 3600);
}

async fn a_ceiling_refuses_more_scope(server: TestServer) {
    let holder = server.machine("holder", "read write").await;
    let ceiling = "[[token_types.rules]]\ntype = 'ScopeCeiling'\nmax = ['read']";
    server.define(&access(ceiling)).await;

    let wide = server.post("/token", &holder, "grant_type=client_credentials").await;
    let narrow = server.post("/token", &holder, "grant_type=client_credentials&scope=read").await;

    wide.assert_error(400, "invalid_scope");
    assert_eq!(narrow.status.as_u16(), 200);
}

async fn a_jwt_is_under_rules_as_well(server: TestServer) {
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let api = api(&server).await;
    let holder = server.machine("holder", "read").await;
    let delayed = format!("{TWICE}\n[[token_types.rules]]\ntype = 'NotBefore'\ndelay = '10s'");
    server.define(&access(&delayed)).await;
    let token = server.token(&holder).await;

    let early = server.is_active(&api, &token).await;
    server.advance(Duration::from_secs(10));
    let first = server.introspect(&api, &token).await;
    let second = server.is_active(&api, &token).await;
    let third = server.is_active(&api, &token).await;

    assert_eq!((early, second, third), (false, true, false));
    assert_eq!(first["nbf"].as_i64(), Some(server.now().seconds()));
}

async fn without_rules_nothing_is_copied(server: TestServer) {
    let holder = server.machine("holder", "read").await;
    server.define("[[token_types]]\nname = 'access'").await;
    let token = server.token(&holder).await;

    let found = server.app.tokens.present(&token, server.now()).await.unwrap().unwrap();

    assert!(found.found.entry.rules.0.is_none());
}

/// It is signed.
async fn no_use_moves_the_end_of_a_jwt(server: TestServer) {
    let sliding = "[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '10m'\n\
                   [[token_types.rules]]\ntype = 'Sliding'\nextend_by = '10m'\nmax_lifetime = '1h'";
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let api = api(&server).await;
    let holder = server.machine("holder", "read").await;
    server.define(&access(sliding)).await;
    let token = server.token(&holder).await;

    server.advance(Duration::from_secs(599));
    assert!(server.is_active(&api, &token).await);
    server.advance(Duration::from_secs(1));
    assert!(!server.is_active(&api, &token).await);
}
