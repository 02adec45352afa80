//! One-time download links in a Rust service that has Tessera inside itself: no HTTP, no second
//! process, the same store, rules and promises.
//!
//! `cargo run --example embedded` makes a link, follows it twice and says what came of it. The store
//! is a file in a folder that is removed in the end.
//!
//! The line of a service's Cargo.toml, with the path of this repository, or `git` and its address:
//! `tessera-auth = { path = "../tessera" }`. The library is named `tessera`.

use std::{
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, json};
use tessera::{
    acts::{
        self, Operator,
        clients::ClientChanges,
        declared,
        tokens::{TypedRequest, TypedTokens, UseRequest},
    },
    app::{App, Clock},
    config, jobs,
    model::{
        client::ClientKind, client_id::ClientId, issuer::Issuer, secret::Random,
        timestamp::Timestamp,
    },
};
use tokio::sync::watch;

const SETTINGS: &str = r#"
[[token_types]]
name = "DownloadLink"
require_identity = true

[[token_types.rules]]
type = "Expiry"
expiry_time = "1h"

[[token_types.rules]]
type = "UseCount"
max_use_count = 1
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("tessera-embedded-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let outcome = run(&folder).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn run(folder: &std::path::Path) -> Result<(), Box<dyn Error>> {
    // Settings, from wherever the service keeps its own; here from a text and one address.
    let address = format!("sqlite:{}", folder.join("links.db").display());
    let environment = [("TESSERA_STORE__URL".to_owned(), address)];
    let settings = config::parse(Some(("settings", SETTINGS)), environment)?.config;
    let types = settings.token_types.clone();

    // The store, with everything that a server would have around it.
    let issuer = Issuer::parse("http://127.0.0.1:8080")?;
    let opened = App::open(settings, issuer, Clock::new(now), Random::system()).await?;
    let app = opened.app;
    // What a server does by itself now and then: without it, ended rows are never swept.
    let (stop, stopping) = watch::channel(false);
    let jobs = jobs::start(&app, &stopping);
    declared::settle(&app, &[], &types).await?;

    // Tokens belong to a client: here it is the service itself, registered once.
    let itself = ClientId::parse("reports")?;
    let operator = Operator::new("service:reports");
    let kind = (itself.clone(), ClientKind::Machine);
    acts::clients::add(&app, &operator, kind, ClientChanges::default(), None).await?;
    let links = TypedTokens::of(&app, itself);

    let mut attributes = Map::new();
    attributes.insert("file".to_owned(), json!("2026-03.pdf"));
    let request = TypedRequest {
        type_name: "DownloadLink".to_owned(),
        identity: Some("jonas@example.com".to_owned()),
        attributes,
        ..TypedRequest::default()
    };
    let link = links.create(request).await?;
    let left = link.uses_left.unwrap_or_default();
    println!("made {}, uses left: {left}", link.entry_key);

    let following = UseRequest {
        type_name: "downloadlink".to_owned(),
        identity: Some("jonas@example.com".to_owned()),
        ..UseRequest::default()
    };
    let first = links.use_token(&link.token, following.clone()).await?;
    println!("followed: {}, file {}", first.outcome, first.attributes["file"]);
    let second = links.use_token(&link.token, following).await?;
    println!("followed again: {}", second.outcome);
    println!("deleted: {}", links.delete("DownloadLink", &link.token).await?);

    stop.send(true)?;
    jobs.join_all().await;
    app.store.close().await;
    Ok(())
}

/// The system's clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a program of its own, where time enters")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
