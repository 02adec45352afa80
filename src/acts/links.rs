//! Links that lead people to a password: by letter, or printed for an operator.

use std::{net::IpAddr, time::Duration};

use serde_json::Value;

use crate::{
    app::App,
    hashing,
    mail::{self, Letter},
    model::{audit::Origin, secret::Secret, timestamp::Timestamp, user::User, username::Username},
    store::UserKey,
    tokens::typed::{CreatedToken, FoundLink, Link},
    words::Words,
};

use super::{Error, Operator, Result, browser_sessions::SeenFrom, event, users};

/// A link that was made.
#[derive(Debug)]
pub struct MadeLink {
    /// The address. The only time that it is seen.
    pub address: Secret,
    /// The first moment at which it is good no more.
    pub expires_at: Timestamp,
    /// Whom it was sent to, if it was.
    pub sent_to: Option<String>,
}

/// What came of a link and the password that somebody chose by it.
#[derive(Debug)]
pub enum Chosen {
    /// It is the user's password from now on.
    Set,
    /// The link is not good, or not any more.
    NoLink,
}

/// How often a password is set anew on the user as somebody else has just changed them.
const TRIES: usize = 4;

/// How often links to new passwords are asked for from one address in a minute.
const ASKED: u32 = 10;

/// Who asks for a link to a new password, before it is known whether it is they.
const SOMEBODY: &str = "somebody";

/// Letters about a new password that one account is sent in a minute.
const LETTERS: u32 = 1;

/// Makes a link for a user, who was looked at as `seen`, and sends it if there is a mail server and
/// an address, unless it is to be printed.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::Conflict`] for a user who is disabled, or who became an operator
/// since they were looked at, or [`Error::Invalid`] if the mail server did not take the letter.
pub async fn make(
    app: &App,
    operator: &Operator,
    (link, seen): (Link, &User),
    is_printed: bool,
) -> Result<MadeLink> {
    let created = create(app, operator, link, seen).await?;
    // Whoever becomes an operator after this ends the link by that.
    let user = users::get(app, seen.user_id).await?;
    if user.operator_roles != seen.operator_roles {
        let text = format!("somebody else changed {} meanwhile; look again", user.address());
        return Err(Error::Conflict(text));
    }
    let Some(created) = created else {
        let text = format!("{} is disabled; enable them first", user.address());
        return Err(Error::Conflict(text));
    };
    let expires_at = created.expires_at.unwrap_or(app.now());
    let address = address_of(app, &created.token);
    let config = app.config();
    let sent_to = match (&config.mail, email_of(&user), is_printed) {
        (Some(mail), Some(to), false) => {
            let letter = letter(app, link, &address, to);
            let sent = mail::send(mail, &letter).await;
            sent.map_err(|error| Error::Invalid(format!("no letter was sent: {error}")))?;
            Some(to.to_owned())
        }
        _ => None,
    };
    Ok(MadeLink { address, expires_at, sent_to })
}

/// Counts that somebody asks for a link from an address.
///
/// # Errors
///
/// How long to wait, where too many did.
pub async fn count_asking(app: &App, now: (IpAddr, Timestamp)) -> Result<(), Duration> {
    match app.hasher.count_try(("forgot", ASKED), now).await {
        Ok(()) => Ok(()),
        Err(hashing::Error::Throttled(wait)) => Err(wait),
        Err(_) => Err(Duration::from_secs(1)),
    }
}

/// Sends a link to a new password to whoever has this name, if somebody has it, may sign in and has
/// an address. It happens in the background: whoever asks cannot tell, not by the time either.
pub fn forgot(app: &App, realm: &'static str, typed: &str, (from, at): (&SeenFrom, Timestamp)) {
    let (beside, typed, from) = (app.clone(), typed.to_owned(), from.clone());
    app.outbox.run(async move {
        if let Err(error) = send_reset(&beside, realm, &typed, (&from, at)).await {
            crate::error::Error::from(error).log();
        }
    });
}

async fn send_reset(
    app: &App,
    realm: &str,
    typed: &str,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<()> {
    let config = app.config();
    let (Some(mail), Ok(name)) = (&config.mail, Username::parse(typed)) else { return Ok(()) };
    let key = UserKey::Name(realm.to_owned(), name.folded().to_owned());
    let user = app.store.look_for_user(key).await?;
    let Some(user) = user.filter(|user| user.may_sign_in(at)) else { return Ok(()) };
    let Some(to) = email_of(&user) else { return Ok(()) };
    let whom = (user.address(), at);
    if app.hasher.count_try_about(("letter", LETTERS), (&whom.0, whom.1)).await.is_err() {
        return Ok(());
    }
    // Whoever typed the name: that it is they, nobody proved.
    let origin = Origin { address: Some(from.address), request_id: from.request_id.clone() };
    let operator = Operator::new(SOMEBODY).from(&origin);
    if let Some(created) = create(app, &operator, Link::PasswordReset, &user).await? {
        let address = address_of(app, &created.token);
        let letter = letter(app, Link::PasswordReset, &address, to);
        mail::send_patiently(mail, &letter).await;
    }
    Ok(())
}

/// Finds the link that a string is, if it is good, and whose it is. Nothing is spent.
///
/// # Errors
///
/// What the store says.
pub async fn find(
    app: &App,
    token: &Secret,
    now: (IpAddr, Timestamp),
) -> Result<Option<(FoundLink, User)>> {
    let Some(link) = app.tokens.find_link(token.expose(), now).await? else { return Ok(None) };
    let user = app.store.read().await?.find_user(link.user_id).await?;
    let user = user.filter(|user| user.may_sign_in(now.1));
    Ok(user.map(|user| (link, user)))
}

/// Spends a link on a password. Whoever was signed in as its user is not any more.
///
/// # Errors
///
/// [`Error::Invalid`] for what is no password, and then nothing is spent; what the store says.
pub async fn choose(
    app: &App,
    (token, password): (&Secret, &Secret),
    (from, at): (&SeenFrom, Timestamp),
) -> Result<Chosen> {
    let now = (from.address, at);
    if find(app, token, now).await?.is_none() {
        return Ok(Chosen::NoLink);
    }
    // Before anything is spent: it may be no password, and the queue may be full.
    let hash = users::hash_password(app, password).await?;
    let Some((link, user)) = find(app, token, now).await? else { return Ok(Chosen::NoLink) };
    if !app.tokens.spend_link(&link, now).await? {
        return Ok(Chosen::NoLink);
    }
    let by = from.person(&user);
    for _ in 0..TRIES {
        let mut store = app.store.begin().await?;
        let found = store.find_user(user.user_id).await?;
        let Some(found) = found.filter(|user| user.may_sign_in(now.1)) else {
            return Ok(Chosen::NoLink);
        };
        let changed = User { password: Some(hash.clone()), updated_at: now.1, ..found };
        let action = match link.link {
            Link::PasswordReset => "user.password_reset",
            Link::Invitation => "user.invitation_taken",
        };
        if users::change_password(&mut store, &changed, (&by, now.1, action)).await? {
            let event = event(app, (&by, now.1), action, &changed.address(), None);
            store.insert_audit_event(&event).await?;
            store.commit().await?;
            return Ok(Chosen::Set);
        }
        store.roll_back().await?;
    }
    Err(Error::Busy)
}

async fn create(
    app: &App,
    operator: &Operator,
    link: Link,
    user: &User,
) -> Result<Option<CreatedToken>> {
    let now = app.now();
    let links = app.config().links;
    let (lifetime, action) = match link {
        Link::PasswordReset => (links.reset, "user.reset_link_made"),
        Link::Invitation => (links.invitation, "user.invited"),
    };
    let created = app.tokens.create_link(link, (user, lifetime), now, |command, _| {
        command.insert_audit_event(event(app, (operator, now), action, &user.address(), None))
    });
    Ok(created.await?)
}

/// The address that leads to a password. It is made of the issuer's, and nothing else.
fn address_of(app: &App, token: &Secret) -> Secret {
    Secret::new(app.issuer.join(&format!("/password?token={}", token.expose())))
}

/// The address that somebody's letters go to: that which applications are told.
#[must_use]
pub fn email_of(user: &User) -> Option<&str> {
    user.claims.get("email").and_then(Value::as_str).filter(|address| address.contains('@'))
}

fn letter(app: &App, link: Link, address: &Secret, to: &str) -> Letter {
    let words = Words::english();
    let (subject, text) = match link {
        Link::PasswordReset => ("letter-reset-subject", "letter-reset"),
        Link::Invitation => ("letter-invitation-subject", "letter-invitation"),
    };
    let arguments = [("address", address.expose()), ("issuer", app.issuer.as_str())];
    Letter {
        to: to.to_owned(),
        subject: words.with(subject, [("host", app.issuer.host())]),
        text: words.with(text, arguments),
    }
}
