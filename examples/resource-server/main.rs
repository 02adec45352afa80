//! An API that tokens are for: it checks JWTs by itself, asks the server about every token, or looks
//! at the token's entry in the database. docs/resource-servers.md walks through all three.
//!
//! ```sh
//! cargo run --no-default-features --features entry-check --example resource-server -- jwts
//! ORDERS_SECRET=… cargo run … --example resource-server -- introspection orders-api
//! cargo run … --example resource-server -- entries sqlite:data/tessera.db
//! ```
//!
//! `ORDERS_ISSUER` (`http://127.0.0.1:8080` unless it says otherwise), `ORDERS_AUDIENCE`
//! (`https://orders.example`) and `ORDERS_LISTEN` (`127.0.0.1:8081`) say the rest.

mod api;

use std::{
    env,
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

use tessera::model::{clock::Clock, secret::Secret, timestamp::Timestamp};
use tokio::net::TcpListener;

use api::{Asked, Settings, api};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a token was refused is told here, and to no caller.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let set = |name: &str, usual: &str| env::var(name).unwrap_or_else(|_| usual.to_owned());
    let settings = Settings {
        issuer: set("ORDERS_ISSUER", "http://127.0.0.1:8080"),
        server: None,
        audience: set("ORDERS_AUDIENCE", "https://orders.example"),
        way: asked(env::args().skip(1))?,
    };
    let listener = TcpListener::bind(set("ORDERS_LISTEN", "127.0.0.1:8081")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, api(settings, system_clock()).await?).await?;
    Ok(())
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Result<Asked, Box<dyn Error>> {
    let (way, what) = (arguments.next().unwrap_or_default(), arguments.next());
    match (way.as_str(), what) {
        ("jwts", None) => Ok(Asked::Jwts),
        ("introspection", Some(client_id)) => {
            // Not as an argument: every process on the machine could read it.
            let secret = env::var("ORDERS_SECRET").map(Secret::new).map_err(|error| {
                format!("put the secret of {client_id} into ORDERS_SECRET: {error}")
            })?;
            Ok(Asked::Introspection { client_id, secret })
        }
        ("entries", Some(database)) => Ok(Asked::Entries { database }),
        _ => Err("say jwts, introspection CLIENT, or entries DATABASE".into()),
    }
}

/// The system's clock.
fn system_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "a program of its own, where time enters")]
    Clock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
