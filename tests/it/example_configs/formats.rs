//! Which tokens are references and which are JWTs.

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
