//! How many connections may be open at once, and what becomes of one too many.

use std::io::ErrorKind;

use crate::common::{Engine, TestDatabase, http::HttpConnection, process::Program, until::until};

/// What the program keeps for itself of the files that it may open.
const RESERVE: u32 = 128;

/// A connection that was taken, if it was: it has answered.
async fn taken(process: &crate::common::process::Process) -> Option<HttpConnection> {
    let mut connection = process.connect().await.unwrap();
    match connection.get("/healthz").await {
        Ok(answer) => {
            assert_eq!(answer.status, 200);
            Some(connection)
        }
        Err(error) => {
            let is_end = matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            );
            assert!(is_end, "{error}");
            None
        }
    }
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once_and_counted() {
    const MOST: usize = 70;
    let database = TestDatabase::create(Engine::Sqlite).await;
    let process = Program::on(&database)
        .set("TESSERA_METRICS__LISTEN", "127.0.0.1:0")
        .with_open_files(RESERVE + 70)
        .serve()
        .await;

    let mut open = Vec::new();
    for _ in 0..MOST {
        open.push(taken(&process).await.expect("there is a place"));
    }
    for _ in 0..3 {
        assert!(taken(&process).await.is_none());
    }

    for connection in &mut open {
        assert_eq!(connection.get("/healthz").await.unwrap().status, 200);
    }
    let metrics = process.metrics().await;
    assert!(metrics.contains("tessera_connections_refused_total 3"), "{metrics}");
    drop(open.pop());
    until("a place is free again", async || taken(&process).await.is_some()).await;
    drop(process);
    database.remove().await;
}
