//! A fault at each statement that requests lead to, looks among them: what they are told is so.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use tessera::{
    acts::clients::ClientChanges,
    model::client::{ClientAuthentication, ClientKind},
    store::Fault,
};
use tokio::task::JoinSet;

use crate::common::{
    TestClient, TestServer, on_each_engine,
    server::{Answer, ISSUER},
};

on_each_engine!(
    requests_with_a_refused_statement_are_told_the_truth,
    requests_with_a_connection_lost_before_a_statement_are_told_the_truth,
    requests_with_a_connection_lost_after_a_statement_are_told_the_truth,
);

/// How many of each kind there are at once.
const EACH: usize = 4;

async fn requests_with_a_refused_statement_are_told_the_truth(server: TestServer) {
    at_each_statement(server, Fault::Refused).await;
}

async fn requests_with_a_connection_lost_before_a_statement_are_told_the_truth(server: TestServer) {
    at_each_statement(server, Fault::LostBefore).await;
}

async fn requests_with_a_connection_lost_after_a_statement_are_told_the_truth(server: TestServer) {
    at_each_statement(server, Fault::LostAfter).await;
}

/// What a request was about: the token that it presents, or the assertion.
#[derive(Clone)]
enum Asked {
    ForToken,
    ForEndOf(String),
    About(String),
    WithAssertion(String),
}

/// Who asks, and how.
struct Scene {
    server: TestServer,
    client: TestClient,
    key: EncodingKey,
}

async fn at_each_statement(server: TestServer, fault: Fault) {
    // With a cache there would be nothing to go wrong with a look.
    let scene = Scene::on(server.restarted(|config| config.cache.enabled = false).await).await;
    let scene = Arc::new(scene);
    for number in 0.. {
        let asked = scene.prepare(number).await;
        let seen = let_go_wrong(&scene.server, number, fault);

        let mut asking = JoinSet::new();
        for asked in asked {
            let scene = Arc::clone(&scene);
            asking.spawn(async move { (asked.clone(), scene.ask(&asked).await) });
        }
        let told = asking.join_all().await;
        scene.server.app.store.fail(None);

        for (asked, answer) in told {
            scene.check(&asked, &answer).await;
        }
        if seen.load(Ordering::SeqCst) <= number {
            assert!(number > 3, "no statement ran");
            return;
        }
    }
}

impl Scene {
    async fn on(server: TestServer) -> Self {
        let client = server.machine("mailer", "read").await;
        let pkcs8 = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let jwk =
            json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": public});
        let changes = ClientChanges {
            authentication: Some(ClientAuthentication::PrivateKeyJwt),
            jwks: Some(json!({"keys": [jwk]}).to_string()),
            ..ClientChanges::default()
        };
        server.client("robot", ClientKind::Machine, changes).await;
        Self { server, client, key: EncodingKey::from_ed_der(pkcs8.as_ref()) }
    }

    /// What is asked at once.
    async fn prepare(&self, round: usize) -> Vec<Asked> {
        let mut asked = Vec::new();
        for number in 0..EACH {
            asked.push(Asked::ForToken);
            asked.push(Asked::ForEndOf(self.server.token(&self.client).await));
            asked.push(Asked::About(self.server.token(&self.client).await));
            asked.push(Asked::WithAssertion(self.assertion(&format!("{round}-{number}"))));
        }
        asked
    }

    async fn ask(&self, asked: &Asked) -> Answer {
        let (server, client) = (&self.server, &self.client);
        match asked {
            Asked::ForToken => server.post("/token", client, "grant_type=client_credentials").await,
            Asked::ForEndOf(token) => {
                server.post("/revoke", client, &format!("token={token}")).await
            }
            Asked::About(token) => {
                server.post("/introspect", client, &format!("token={token}")).await
            }
            Asked::WithAssertion(form) => server.post_form("/token", form).await,
        }
    }

    /// What was answered is so; what was not is one or the other.
    async fn check(&self, asked: &Asked, answer: &Answer) {
        let is_done = answer.status == 200;
        assert!(is_done || [500, 503].contains(&answer.status.as_u16()), "{answer:?}");
        match asked {
            Asked::ForToken if is_done => {
                let token = answer.json()["access_token"].as_str().unwrap().to_owned();
                assert!(self.server.is_active(&self.client, &token).await, "lost: {answer:?}");
            }
            Asked::ForToken => {}
            Asked::ForEndOf(token) => {
                let is_active = self.server.is_active(&self.client, token).await;
                assert!(!(is_done && is_active), "back: {answer:?}");
            }
            Asked::About(_) => assert!(!is_done || answer.json()["active"] == true, "{answer:?}"),
            Asked::WithAssertion(form) => {
                let again = self.server.post_form("/token", form).await.status.as_u16();
                // Unanswered, it may have counted.
                let expected: &[u16] = if is_done { &[401] } else { &[200, 401] };
                assert!(expected.contains(&again), "{again} after {answer:?}");
            }
        }
    }

    fn assertion(&self, id: &str) -> String {
        let claims = json!({
            "iss": "robot", "sub": "robot", "aud": ISSUER, "jti": id,
            "exp": self.server.now().seconds() + 60,
        });
        let header = Header::new(Algorithm::EdDSA);
        let assertion = jsonwebtoken::encode(&header, &claims, &self.key).unwrap();
        format!(
            "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
             urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        )
    }
}

/// Lets the statement of that number go wrong, and slows down all others a little, so that more
/// requests come together. Returns how many statements there were.
fn let_go_wrong(server: &TestServer, number: usize, fault: Fault) -> Arc<AtomicUsize> {
    let seen = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&seen);
    server.app.store.fail(Some(Arc::new(move |_: &str| {
        let is_it = shared.fetch_add(1, Ordering::SeqCst) == number;
        Some(if is_it { fault } else { Fault::Delayed(Duration::from_millis(1)) })
    })));
    seen
}
