//! Several who apply at the same time.

use tessera::acts::declared::settle;
use tokio::task::JoinSet;

use super::{apply, export, file};
use crate::common::{Engine, TestServer, on_each_engine};

on_each_engine!(
    of_two_at_once_the_store_is_as_one_of_them_says,
    several_that_start_at_once_do_not_fail_each_other,
);

const ROUNDS: usize = 5;

fn state(word: &str) -> String {
    // One of them has a secret: hashing many would take most of the time.
    let secret = format!(", secrets = [{{ value = '{word} horse battery staple' }}]");
    let clients = [("a", &*secret), ("b", ""), ("c", "")].map(|(id, secret)| {
        format!("{{ client_id = '{id}', name = '{word}', scope = '{word}'{secret} }}")
    });
    let users = ["u", "v"].map(|name| format!("{{ username = '{name}', roles = ['{word}'] }}"));
    format!(
        "clients = [{}]\nusers = [{}]\nscopes = [{{ scope = '{word}' }}, {{ scope = 's', description \
         = '{word}' }}]\nresource_servers = [{{ audience = 'x', name = '{word}' }}]",
        clients.join(", "),
        users.join(", ")
    )
}

async fn of_two_at_once_the_store_is_as_one_of_them_says(server: TestServer) {
    let other = match server.database().engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(server.neighbour().await),
    };
    let nodes = [&server, other.as_ref().unwrap_or(&server)].map(|server| server.app.clone());
    for round in 0..ROUNDS {
        // New words each time: a secret that has ended is not brought back.
        let words = [format!("left{round}"), format!("right{round}")];
        apply(&server.app, &state(&format!("before{round}"))).await;

        let mut both = JoinSet::new();
        for (app, word) in nodes.iter().cloned().zip(words) {
            both.spawn(async move {
                let plan = super::planned(&app, &state(&word), true).await.unwrap();
                let operator = crate::common::server::operator();
                tessera::acts::declared::carry_out(&app, &operator, plan).await.is_ok()
            });
        }
        let done = both.join_all().await;

        assert!(done.contains(&true), "one of them comes first");
        let text = export(&server.app, false).await;
        let says = |word: &str| text.contains(word);
        assert!(says("left") != says("right"), "no mixture:\n{text}");
        assert!(!says("before"), "{text}");
        assert_eq!(text.matches("hint").count(), 1, "{text}");
    }
}

async fn several_that_start_at_once_do_not_fail_each_other(server: TestServer) {
    let mut nodes = vec![server.app.clone(); 4];
    if server.database().engine == Engine::Postgres {
        nodes = vec![server.app.clone(), server.neighbour().await.app];
        nodes.extend(nodes.clone());
    }
    for round in 0..ROUNDS {
        let text = state(&format!("round{round}"));
        let mut starts = JoinSet::new();
        for app in nodes.clone() {
            let text = text.clone();
            starts.spawn(async move { settle(&app, &[file(&text)], &[]).await.map(drop) });
        }

        for outcome in starts.join_all().await {
            outcome.unwrap();
        }

        assert!(apply(&server.app, &text).await.is_empty());
        let exported = export(&server.app, false).await;
        assert_eq!(exported.matches("hint").count(), round + 1, "each secret once");
    }
}
