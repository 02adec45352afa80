//! Letters to people, through the mail server that the settings name.

use std::{fmt, sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::header::ContentType,
};
use metrics::counter;
use tokio::sync::Semaphore;

use crate::config::Mail;

/// Letters that may be under way at once, in one process.
const UNDER_WAY: usize = 64;

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before each further try of a letter that is sent in the background.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(5), Duration::from_mins(1)];

/// A letter. Its `Debug` shows nothing of what is in it: there may be a link.
#[derive(Clone)]
pub struct Letter {
    /// Whom it is for: an address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// Why a letter was not sent. Its text names neither the letter nor the password.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It is for nobody, or from nobody.
    #[error("an address cannot be read: {0}")]
    Address(String),
    /// The mail server did not take it.
    #[error("the mail server did not take it: {0}")]
    Refused(String),
}

/// What sends letters in the background, so that nobody can tell by the time that it takes whether
/// one was sent.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Semaphore>);

impl Outbox {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(UNDER_WAY)))
    }

    /// Does `work` in the background, if there is room for it. Returns whether there was.
    pub fn run(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else {
            counter!("tessera_letters_total", "outcome" => "no_room").increment(1);
            tracing::warn!(event = "mail.no_room", "a letter was dropped: too many wait");
            return false;
        };
        tokio::spawn(async move {
            let _held = place;
            work.await;
        });
        true
    }

    /// How many letters are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        UNDER_WAY - self.0.available_permits().min(UNDER_WAY)
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

/// Sends a letter through `mail`, and tries a few times.
pub async fn send_patiently(mail: &Mail, letter: &Letter) {
    for pause in AGAIN_AFTER {
        if send(mail, letter).await.is_ok() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
    if let Err(error) = send(mail, letter).await {
        tracing::warn!(event = "mail.not_sent", reason = %error, "a letter was not sent: {error}");
    }
}

/// Sends a letter through `mail`, once.
///
/// # Errors
///
/// [`NotSent`].
pub async fn send(mail: &Mail, letter: &Letter) -> Result<(), NotSent> {
    let sent = try_to_send(mail, letter).await;
    let outcome = if sent.is_ok() { "sent" } else { "not_sent" };
    counter!("tessera_letters_total", "outcome" => outcome).increment(1);
    sent
}

async fn try_to_send(mail: &Mail, letter: &Letter) -> Result<(), NotSent> {
    let address = |text: &str| text.parse().map_err(|_| NotSent::Address("malformed".to_owned()));
    let message = Message::builder()
        .from(address(&mail.from)?)
        .to(address(&letter.to)?)
        .subject(letter.subject.as_str())
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone())
        .map_err(|error| NotSent::Address(error.to_string()))?;
    let refused = |error: lettre::transport::smtp::Error| NotSent::Refused(error.to_string());
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(mail.smtp.as_str())
        .map_err(refused)?
        .timeout(Some(PATIENCE))
        .build();
    let sending = transport.send(message);
    match tokio::time::timeout(PATIENCE, sending).await {
        Ok(sent) => sent.map(drop).map_err(refused),
        Err(_) => Err(NotSent::Refused(format!("no answer in {} s", PATIENCE.as_secs()))),
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(…)")
    }
}
