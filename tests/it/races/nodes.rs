//! What several nodes share: identifiers that count once, leases, resource servers.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use tessera::{
    acts::{
        self, Error,
        clients::ClientChanges,
        resource_servers::{self, ResourceServerChanges},
    },
    app::App,
    model::{
        client::{ClientAuthentication, ClientKind},
        id::uuid_v7,
        secret::Sha256,
        timestamp::Timestamp,
    },
    store::Command,
};
use tower::ServiceExt;
use uuid::Uuid;

use super::{ROUNDS, at_once, nodes, winners};
use crate::common::{
    TestServer, on_each_engine,
    server::{HERE, ISSUER, operator},
};

on_each_engine!(
    an_assertion_counts_once_however_often_it_is_sent_at_once,
    an_identifier_is_new_to_one,
    a_lease_has_one_holder,
    a_lease_is_taken_over_at_the_moment_it_ends,
    a_lease_is_finished_by_its_holder_alone,
    of_several_who_add_a_resource_server_one_does,
    no_change_of_a_resource_server_is_lost,
    a_resource_server_is_deleted_once,
);

async fn an_assertion_counts_once_however_often_it_is_sent_at_once(server: TestServer) {
    let (key, jwks) = key_pair();
    let changes = ClientChanges {
        authentication: Some(ClientAuthentication::PrivateKeyJwt),
        jwks: Some(jwks),
        ..ClientChanges::default()
    };
    server.client("mailer", ClientKind::Machine, changes).await;
    let nodes = nodes(&server).await;
    for round in 0..5 {
        let form = assertion_form(&server, &key, &format!("jti-{round}"));

        let answers = at_once(&nodes, 20, |app, _| post_token(app, form.clone())).await;

        let accepted = answers.iter().filter(|status| **status == StatusCode::OK).count();
        let refused = answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
        assert_eq!((accepted, refused), (1, 19), "{answers:?}");
    }
}

async fn an_identifier_is_new_to_one(server: TestServer) {
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let identifier = Sha256::of(format!("identifier {round}").as_bytes());

        let answers = at_once(&nodes, 20, |app, _| {
            let identifier = identifier.clone();
            async move {
                let use_it = Command::new().use_identifier("test", identifier, app.now());
                app.store.run(use_it).await.unwrap()
            }
        })
        .await;

        assert_eq!(winners(&answers), 1);
    }
}

const NOON: Timestamp = Timestamp(1_800_014_400_000);
const ONE: Timestamp = Timestamp(NOON.0 + 3_600_000);
const TWO: Timestamp = Timestamp(ONE.0 + 3_600_000);

async fn a_lease_has_one_holder(server: TestServer) {
    let nodes = nodes(&server).await;

    let first = contend(&nodes, (NOON, ONE)).await;
    let second = contend(&nodes, (Timestamp(ONE.0 - 1), TWO)).await;

    assert_eq!((first.len(), second.len()), (1, 0));
    assert!(take(&server.app, first[0], (Timestamp(ONE.0 - 1), TWO)).await, "prolonged");
}

async fn a_lease_is_taken_over_at_the_moment_it_ends(server: TestServer) {
    let nodes = nodes(&server).await;
    let old = contend(&nodes, (NOON, ONE)).await.remove(0);

    let new = contend(&nodes, (ONE, TWO)).await;

    assert_eq!(new.len(), 1);
    assert!(!take(&server.app, old, (ONE, TWO)).await, "the old holder has to wait");
}

async fn a_lease_is_finished_by_its_holder_alone(server: TestServer) {
    let nodes = nodes(&server).await;
    let old = contend(&nodes, (NOON, ONE)).await.remove(0);
    let new = contend(&nodes, (ONE, TWO)).await.remove(0);

    let answers = at_once(&nodes, 8, |app, number| async move {
        let holder = if number == 5 { new } else { old };
        app.store.write().await.unwrap().finish_lease("test", holder, ONE).await.unwrap()
    })
    .await;

    assert_eq!(winners(&answers), 1);
    let finished = server.app.store.read().await.unwrap().lease_finished_at("test").await.unwrap();
    assert_eq!(finished, Some(ONE));
    assert_eq!(contend(&nodes, (ONE, TWO)).await.len(), 1, "free again at once");
}

async fn of_several_who_add_a_resource_server_one_does(server: TestServer) {
    let answers = at_once(&nodes(&server).await, 8, |app, number| async move {
        let name = Some(format!("API {number}"));
        let changes = ResourceServerChanges { name: name.clone(), ..Default::default() };
        let added = resource_servers::add(&app, &operator(), "https://api.example", changes).await;
        yes_or_conflict(added).then_some(name)
    })
    .await;

    let won: Vec<String> = answers.into_iter().flatten().flatten().collect();
    let kept = resource_servers::list(&server.app).await.unwrap();
    assert_eq!(won, kept.into_iter().map(|server| server.name).collect::<Vec<_>>());
    assert_eq!(won.len(), 1);
}

/// The clock stands still meanwhile: all of it happens within one millisecond.
async fn no_change_of_a_resource_server_is_lost(server: TestServer) {
    let audience = "https://api.example";
    let changes = ResourceServerChanges::default();
    resource_servers::add(&server.app, &operator(), audience, changes).await.unwrap();
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let name = format!("API {round}");
        let before = resource_servers::find(&server.app, audience).await.unwrap();
        let changes = [
            ResourceServerChanges { name: Some(name.clone()), ..Default::default() },
            ResourceServerChanges { is_default: Some(!before.is_default), ..Default::default() },
        ];

        let answers = at_once(&nodes, 2, |app, number| {
            let changes = changes[number].clone();
            async move {
                let done = resource_servers::set(&app, &operator(), audience, changes).await;
                (number, yes_or_conflict(done))
            }
        })
        .await;

        let after = resource_servers::find(&server.app, audience).await.unwrap();
        for (number, done) in answers {
            let is_there = if number == 0 {
                after.name == name
            } else {
                after.is_default != before.is_default
            };
            assert_eq!(is_there, done, "round {round}, change {number}");
        }
    }
}

async fn a_resource_server_is_deleted_once(server: TestServer) {
    let audience = "https://api.example";
    let changes = ResourceServerChanges::default();
    resource_servers::add(&server.app, &operator(), audience, changes).await.unwrap();

    let answers = at_once(&nodes(&server).await, 8, |app, _| async move {
        match resource_servers::delete(&app, &operator(), audience).await {
            Ok(()) => true,
            Err(Error::NotFound(_)) => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await;

    assert_eq!(winners(&answers), 1);
}

/// Twelve who want the lease at once; those who were told they have it.
async fn contend(nodes: &[App], (now, until): (Timestamp, Timestamp)) -> Vec<Uuid> {
    let answers = at_once(nodes, 12, |app, _| async move {
        let holder = uuid_v7(now, &app.random);
        take(&app, holder, (now, until)).await.then_some(holder)
    })
    .await;
    answers.into_iter().flatten().collect()
}

async fn take(app: &App, holder: Uuid, (now, until): (Timestamp, Timestamp)) -> bool {
    app.store.write().await.unwrap().take_lease("test", holder, now, until).await.unwrap()
}

fn key_pair() -> (EncodingKey, String) {
    let pkcs8 = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": public});
    (EncodingKey::from_ed_der(pkcs8.as_ref()), json!({"keys": [jwk]}).to_string())
}

fn assertion_form(server: &TestServer, key: &EncodingKey, jti: &str) -> String {
    let claims = json!({
        "iss": "mailer", "sub": "mailer", "aud": ISSUER, "jti": jti,
        "exp": server.now().seconds() + 60,
    });
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, key).unwrap();
    format!(
        "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
         urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    )
}

async fn post_token(app: App, form: String) -> StatusCode {
    let request = axum::http::Request::builder()
        .method("POST")
        .uri("/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .extension(HERE)
        .body(axum::body::Body::from(form))
        .unwrap();
    tessera::server::router(app).oneshot(request).await.unwrap().status()
}

fn yes_or_conflict<T>(done: acts::Result<T>) -> bool {
    match done {
        Ok(_) => true,
        Err(Error::Conflict(_)) => false,
        Err(error) => panic!("{error}"),
    }
}
