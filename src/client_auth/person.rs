//! Proof of a person: by name and password, by a token that they made for themselves, or by a JWT
//! that `/authenticate` signed.
//!
//! An access token proves no person: it was given to a client, for what its scope says, and must
//! not become all that its user may do.

use std::sync::Arc;

use metrics::counter;
use uuid::Uuid;

use crate::{
    app::App,
    error::{Code, Error, Result},
    model::{
        account_end::AccountLimits,
        person_refusal::PersonRefusal,
        scope::Scope,
        secret::Secret,
        standing::StandingEntry,
        timestamp::Timestamp,
        user::{User, UserStatus, is_realm},
        username::Username,
    },
    store::UserKey,
    tokens::typed::limited_to,
};

use super::{CallerAddress, credentials::Credentials, password::judge_password};

/// Somebody who proved who they are. The account is active, and not over.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub user: Arc<User>,
    /// What limits the account.
    pub limits: AccountLimits,
    /// By what.
    pub proof: Proof,
    /// From where.
    pub from: CallerAddress,
    /// When. All that is decided about the request goes by this moment.
    pub at: Timestamp,
}

/// What proved somebody.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The password.
    Password,
    /// The token with this entry, which ends then if it is not used again.
    Personal(Arc<StandingEntry>, Option<Timestamp>),
    /// A JWT, which is good until then, and of what the person may do for this, if it says so.
    Jwt(Timestamp, Option<Scope>),
}

impl Proof {
    /// The moment at which it ends if it is not used again: a JWT that is made by it must not
    /// outlive it, and nobody can end that one.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Password => None,
            Self::Personal(_, ends_at) => *ends_at,
            Self::Jwt(ends_at, _) => Some(*ends_at),
        }
    }

    /// What it is good for of what the person may do; `None` for all of it. Nothing that is made by
    /// it may be good for more.
    #[must_use]
    pub fn limit(&self) -> Option<&Scope> {
        match self {
            Self::Password => None,
            Self::Personal(found, _) => Some(&found.entry.scope).filter(|scope| !scope.is_empty()),
            Self::Jwt(_, scope) => scope.as_ref(),
        }
    }

    /// The moment at which it ends, however often it is used: no token that is made by it may
    /// outlive that.
    #[must_use]
    pub fn last_end(&self) -> Option<Timestamp> {
        match self {
            Self::Personal(found, _) => {
                let entry = &found.entry;
                // Without an end of its own, it has none that uses cannot move.
                entry.expires_at.and(entry.expires_at.max(entry.absolute_at))
            }
            Self::Password | Self::Jwt(..) => self.ends_at(),
        }
    }
}

/// What came of looking at one credential: who it is of, or why it does not count. The id is there
/// where it names a user that there is.
pub(super) type Judged = std::result::Result<(Arc<User>, Proof), Refused>;

/// Of whom a credential is that does not count, where that is known, and why it does not.
pub(super) type Refused = (Option<Uuid>, PersonRefusal);

impl Credentials {
    /// Proves who presented the credentials. The token is looked at first, which costs nothing; the
    /// first that holds decides.
    ///
    /// # Errors
    ///
    /// `invalid_credentials` for all that does not hold, `account_expired` for whoever proved who
    /// they are and whose account has ended.
    pub async fn prove(&self, app: &App, now: (CallerAddress, Timestamp)) -> Result<Person> {
        self.prove_by(app, now, true).await
    }

    /// The same, but by no JWT: applications get to see those, and must not make tokens of them.
    ///
    /// # Errors
    ///
    /// As [`Credentials::prove`].
    pub async fn prove_without_jwt(
        &self,
        app: &App,
        now: (CallerAddress, Timestamp),
    ) -> Result<Person> {
        self.prove_by(app, now, false).await
    }

    async fn prove_by(
        &self,
        app: &App,
        (from, at): (CallerAddress, Timestamp),
        takes_jwts: bool,
    ) -> Result<Person> {
        let mut refusal = (None, PersonRefusal::Malformed);
        if let Some(token) = &self.bearer {
            let realm = self.realm.as_deref();
            let judged = match app.tokens.is_jwt(token.expose()) {
                true if takes_jwts => admit(judge_jwt(app, token, at).await?, realm, (from, at)),
                true => Err((None, PersonRefusal::JwtNotTaken)),
                false => Person::by_token(app, token, realm, (from, at)).await?,
            };
            match judged {
                Ok(person) => return Ok(person),
                Err(refused) => refusal = refused,
            }
        }
        if let Some(pair) = &self.basic {
            let judged = judge_password(app, pair, (self.realm(), from, at)).await?;
            match admit(judged, self.realm.as_deref(), (from, at)) {
                Ok(person) => return Ok(person),
                Err(refused) => refusal = refused,
            }
        }
        app.refusals.note_user(refusal.0, from.0, at);
        Err(refused(refusal.0, refusal.1, self.realm()))
    }
}

/// Lets somebody in whose account is good and of the realm that was named, if one was.
pub(super) fn admit(
    judged: Judged,
    realm: Option<&str>,
    (from, at): (CallerAddress, Timestamp),
) -> std::result::Result<Person, Refused> {
    let (user, proof) = judged?;
    let limits = limits_of(&user, realm, at)?;
    count(&proof);
    Ok(Person { user, limits, proof, from, at })
}

/// What limits an account, if it is of the realm that was named, if one was, and not over.
pub(super) fn limits_of(
    user: &User,
    realm: Option<&str>,
    at: Timestamp,
) -> std::result::Result<AccountLimits, Refused> {
    let id = Some(user.user_id);
    if realm.is_some_and(|realm| *realm != user.realm) {
        return Err((id, PersonRefusal::OtherRealm));
    }
    let Ok(limits) = AccountLimits::of(&user.attributes) else {
        return Err((id, PersonRefusal::UnreadableLimit));
    };
    if limits.is_over(at) {
        return Err((id, PersonRefusal::AccountExpired));
    }
    Ok(limits)
}

impl Person {
    /// What applications are told of them: what is so of them now, unless what proved them says what
    /// was so when it was made.
    ///
    /// # Errors
    ///
    /// A failure of ours, if that cannot be read.
    pub async fn told(&self, app: &App) -> Result<Arc<User>> {
        match &self.proof {
            Proof::Personal(found, _) => {
                Ok(app.tokens.told_by_personal(&found.entry, &self.user, self.at).await?)
            }
            Proof::Password | Proof::Jwt(..) => {
                Ok(limited_to(self.proof.limit(), Arc::clone(&self.user)))
            }
        }
    }
}

/// A JWT has no entry, and cannot be ended; but here, where it would become a new one, it counts
/// only as long as its user is active and nobody has ended their tokens since.
async fn judge_jwt(app: &App, jwt: &Secret, at: Timestamp) -> Result<Judged> {
    let invalid = Ok(Err((None, PersonRefusal::InvalidJwt)));
    let Some(jwts) = app.tokens.user_jwts() else { return invalid };
    let Some(said) = app.tokens.verify_user_jwt(&jwts, jwt.expose(), at).await? else {
        return invalid;
    };
    let Ok(name) = Username::parse(&said.username) else { return invalid };
    if !is_realm(&said.realm) {
        return invalid;
    }
    let key = UserKey::Name(said.realm.clone(), name.folded().to_owned());
    let Some(user) = app.store.find_user(key).await? else {
        return Ok(Err((None, PersonRefusal::Unknown)));
    };
    let id = Some(user.user_id);
    if !is_active(&user) {
        return Ok(Err((id, PersonRefusal::Disabled)));
    }
    let ended_at = app.store.tokens_ended_at(user.user_id).await?;
    // It says only in which second it was made: one of the same second may be of before.
    if ended_at.is_some_and(|ended_at| said.made_at() <= ended_at) {
        return Ok(Err((id, PersonRefusal::EndedJwt)));
    }
    Ok(Ok((user, Proof::Jwt(said.expires_at(), said.limit()))))
}

pub(super) fn is_active(user: &User) -> bool {
    user.status == UserStatus::Active
}

fn count(proof: &Proof) {
    let outcome = match proof {
        Proof::Password => "password",
        Proof::Personal(..) => "personal_token",
        Proof::Jwt(..) => "jwt",
    };
    counter!("tessera_user_authentications_total", "outcome" => outcome).increment(1);
}

/// The one refusal, counted and logged with its reason. A name that is no user's is not logged: it
/// may be a password that somebody typed into the wrong field.
pub(super) fn refused(id: Option<Uuid>, reason: PersonRefusal, realm: &str) -> Error {
    counter!("tessera_user_authentications_total", "outcome" => "refused").increment(1);
    let who = id.map_or_else(|| "somebody".to_owned(), |id| format!("user {id}"));
    if reason == PersonRefusal::UnreadableLimit {
        tracing::warn!(
            event = "user.unusable",
            user.id = id.map(tracing::field::display),
            "{who} is let in nowhere: exp or max_ttl among the attributes cannot be read"
        );
    }
    tracing::info!(
        event = "user.refused",
        user.id = id.map(tracing::field::display),
        reason = reason.as_str(),
        "refused {who}: {}",
        reason.explained()
    );
    // Whoever hears this has proven who they are.
    let error = if reason == PersonRefusal::AccountExpired {
        Error::new(Code::AccountExpired, "The account has ended.")
    } else {
        Error::new(Code::InvalidCredentials, "The credentials are not good here.")
    };
    error.in_realm(realm)
}
