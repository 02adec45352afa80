//! ID tokens that come back as a hint at whom a client means (OpenID Connect Core §3.1.2.1,
//! RP-Initiated Logout §2).

use serde::Deserialize;

use super::{
    Result, Tokens,
    jwt::{self, has_type},
};

/// The `typ` of ID tokens, which may be missing.
const TYPE: &str = "JWT";

/// What a hint says that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenHint {
    /// Whom the client means, as it knows them.
    pub subject: String,
    /// The clients that it was made for.
    pub audience: Vec<String>,
    /// What they know the browser session by that it came of.
    pub session_id: Option<String>,
}

/// What stands in every ID token, and in no other JWT of ours: when its person signed in.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(rename = "auth_time")]
    _auth_time: i64,
    sid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Tokens {
    /// Reads a hint: an ID token that this server signed, also one whose time is over (RP-Initiated
    /// Logout §4). `None` for everything else: another signature, no algorithm, an access token.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the signing keys cannot be read.
    pub async fn read_id_token_hint(&self, hint: &str) -> Result<Option<IdTokenHint>> {
        let Ok(header) = jwt::header(hint) else { return Ok(None) };
        if header.typ.is_some() && !has_type(&header, TYPE) {
            return Ok(None);
        }
        // What a withdrawn key signed is good no more.
        self.keys.reload(&self.store, &self.sealer).await?;
        let Some(key) = self.find_key(header.kid.as_deref()).await? else { return Ok(None) };
        let claims = jwt::verify::<Claims>(hint, &key.verifier, key.algorithm.into()).ok();
        let claims = claims.filter(|claims| claims.iss == self.policy().issuer.as_str());
        Ok(claims.map(IdTokenHint::from))
    }
}

impl From<Claims> for IdTokenHint {
    fn from(claims: Claims) -> Self {
        let audience = match claims.aud {
            Audience::One(one) => vec![one],
            Audience::Many(many) => many,
        };
        Self { subject: claims.sub, audience, session_id: claims.sid }
    }
}

impl IdTokenHint {
    /// The client that it was made for, if it was made for one alone.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self.audience.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether it was made for this client.
    #[must_use]
    pub fn is_for(&self, client_id: &str) -> bool {
        self.audience.iter().any(|known| known == client_id)
    }
}
