//! The audit log: what stands in it, in which order, and that nobody can change it unseen.

mod chain;
mod counted;
mod events;
mod looking;

use tessera::{
    acts::audit::{Looking, Page, search},
    model::audit::KeptEvent,
};

use crate::common::TestServer;

/// A page of the events that match, the newest first.
async fn page(server: &TestServer, query: &str, limit: usize) -> Page {
    let query = query.parse().unwrap();
    let looking = Looking { query, newest_first: true, from: None, limit };
    search(&server.app, &looking).await.unwrap()
}

/// Every event that matches, the newest first.
async fn all(server: &TestServer, query: &str) -> Vec<KeptEvent> {
    let query = query.parse().unwrap();
    let mut looking = Looking { query, newest_first: true, from: None, limit: 100 };
    let mut found = Vec::new();
    loop {
        let page = search(&server.app, &looking).await.unwrap();
        found.extend(page.events);
        match page.next {
            Some(next) => looking.from = Some(next),
            None => return found,
        }
    }
}

/// The targets of the events that match, the newest first.
async fn targets(server: &TestServer, query: &str) -> Vec<String> {
    all(server, query).await.into_iter().map(|kept| kept.event.target).collect()
}
