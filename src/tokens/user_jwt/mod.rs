//! JWTs that say who a person is, for the applications behind a proxy: their claims are those of
//! Auth-O-Tron. They have no entry, so that nobody can end one before its time; they are short, and
//! are no access tokens: another type stands in their header, and none of our endpoints but
//! `/authenticate` takes them.

mod claims;
mod secret;

use std::{fmt, sync::Arc, time::Duration};

use jsonwebtoken::Algorithm;
use moka::sync::Cache;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::model::{
    account_end::AccountLimits,
    secret::Secret,
    signature_algorithm::SignatureAlgorithm,
    timestamp::Timestamp,
    token_string::Recognised,
    user::User,
    user_jwt::{ScopesShape, SubjectFormat},
};

use super::{Error, Result, Tokens, jwt, key_set::LoadedKey};

pub use self::{claims::SaidOfUser, secret::JwtSecret};

/// The `typ` of these JWTs (RFC 7519 §5.1).
const TYPE: &str = "JWT";

/// How many people's JWTs are remembered.
const REMEMBERED: u64 = 10_000;

/// How these JWTs are made.
pub struct UserJwts {
    /// Who they say they are from.
    pub issuer: String,
    /// Whom they say they are for.
    pub audience: Option<String>,
    /// How long they live at most, in whole seconds.
    pub lifetime: Duration,
    /// What signs and verifies them.
    pub signature: UserJwtSignature,
    /// What stands in `sub`.
    pub subject: SubjectFormat,
    /// What `scopes` is.
    pub scopes: ScopesShape,
    /// The last one of each person: within a second it is the same again.
    signed: Cache<Uuid, Arc<Signed>>,
}

/// What signs and verifies JWTs for people. The algorithm is fixed by this, never by what a header
/// says.
pub enum UserJwtSignature {
    /// Our own key of this algorithm.
    Key(SignatureAlgorithm),
    /// HS256: the first secret signs, all verify.
    Secrets(Vec<JwtSecret>),
}

/// A JWT that was signed, and what it was made of.
struct Signed {
    user: Arc<User>,
    second: i64,
    expires: i64,
    kid: Option<String>,
    jwt: Secret,
}

impl UserJwts {
    /// JWTs with these claims and that signature.
    #[must_use]
    pub fn new(
        (issuer, audience): (String, Option<String>),
        lifetime: Duration,
        signature: UserJwtSignature,
        (subject, scopes): (SubjectFormat, ScopesShape),
    ) -> Self {
        let signed = Cache::new(REMEMBERED);
        Self { issuer, audience, lifetime, signature, subject, scopes, signed }
    }

    /// The algorithm of our own key, where such a one signs.
    #[must_use]
    pub fn algorithm(&self) -> Option<SignatureAlgorithm> {
        match self.signature {
            UserJwtSignature::Key(algorithm) => Some(algorithm),
            UserJwtSignature::Secrets(_) => None,
        }
    }

    /// The first second at which a JWT that is made `now` is no longer good: the earliest of what
    /// the settings say, the user's attributes, and `bound`.
    fn expires(&self, limits: &AccountLimits, bound: Option<Timestamp>, now: Timestamp) -> i64 {
        let life = limits.longest_life.map_or(self.lifetime, |most| most.min(self.lifetime));
        let end = now.floor_to_second().plus(life).seconds();
        let others = [limits.ends_at, bound].into_iter().flatten().map(Timestamp::seconds);
        others.fold(end, i64::min)
    }
}

impl Tokens {
    /// A JWT that says who `user` is, made `now`, and no longer good than `bound`. Whoever asks has
    /// made sure that the account is not over.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the signing key cannot be read.
    pub async fn sign_user_jwt(
        &self,
        jwts: &UserJwts,
        (user, limits): (&Arc<User>, &AccountLimits),
        bound: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Secret> {
        let key = match jwts.algorithm() {
            Some(algorithm) => Some(self.key_of(algorithm, now).await?),
            None => None,
        };
        let expires = jwts.expires(limits, bound, now);
        let kid = key.as_ref().map(|key| key.kid.clone());
        let is_same = |known: &Arc<Signed>| {
            // A personal token may say of somebody what is not so any more.
            (Arc::ptr_eq(&known.user, user) || known.user == *user)
                && known.second == now.seconds()
                && known.expires == expires
                && known.kid == kid
        };
        if let Some(known) = jwts.signed.get(&user.user_id).filter(is_same) {
            return Ok(known.jwt.clone());
        }
        let claims = jwts.claims(user, (now.seconds(), expires));
        let jwt = Secret::new(jwts.sign(key.as_deref(), &claims)?);
        let (user_id, user) = (user.user_id, Arc::clone(user));
        let signed = Signed { user, second: now.seconds(), expires, kid, jwt: jwt.clone() };
        jwts.signed.insert(user_id, Arc::new(signed));
        Ok(jwt)
    }

    /// What a JWT of ours says, which is good at `now`. `None` for everything else: another
    /// signature or algorithm, another issuer or audience, an access token, one whose time is over.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the signing keys cannot be read.
    pub async fn verify_user_jwt(
        &self,
        jwts: &UserJwts,
        presented: &str,
        now: Timestamp,
    ) -> Result<Option<SaidOfUser>> {
        let Ok(header) = jwt::header(presented) else { return Ok(None) };
        if !jwt::has_type(&header, TYPE) {
            return Ok(None);
        }
        let said: Option<SaidOfUser> = match &jwts.signature {
            UserJwtSignature::Secrets(secrets) => {
                let holds = header.alg == Algorithm::HS256;
                let mut signed_by = secrets.iter().filter(|_| holds);
                signed_by.find_map(|secret| secret.verify(presented))
            }
            UserJwtSignature::Key(_) => {
                self.keys.reload(&self.store, &self.sealer).await?;
                let key = self.find_key(header.kid.as_deref()).await?;
                key.and_then(|key| jwt::verify(presented, &key.verifier, key.algorithm.into()).ok())
            }
        };
        Ok(said.filter(|said| said.is_good(jwts, now)))
    }

    /// Whether a string has the shape of a JWT.
    #[must_use]
    pub fn is_jwt(&self, presented: &str) -> bool {
        matches!(self.policy().reference.recognise(presented), Some(Recognised::Jwt))
    }

    /// The key that signs with `algorithm`, made where there is none.
    pub(super) async fn key_of(
        &self,
        algorithm: SignatureAlgorithm,
        now: Timestamp,
    ) -> Result<Arc<LoadedKey>> {
        self.keys.reload(&self.store, &self.sealer).await?;
        self.keys.ensure(&self.store, &self.sealer, algorithm, (&self.random, now)).await?;
        self.keys.signing(algorithm).ok_or(Error::Cryptography("sign without a key"))
    }
}

impl UserJwts {
    fn sign(&self, key: Option<&LoadedKey>, claims: &Map<String, Value>) -> Result<String> {
        let first = match &self.signature {
            UserJwtSignature::Secrets(secrets) => secrets.first(),
            UserJwtSignature::Key(_) => None,
        };
        match (key, first) {
            (Some(key), _) => key.sign(TYPE, claims),
            (None, Some(secret)) => secret.sign(TYPE, claims),
            (None, None) => Err(Error::Cryptography("sign without a secret")),
        }
    }
}

impl fmt::Debug for UserJwts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserJwts({}, …)", self.issuer)
    }
}
