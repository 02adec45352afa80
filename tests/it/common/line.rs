//! A line to the database that a test can cut.

use std::net::SocketAddr;

use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::TestDatabase;

/// How it is with the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// What comes in goes through.
    Whole,
    /// Connections break, and nobody takes new ones.
    Cut,
    /// Connections stay, new ones are taken, and no byte goes through. Those that stood or were
    /// taken meanwhile stay silent for ever, as those to a machine that is gone.
    Silent,
}

/// A line that passes on to `target` whatever connects to it.
pub struct Line {
    address: SocketAddr,
    state: watch::Sender<LineState>,
    target: SocketAddr,
    taking: JoinHandle<()>,
}

impl Line {
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = watch::Sender::new(LineState::Whole);
        let taking = tokio::spawn(take(listener, target, state.subscribe()));
        Self { address, state, target, taking }
    }

    /// A line to a database, and the address of the database at its near end.
    pub async fn to_database(database: &TestDatabase) -> (Self, String) {
        let options: PgConnectOptions = database.url.parse().unwrap();
        let target = format!("{}:{}", options.get_host(), options.get_port());
        let target = tokio::net::lookup_host(target).await.unwrap().next().unwrap();
        let line = Line::to(target).await;
        let (host, port) = (line.address.ip().to_string(), line.address.port());
        let url = options.host(&host).port(port).to_url_lossy().to_string();
        (line, url)
    }

    /// Its near end.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub async fn set(&mut self, state: LineState) {
        let before = self.state.send_replace(state);
        if state == LineState::Cut {
            self.taking.abort();
            let _ = (&mut self.taking).await;
        } else if before == LineState::Cut {
            let listener = TcpListener::bind(self.address).await.unwrap();
            self.taking = tokio::spawn(take(listener, self.target, self.state.subscribe()));
        }
    }
}

async fn take(listener: TcpListener, target: SocketAddr, state: watch::Receiver<LineState>) {
    loop {
        let (caller, _) = listener.accept().await.unwrap();
        tokio::spawn(pass_on(caller, target, state.clone()));
    }
}

async fn pass_on(mut caller: TcpStream, target: SocketAddr, mut state: watch::Receiver<LineState>) {
    let passing = async {
        let mut called = TcpStream::connect(target).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut caller, &mut called).await;
    };
    let changed = state.wait_for(|state| *state != LineState::Whole);
    let silent = tokio::select! {
        biased;
        changed = changed => matches!(changed.as_deref(), Ok(LineState::Silent)),
        () = passing => false,
    };
    if silent {
        let _ = state.wait_for(|state| *state == LineState::Cut).await;
    }
}
