//! Which tokens are references and which are JWTs.

use serde_json::Value;

use super::{Example, client};

/// Whether a string has the shape of a JWT: three parts of base64url.
fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

pub(super) async fn jwts_by_default(it: &Example) {
    let (service, mut connection) = (client("service"), it.connect().await);

    let token = connection.token(&service).await.unwrap();

    assert!(is_jwt(&token), "{token}");
    // It has an entry, which a revocation ends.
    assert_eq!(it.database.count("tokens").await, 1);
    assert!(connection.is_active(&service, &token).await.unwrap());
    connection.revoke(&service, &token).await.unwrap();
    assert!(!connection.is_active(&service, &token).await.unwrap());
    let verdict = it.program.attempt(&["token", "inspect", "-"], &token);
    assert!(verdict.out.contains("Not valid: revoked"), "{verdict:?}");
}

pub(super) async fn jwt_for_one_client(it: &Example) {
    let mut connection = it.connect().await;

    let plain = connection.token(&client("service")).await.unwrap();
    let jwt = connection.token(&client("gateway")).await.unwrap();

    assert_eq!((plain.len(), is_jwt(&jwt)), (43, true), "{plain} {jwt}");
    for (name, token) in [("service", &plain), ("gateway", &jwt)] {
        assert!(connection.is_active(&client(name), token).await.unwrap(), "{name}");
    }
}

pub(super) async fn access_by_reference(it: &Example) {
    for pair in pairs(it).await {
        assert_eq!(pair, [false, true]);
    }
}

pub(super) async fn refresh_by_reference(it: &Example) {
    for pair in pairs(it).await {
        assert_eq!(pair, [true, false]);
    }
}

/// Whether access and refresh token are JWTs, at the beginning of a family and after a rotation.
async fn pairs(it: &Example) -> [[bool; 2]; 2] {
    let of = |answer: &Value| {
        ["access_token", "refresh_token"].map(|name| {
            let token = answer[name].as_str().unwrap();
            assert!(is_jwt(token) || token.len() == 43, "{token}");
            is_jwt(token)
        })
    };
    let app = client("app");
    let first = it.program.run(&["token", "issue", "--client", "app", "--refresh", "--json"], "");
    let first: Value = serde_json::from_str(&first).unwrap();

    let refresh = first["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let answer = it.connect().await.post("/token", &app, &form).await.unwrap();

    assert_eq!(answer.status, 200, "{answer:?}");
    [of(&first), of(&answer.json())]
}
