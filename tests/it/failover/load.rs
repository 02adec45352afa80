//! Tokens issued and revoked at two nodes without a pause, and what came of each.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use axum::http::StatusCode;
use tokio::task::JoinSet;

use crate::common::{TestClient, TestServer, server::Answer, until::until};

/// How many callers each node has at once.
const CALLERS: usize = 4;

/// How many more tokens each node has to issue until the load has gone on.
const MORE: usize = 60;

/// Callers of two nodes, at work until they are told to end.
pub struct Load {
    shared: Arc<Shared>,
    callers: JoinSet<()>,
}

struct Shared {
    nodes: [TestServer; 2],
    client: TestClient,
    ledger: Mutex<Ledger>,
    is_over: AtomicBool,
}

/// What was acknowledged. What nobody answered may be so or not, and stands nowhere.
#[derive(Default)]
struct Ledger {
    live: Vec<String>,
    ended: Vec<String>,
    /// When each node issued a token.
    issued: [Vec<Instant>; 2],
}

impl Load {
    pub fn begin(nodes: [TestServer; 2], client: TestClient) -> Self {
        let (ledger, is_over) = (Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { nodes, client, ledger, is_over });
        let mut callers = JoinSet::new();
        for number in 0..2 * CALLERS {
            callers.spawn(Arc::clone(&shared).call(number % 2));
        }
        Self { shared, callers }
    }

    pub fn nodes(&self) -> &[TestServer; 2] {
        &self.shared.nodes
    }

    /// Returns when each node has issued many more tokens.
    pub async fn goes_on(&self) {
        let before = self.shared.ledger.lock().unwrap().issued.each_ref().map(Vec::len);
        until("under load", async || {
            let ledger = self.shared.ledger.lock().unwrap();
            ledger.issued.iter().zip(before).all(|(issued, before)| issued.len() > before + MORE)
        })
        .await;
    }

    /// A token that was acknowledged and that nobody ends.
    pub fn a_live_token(&self) -> String {
        self.shared.ledger.lock().unwrap().live.last().unwrap().clone()
    }

    /// When each node first issued a token after a moment.
    pub async fn first_answers_since(&self, moment: Instant) -> Vec<Instant> {
        let first = |issued: &Vec<Instant>| issued.iter().copied().filter(|at| *at > moment).min();
        until("issued", async || {
            self.shared.ledger.lock().unwrap().issued.iter().all(|one| first(one).is_some())
        })
        .await;
        self.shared.ledger.lock().unwrap().issued.iter().filter_map(first).collect()
    }

    pub async fn end(mut self) -> Self {
        self.shared.is_over.store(true, Ordering::SeqCst);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        self
    }

    /// Every node knows all that was acknowledged.
    pub async fn holds(&self) {
        let Shared { nodes, client, ledger, .. } = &*self.shared;
        let Ledger { live, ended, issued } = std::mem::take(&mut *ledger.lock().unwrap());
        assert!(live.len() > MORE && ended.len() > MORE / 3, "{} {}", live.len(), ended.len());
        for node in nodes {
            for token in &live {
                assert!(node.is_active(client, token).await, "an acknowledged token is lost");
            }
            for token in &ended {
                assert!(!node.is_active(client, token).await, "a revoked token is back");
            }
        }
        let issued: usize = issued.iter().map(Vec::len).sum();
        eprintln!("{issued} tokens issued, {} of them revoked, all as acknowledged", ended.len());
    }
}

impl Shared {
    /// Asks one node for tokens, and the other to end some of them.
    async fn call(self: Arc<Self>, at: usize) {
        let (node, other) = (&self.nodes[at], &self.nodes[1 - at]);
        for turn in 0.. {
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            let answer = node.post("/token", &self.client, "grant_type=client_credentials").await;
            let Some(answer) = done(answer) else { continue };
            let token = answer.json()["access_token"].as_str().unwrap().to_owned();
            self.ledger.lock().unwrap().issued[at].push(Instant::now());
            if turn % 3 == 0 {
                self.end(other, node, &token).await;
            } else {
                self.look(other, &token, true).await;
                self.ledger.lock().unwrap().live.push(token);
            }
        }
    }

    /// Lets one node end a token that the other may have kept, and looks at the other.
    async fn end(&self, here: &TestServer, there: &TestServer, token: &str) {
        self.look(there, token, true).await;
        let answer = here.post("/revoke", &self.client, &format!("token={token}")).await;
        if done(answer).is_some() {
            self.ledger.lock().unwrap().ended.push(token.to_owned());
            self.look(there, token, false).await;
        }
    }

    /// Whoever answers about a token knows what was acknowledged of it.
    async fn look(&self, node: &TestServer, token: &str, is_active: bool) {
        let answer = node.post("/introspect", &self.client, &format!("token={token}")).await;
        if let Some(answer) = done(answer) {
            assert_eq!(answer.json()["active"], is_active);
        }
    }
}

/// The answer, unless it says that there is none at the moment.
fn done(answer: Answer) -> Option<Answer> {
    if answer.status == StatusCode::OK {
        return Some(answer);
    }
    answer.assert_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    None
}
