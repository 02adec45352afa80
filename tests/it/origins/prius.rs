//! Prius, from which typed tokens come: every numbered line of what it promises, and of what its
//! code adds. A line that tells of a fault of that code is a test that ours does not have it.

mod code;

use std::time::Duration;

use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tessera::{config, model::token_type};

use crate::common::{TestClient, TestServer, on_each_engine, server::Answer, typed};

on_each_engine!(
    b01_without_configuration_there_are_no_token_types,
    b02_a_password_reset_is_used_once,
    b03_a_random_string_is_never_valid,
    b04_an_expired_token_is_not_valid,
    b05_it_is_valid_for_its_purpose_its_identity_and_its_type_alone,
    b06_without_a_purpose_it_is_valid_for_any,
    b07_without_an_identity_it_is_valid_for_all,
    b08_a_type_that_is_not_configured_is_an_error_and_nothing_is_stored,
    b09_the_token_and_its_identity_are_case_sensitive,
    b10_its_type_and_its_purpose_are_not,
    b11_a_deleted_token_is_invalid_at_once_and_gone,
    b12_the_general_rules_hold_for_a_type_without_rules,
);

/// The layout of Prius' own documentation, the missing braces included.
const SAMPLE: &str = r#"{
   "owinFramework": {
      "facility": {
         "tokenStore.prius": {
            "tokenTypes": [
               {
                  "name": "PasswordReset",
                  "rules": [
                     "type": "Expiry", "config": "{ \"expiryTime\": 7 }",
                     "type": "UseCount", "config": "{ \"maxUseCount\": 1 }"
                  ]
               }
            ]
         }
      }
   }
}"#;

const WEEK: Duration = Duration::from_hours(168);

/// A server with token types, and a client that may do everything about them.
struct Shop {
    server: TestServer,
    client: TestClient,
}

impl Shop {
    /// Types in the words of a settings file.
    async fn with(server: TestServer, types: &str) -> Self {
        server.define(types).await;
        let acts = ["create", "use", "delete", "list"];
        let names: Vec<_> =
            typed::types(types, server.now()).into_iter().map(|one| one.name.fold()).collect();
        let names = names.iter().map(String::as_str).chain(["nosuch"]);
        let scope: Vec<_> =
            names.flat_map(|name| acts.map(|act| format!("tokens.{act}:{name}"))).collect();
        let client = server.machine("shop", &scope.join(" ")).await;
        Self { server, client }
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        // A fresh one each time: an hour is short beside what is to expire here.
        let bearer = format!("Bearer {}", self.server.token(&self.client).await);
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, bearer);
        self.server.send(request, &body.to_string()).await
    }

    async fn create(&self, body: Value) -> String {
        let answer = self.post("/tokens", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Presents a token, and says what came of it.
    async fn check(&self, body: Value) -> String {
        let answer = self.post("/tokens/use", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["outcome"].as_str().unwrap().to_owned()
    }

    async fn check_plain(&self, token: &str) -> String {
        self.check(json!({"type": "PasswordReset", "token": token})).await
    }

    async fn peek(&self, token: &str) -> String {
        self.check(json!({"type": "PasswordReset", "token": token, "peek": true})).await
    }

    /// How many typed tokens are stored.
    async fn rows(&self) -> u64 {
        self.server.database().count("tokens WHERE kind = 'typed'").await
    }
}

/// The example of its documentation, as our settings file has it.
const PASSWORD_RESET: &str = r#"
    [[token_types]]
    name = "PasswordReset"
    [[token_types.rules]]
    type = "Expiry"
    expiry_time = 7
    [[token_types.rules]]
    type = "UseCount"
    max_use_count = 1
"#;

/// No rules: what the general ones say.
const PLAIN: &str = "[[token_types]]\nname = 'PasswordReset'\n[[token_types]]\nname = 'Other'";

async fn b01_without_configuration_there_are_no_token_types(server: TestServer) {
    let loaded = config::parse(None, []).unwrap();
    let stored = server.app.store.token_types().await.unwrap();

    assert!(loaded.config.token_types.is_empty());
    assert!(stored.iter().all(|one| one.source.as_str() == "built-in"));
    let none =
        SAMPLE.split("\"tokenTypes\"").next().unwrap().to_owned() + "\"tokenTypes\": null}}}}";
    assert_eq!(token_type::read_prius(&none).unwrap().len(), 0);
}

async fn b02_a_password_reset_is_used_once(server: TestServer) {
    let shop = Shop::with(server, PASSWORD_RESET).await;
    let used = shop.create(json!({"type": "PasswordReset"})).await;
    let unused = shop.create(json!({"type": "PasswordReset"})).await;
    let check = |token: &str| shop.check(json!({"type": "PasswordReset", "token": token}));

    assert_eq!(check(&used).await, "allowed");
    assert_eq!(check(&used).await, "invalid");
    shop.server.advance(WEEK.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(shop.peek(&unused).await, "allowed");
    shop.server.advance(Duration::from_secs(1));
    assert_eq!(check(&unused).await, "invalid");
}

async fn b03_a_random_string_is_never_valid(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    shop.create(json!({"type": "PasswordReset"})).await;
    let random = tessera::model::secret::Random::system();

    for _ in 0..50 {
        let drawn = tessera::model::secret::Secret::generate(&random);
        assert_eq!(shop.check_plain(drawn.expose()).await, "invalid");
    }
}

async fn b04_an_expired_token_is_not_valid(server: TestServer) {
    let types = "[[token_types]]\nname = 'PasswordReset'\n\
                 [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '00:20:00'";
    let shop = Shop::with(server, types).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;

    shop.server.advance(Duration::from_secs(1199));
    assert_eq!(shop.check_plain(&token).await, "allowed");
    shop.server.advance(Duration::from_secs(1));
    assert_eq!(shop.check_plain(&token).await, "invalid");
}

async fn b05_it_is_valid_for_its_purpose_its_identity_and_its_type_alone(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let made = json!({"type": "PasswordReset", "purposes": ["reset"], "identity": "u1"});
    let token = shop.create(made).await;
    let right = json!({
        "type": "PasswordReset", "token": token, "purpose": "reset", "identity": "u1",
    });

    for (member, wrong, outcome) in [
        ("purpose", "login", "not_allowed"),
        ("identity", "u2", "not_allowed"),
        ("type", "Other", "invalid"),
        ("type", "nosuch", "invalid"),
    ] {
        let mut asked = right.clone();
        asked[member] = json!(wrong);
        assert_eq!(shop.check(asked).await, outcome, "{member}");
    }
    assert_eq!(shop.check(right).await, "allowed");
}

async fn b06_without_a_purpose_it_is_valid_for_any(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;

    for purpose in [json!(null), json!(""), json!("reset"), json!("Ж")] {
        let asked = json!({"type": "PasswordReset", "token": token, "purpose": purpose});
        assert_eq!(shop.check(asked).await, "allowed");
    }
}

async fn b07_without_an_identity_it_is_valid_for_all(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;

    for identity in [json!(null), json!(""), json!("u1"), json!("Ж")] {
        let asked = json!({"type": "PasswordReset", "token": token, "identity": identity});
        assert_eq!(shop.check(asked).await, "allowed");
    }
}

async fn b08_a_type_that_is_not_configured_is_an_error_and_nothing_is_stored(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;

    let refused = shop.post("/tokens", &json!({"type": "nosuch"})).await;

    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{refused:?}");
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(shop.rows().await, 0);
}

async fn b09_the_token_and_its_identity_are_case_sensitive(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let token = shop.create(json!({"type": "PasswordReset", "identity": "Bob"})).await;
    let check = async |token: &str, identity: &str| {
        shop.check(json!({"type": "PasswordReset", "token": token, "identity": identity})).await
    };

    let flipped: String = token
        .chars()
        .map(|letter| {
            if letter.is_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            }
        })
        .collect();
    assert_eq!(check(&flipped, "Bob").await, "invalid");
    assert_eq!(check(&token, "bob").await, "not_allowed");
    assert_eq!(check(&token, "Bob").await, "allowed");
}

async fn b10_its_type_and_its_purpose_are_not(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let token = shop.create(json!({"type": "PasswordReset", "purposes": ["Login"]})).await;

    for (name, purpose) in [("passwordreset", "LOGIN"), ("PASSWORDRESET", "login")] {
        let asked = json!({"type": name, "token": token, "purpose": purpose});
        assert_eq!(shop.check(asked).await, "allowed");
    }
}

async fn b11_a_deleted_token_is_invalid_at_once_and_gone(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;
    assert_eq!(shop.check_plain(&token).await, "allowed");

    let deletion = json!({"type": "PasswordReset", "token": token});
    let [first, again] = [
        shop.post("/tokens/delete", &deletion).await,
        shop.post("/tokens/delete", &deletion).await,
    ];

    assert_eq!((first.json(), again.json()), (json!({"deleted": true}), json!({"deleted": false})));
    assert_eq!((shop.check_plain(&token).await.as_str(), shop.rows().await), ("invalid", 0));
}

async fn b12_the_general_rules_hold_for_a_type_without_rules(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let token = shop.create(json!({"type": "Other", "identity": "u1"})).await;
    let asked = |identity: &str| json!({"type": "Other", "token": token, "identity": identity});

    shop.server.advance(Duration::from_hours(9600));
    assert_eq!(shop.check(asked("u1")).await, "allowed");
    assert_eq!(shop.check(asked("u2")).await, "not_allowed");
    assert_eq!(
        shop.check(json!({"type": "Other", "token": "x", "identity": "u1"})).await,
        "invalid"
    );
}
