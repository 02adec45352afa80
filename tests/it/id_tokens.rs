//! ID tokens: what they say, what signs them, and that they open nothing.

mod refreshed;
mod subjects;

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tessera::{
    acts::tokens::Listing,
    config::{Jwt, JwtSignature},
    model::{
        client::ClientKind, secret::Sha256, signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
    },
};

use crate::common::{TestServer, families::Pair, on_each_engine, people};

on_each_engine!(
    an_id_token_says_who_signed_in_and_how,
    a_nonce_is_told_only_where_one_was_sent,
    a_class_of_sign_ins_is_told_as_it_is_set,
    how_somebody_signed_in_otherwise_has_no_class,
    each_algorithm_signs_what_its_published_key_verifies,
    the_key_is_published_as_soon_as_there_is_a_client_for_it,
    whoever_does_not_ask_who_it_is_is_not_told,
    only_claims_that_were_asked_for_by_name_stand_in_it,
    every_id_token_has_an_entry_and_opens_nothing,
    an_id_token_comes_back_as_a_hint_and_nothing_else_does,
);

/// The ID token of an answer.
pub(crate) fn id_token(answer: &Value) -> &str {
    answer["id_token"].as_str().unwrap_or_else(|| panic!("no ID token: {answer}"))
}

async fn an_id_token_says_who_signed_in_and_how(server: TestServer) {
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let signed_in_at = server.now().seconds();
    server.advance(Duration::from_mins(5));
    let nonce = "n-0S6_WzA2Mj";
    let code =
        server.code_with(&client, &ingrid, |request| request.nonce = Some(nonce.into())).await;

    let answer = server.redeem(&client, &code, "").await.json();

    let (header, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
    assert_eq!((header.typ.as_deref(), header.kid.is_some()), (Some("JWT"), true));
    let now = server.now().seconds();
    let access = answer["access_token"].as_str().unwrap();
    let hash = Sha256::of(access.as_bytes());
    let half = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        &hash.as_bytes()[..16],
    );
    assert_eq!(
        claims,
        json!({
            "iss": "https://id.example",
            "sub": ingrid.user_id.to_string(),
            "aud": "app",
            "azp": "app",
            "iat": now,
            "exp": now + 3600,
            "auth_time": signed_in_at,
            "amr": ["pwd"],
            "acr": "urn:tessera:acr:password",
            "sid": ingrid.session.session_id.to_string(),
            "nonce": nonce,
            "at_hash": half,
            "jti": claims["jti"],
        })
    );
    assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
    let told = server.introspect(&client, access).await;
    assert_eq!(told["sub"], claims["sub"]);
}

async fn a_nonce_is_told_only_where_one_was_sent(server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;

    let answer = server.redeem(&client, &code, "").await.json();

    let (_, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
    assert!(claims.get("nonce").is_none(), "{claims}");
}

async fn a_class_of_sign_ins_is_told_as_it_is_set(mut server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    for class in [Some("https://id.example/basic"), None] {
        let set = class.map(|class| class.parse().unwrap());
        server = server.restarted(|config| config.sessions.acr = set).await;
        let code = server.code(&client, &ingrid).await;

        let answer = server.redeem(&client, &code, "").await.json();

        let (_, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
        assert_eq!(claims.get("acr").and_then(Value::as_str), class, "{claims}");
    }
}

async fn how_somebody_signed_in_otherwise_has_no_class(server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Web).await;
    let mut ingrid = server.signed_in("ingrid").await;
    ingrid.session.methods = SpaceDelimited::parse("pwd otp");
    let code = server.code(&client, &ingrid).await;

    let answer = server.redeem(&client, &code, "").await.json();

    let (_, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp"]));
    assert!(claims.get("acr").is_none(), "{claims}");
}

async fn each_algorithm_signs_what_its_published_key_verifies(server: TestServer) {
    let ingrid = server.signed_in("ingrid").await;
    for algorithm in SignatureAlgorithm::ALL {
        let name = format!("app-{}", algorithm.as_str().to_lowercase());
        let client = server.web(&name, "openid", ClientKind::Web).await;
        let change = |client: &mut tessera::model::client::Client| {
            client.sign_in.id_token_algorithm = Some(*algorithm);
        };
        server.change_client(&client, change).await;

        let code = server.code(&client, &ingrid).await;
        let answer = server.redeem(&client, &code, "").await.json();

        let (_, claims) = server.verified(id_token(&answer), *algorithm).await;
        assert_eq!(claims["aud"], name);
        // Half of SHA-512 where the signature is made with it.
        let length = if *algorithm == SignatureAlgorithm::EdDsa { 43 } else { 22 };
        assert_eq!(claims["at_hash"].as_str().unwrap().len(), length, "{algorithm}");
    }
}

async fn the_key_is_published_as_soon_as_there_is_a_client_for_it(server: TestServer) {
    let algorithms = async || {
        let keys = server.get("/jwks.json", &[]).await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        let all: BTreeSet<String> =
            keys.iter().map(|key| key["alg"].as_str().unwrap().to_owned()).collect();
        all
    };
    server.machine("mailer", "read").await;
    assert_eq!(algorithms().await, BTreeSet::from(["ES256".to_owned()]));

    server.web("app", "openid", ClientKind::Web).await;

    let both = BTreeSet::from(["ES256".to_owned(), "RS256".to_owned()]);
    assert_eq!(algorithms().await, both);
    // It takes its turn as any other does.
    let used = tessera::acts::keys::list(&server.app).await.unwrap();
    assert!(used.iter().all(|facts| facts.is_used), "{used:?}");
}

async fn whoever_does_not_ask_who_it_is_is_not_told(server: TestServer) {
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code =
        server.code_with(&client, &ingrid, |request| request.scope = Some("read".to_owned())).await;

    let answer = server.redeem(&client, &code, "").await.json();

    assert!(answer.get("id_token").is_none(), "{answer}");
}

async fn only_claims_that_were_asked_for_by_name_stand_in_it(server: TestServer) {
    let client = server.web("app", "openid profile email", ClientKind::Web).await;
    let known =
        json!({"name": "Ingrid", "email": "i@example.org", "team": "north", "nickname": ""});
    let ingrid = server.known("ingrid", &known).await;
    let code = server
        .code_with(&client, &ingrid, |request| {
            let asked = ["name", "team", "nickname", "sub", "acr", "unknown"];
            request.claims.id_token = asked.map(str::to_owned).into();
        })
        .await;

    let answer = server.redeem(&client, &code, "").await.json();

    let (_, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
    assert_eq!((&claims["name"], &claims["team"]), (&json!("Ingrid"), &json!("north")));
    for absent in ["email", "nickname", "unknown", "preferred_username"] {
        assert!(claims.get(absent).is_none(), "{absent}: {claims}");
    }
    assert_eq!(claims["sub"], ingrid.user_id.to_string());
}

async fn every_id_token_has_an_entry_and_opens_nothing(server: TestServer) {
    // The very key that signs it signs JWTs for people, too.
    let signature = JwtSignature::Key(SignatureAlgorithm::Rs256);
    let server = server.signing(Jwt { signature, ..people::jwt() }).await;
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let answer = server.redeem(&client, &code, "").await;
    let (pair, answer) = (Pair::of(&answer), answer.json());
    let id_token = id_token(&answer);

    let listing = Listing { limit: 100, ..Listing::default() };
    let found = tessera::acts::tokens::list(&server.app, &listing).await.unwrap();
    let entry = found.entries.iter().map(|found| &found.entry);
    let entry = entry.clone().find(|entry| entry.kind.as_str() == "id").unwrap();
    assert_eq!((entry.user_id, entry.client_id.as_str()), (Some(ingrid.user_id), "app"));
    assert_eq!((entry.audience.to_string().as_str(), entry.payload.is_none()), ("app", true));
    assert!(entry.authorization_id.is_some() && entry.expires_at.is_some());

    assert!(!server.is_active(&client, id_token).await);
    let bearer = format!("Bearer {id_token}");
    for path in ["/userinfo", "/whoami", "/authenticate"] {
        let answer = server.get(path, &[("authorization", bearer.as_str())]).await;
        assert_eq!(answer.status, 401, "{path}: {answer:?}");
    }
    server.try_refresh(&client, id_token, "").await.assert_error(400, "invalid_grant");
    server.redeem(&client, id_token, "").await.assert_error(400, "invalid_grant");
    assert_eq!(server.post("/revoke", &client, &format!("token={id_token}")).await.status, 200);
    assert!(server.is_active(&client, &pair.access).await);
}

async fn an_id_token_comes_back_as_a_hint_and_nothing_else_does(server: TestServer) {
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let signed = Some(SignatureAlgorithm::Rs256);
    server.change_client(&client, |client| client.sign_in.userinfo_algorithm = signed).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let answer = server.redeem(&client, &code, "").await.json();
    let hint = id_token(&answer);
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let userinfo = server.get("/userinfo", &[("authorization", bearer.as_str())]).await.body;
    let verify = async |text: &str| server.app.tokens.read_id_token_hint(text).await.unwrap();

    // Also when its time is over: a client keeps it.
    server.advance(Duration::from_hours(30));
    let said = verify(hint).await.unwrap();

    assert_eq!((said.client_id(), &said.subject), (Some("app"), &ingrid.user_id.to_string()));
    assert_eq!(said.session_id, Some(ingrid.session.session_id.to_string()));
    let cut = &hint[..hint.len() - 2];
    let forged =
        format!("{}.{}.", hint.split('.').next().unwrap(), hint.split('.').nth(1).unwrap());
    let jwt = |server: &TestServer| server.app.tokens.policy().issuer.as_str().to_owned();
    for other in [cut, &forged, &userinfo, "", "a.b.c", &jwt(&server)] {
        assert!(verify(other).await.is_none(), "{other}");
    }
}
