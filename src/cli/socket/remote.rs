//! The owner's side of one session: the far end's streams, as a console sees them.

use tokio::{
    io::BufReader,
    net::unix::{OwnedReadHalf, OwnedWriteHalf},
    sync::{mpsc, watch},
};

use crate::{
    acts::declared::DeclaredFile,
    cli::{
        problem::{Exit, Problem},
        source::Source,
    },
    model::secret::Secret,
};

use super::frame::{REPLY_LIMIT, Reply, Wish, read_frame, write_frame};

/// The streams of whoever handed a command over.
///
/// Wishes are queued, so a slow or vanished reader holds up no command; what a command writes is
/// bounded by the command itself.
#[derive(Debug)]
pub(in crate::cli) struct Remote {
    wishes: mpsc::UnboundedSender<Wish>,
    replies: mpsc::Receiver<Reply>,
    stop: watch::Receiver<bool>,
    gone: watch::Sender<bool>,
}

/// What speaks at the far end's standard error, whoever holds it.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Voice(mpsc::UnboundedSender<Wish>);

impl Voice {
    pub(in crate::cli) fn err(&self, text: String) {
        // Who has gone reads nothing.
        let _ = self.0.send(Wish::Err(text));
    }
}

impl Remote {
    /// Takes what [`listen`] hears and tells; [`send`] is to be run with the writing half and what
    /// is handed out here.
    pub(super) fn new(
        (replies, gone): (mpsc::Receiver<Reply>, watch::Sender<bool>),
        stop: watch::Receiver<bool>,
    ) -> (Self, mpsc::UnboundedReceiver<Wish>) {
        let (wishes, queue) = mpsc::unbounded_channel();
        (Self { wishes, replies, stop, gone }, queue)
    }

    pub(in crate::cli) fn out(&mut self, text: String, remedy: Option<String>) {
        self.wish(match remedy {
            Some(remedy) => Wish::Once(text, remedy),
            None => Wish::Out(text),
        });
    }

    pub(in crate::cli) fn err(&mut self, text: String) {
        self.wish(Wish::Err(text));
    }

    /// What tells the command that whoever gave it wants no more of it.
    pub(in crate::cli) fn stopper(&self) -> watch::Sender<bool> {
        self.gone.clone()
    }

    pub(in crate::cli) fn voice(&self) -> Voice {
        Voice(self.wishes.clone())
    }

    /// Has the other side read standard input or a file.
    pub(in crate::cli) async fn read(&mut self, source: &Source) -> Result<Secret, Problem> {
        self.wish(Wish::Read(source.clone()));
        self.reply().await.map(Secret::new)
    }

    /// Has the other side read a declared file, and whatever it names outside itself.
    pub(in crate::cli) async fn gather(
        &mut self,
        source: &Source,
    ) -> Result<DeclaredFile, Problem> {
        self.wish(Wish::Gather(source.clone()));
        let text = self.reply().await?;
        serde_json::from_str(&text).map_err(|error| {
            let what = "whoever handed the command over sent something else than its file";
            Problem::new(Exit::Unreachable, what).said(error.to_string())
        })
    }

    /// Has the other side ask the person at it.
    pub(in crate::cli) async fn ask(&mut self, question: String) -> Result<String, Problem> {
        self.wish(Wish::Ask(question));
        self.reply().await
    }

    /// Ends the session.
    pub(super) fn exit(self, exit: Exit) {
        self.wish(Wish::Exit(exit.code()));
    }

    fn wish(&self, wish: Wish) {
        // Who has gone reads nothing; the command goes on, to its end or to where it can stop.
        let _ = self.wishes.send(wish);
    }

    async fn reply(&mut self) -> Result<String, Problem> {
        let reply = tokio::select! {
            reply = self.replies.recv() => reply,
            _ = self.stop.wait_for(|stop| *stop) => {
                return Err(Problem::new(Exit::Unreachable, "the running server is stopping"));
            }
        };
        match reply {
            Some(Reply::Text(text)) => Ok(text),
            Some(Reply::Failed(what, said)) => {
                Err(Problem::new(Exit::Unreachable, what).said(said))
            }
            None => Err(Problem::new(Exit::Stopped, "whoever asked has gone")),
        }
    }
}

/// Hears replies until there are no more: whoever sends none any more has gone, or wants the command
/// to stop.
pub(super) async fn listen(
    mut from: BufReader<OwnedReadHalf>,
    replies: mpsc::Sender<Reply>,
    gone: watch::Sender<bool>,
) {
    while let Ok(Some(reply)) = read_frame(REPLY_LIMIT, &mut from).await {
        if replies.send(reply).await.is_err() {
            return;
        }
    }
    gone.send_replace(true);
}

/// Sends wishes until there are no more, or nobody takes them.
pub(super) async fn send(mut to: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Wish>) {
    while let Some(wish) = queue.recv().await {
        if write_frame(&mut to, &wish).await.is_err() {
            return;
        }
    }
}
