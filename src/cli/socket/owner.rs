//! The owner's side: taking commands from those who may give them.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::BufReader,
    net::{UnixListener, UnixStream},
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use crate::{
    app::App,
    cli::{
        answer_handed_over,
        look::Look,
        problem::{Exit, Problem},
    },
    store::socket_path,
};

use super::{
    frame::{FRAME_LIMIT, HandedOver, read_frame},
    reachable,
    remote::{Remote, listen, send},
};

/// How many commands may be under way at once.
const SESSIONS: usize = 16;

/// How long one may take to say what it wants, and how long a stop waits for those under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// The socket through which the owner of an SQLite file takes commands. Gone when dropped.
#[derive(Debug)]
pub(in crate::cli) struct CommandSocket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl CommandSocket {
    /// Opens the socket beside the SQLite file at `database`, which this process must own: so a
    /// socket that is there already was left behind.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(in crate::cli) fn bind(database: &Path) -> io::Result<Self> {
        let path = socket_path(database);
        let (address, _folder) = reachable(&path)?;
        if fs::symlink_metadata(&path).is_ok_and(|left| left.file_type().is_socket()) {
            fs::remove_file(&path)?;
        }
        let listener = UnixListener::bind(address)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        // Whoever made the file is whom this process runs as.
        let owner = fs::metadata(&path)?.uid();
        Ok(Self { listener, path, owner })
    }

    /// Takes commands until `stop` turns true; then lets those under way come to their end.
    pub(in crate::cli) async fn serve(self, app: App, mut stop: watch::Receiver<bool>) {
        let mut sessions = JoinSet::new();
        loop {
            let taken = tokio::select! {
                taken = self.listener.accept() => taken,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            while sessions.try_join_next().is_some() {}
            match taken {
                Ok((stream, _)) => {
                    let admitted = self.admit(&stream, sessions.len());
                    sessions.spawn(session(app.clone(), stream, admitted, stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(
                        event = "command.not_taken",
                        reason = %error,
                        "could not take a command: {error}"
                    );
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(self);
        let all_ended = async { while sessions.join_next().await.is_some() {} };
        if timeout(PATIENCE, all_ended).await.is_err() {
            tracing::warn!(
                event = "command.cut_off",
                "a command was still being answered when the server stopped"
            );
        }
    }

    /// The uid of whoever is at the other end, or why they may not give commands now.
    fn admit(&self, stream: &UnixStream, under_way: usize) -> Result<u32, Problem> {
        let peer = stream.peer_cred().ok().map(|peer| peer.uid());
        let Some(peer) = peer.filter(|peer| *peer == self.owner || *peer == 0) else {
            let what = "the running server takes no commands from you";
            return Err(Problem::new(Exit::NotAllowed, what)
                .next("run this as the user that the server runs as"));
        };
        if under_way >= SESSIONS {
            let what = "the running server is answering too many commands";
            return Err(Problem::new(Exit::Unreachable, what).next("try again in a moment"));
        }
        Ok(peer)
    }
}

impl Drop for CommandSocket {
    fn drop(&mut self) {
        // A socket that stays behind does no harm: the next owner removes it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Answers one command.
async fn session(
    app: App,
    stream: UnixStream,
    admitted: Result<u32, Problem>,
    stop: watch::Receiver<bool>,
) {
    let (from, to) = stream.into_split();
    let mut from = BufReader::new(from);
    let first = timeout(PATIENCE, read_frame::<Value>(FRAME_LIMIT, &mut from)).await;
    let Ok(Ok(Some(first))) = first else {
        // Somebody who only looked whether we are here, or who speaks another language.
        return;
    };
    let (gone, (heard, replies)) = (watch::Sender::new(false), mpsc::channel(1));
    let mut streams = JoinSet::new();
    // Given up with the session: the far end may stay, and say nothing any more.
    streams.spawn(listen(from, heard, gone.clone()));
    let (remote, queue) = Remote::new((replies, gone), stop);
    let sending = tokio::spawn(send(to, queue));
    match serde_json::from_value::<HandedOver>(first) {
        Ok(handed_over) => {
            let (exit, remote) = answer_handed_over(&app, handed_over, admitted, remote).await;
            remote.exit(exit);
        }
        Err(_) => refuse_other_version(remote),
    }
    // It ends when everything is sent, or nobody takes it.
    let _ = sending.await;
}

/// Answers a program of another version, whose commands look different.
fn refuse_other_version(mut remote: Remote) {
    let what = concat!("the running server is Tessera ", env!("CARGO_PKG_VERSION"));
    let problem = Problem::new(Exit::Unreachable, what)
        .said("it does not understand this command")
        .next("restart the server, so that both are of one version");
    remote.err(format!("{}\n", problem.render(Look { colour: false, utf8: false })));
    remote.exit(problem.exit);
}
