//! What a JWT says of a person.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::{
    scope::Scope,
    timestamp::Timestamp,
    user::User,
    user_jwt::{ScopesShape, SubjectFormat},
};

use super::{super::claims::AudienceClaim, UserJwts};

/// What is read of a JWT that is presented. An absent member makes it invalid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SaidOfUser {
    iss: String,
    #[serde(default)]
    aud: Option<AudienceClaim>,
    iat: i64,
    exp: i64,
    #[serde(default)]
    scope: Option<String>,
    /// The realm of the user.
    pub realm: String,
    /// The user's name in it.
    pub username: String,
}

impl SaidOfUser {
    /// When it was made, a whole second.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        Timestamp(self.iat.saturating_mul(1000))
    }

    /// The first second at which it is no longer good.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp(self.exp.saturating_mul(1000))
    }

    /// What it says that its user may do, if it says so: it was perhaps made by a token that was
    /// good for less than all.
    #[must_use]
    pub fn limit(&self) -> Option<Scope> {
        self.scope.as_deref().map(|scope| Scope::parse(scope).unwrap_or_default())
    }

    /// Whether it is one of these, and its time has come and is not over.
    pub(super) fn is_good(&self, jwts: &UserJwts, now: Timestamp) -> bool {
        let is_for = |audience: &String| {
            self.aud.as_ref().is_some_and(|said| *said == AudienceClaim::One(audience.clone()))
        };
        self.iss == jwts.issuer
            && jwts.audience.as_ref().is_none_or(is_for)
            && now < self.expires_at()
            && self.made_at() <= now
    }
}

impl UserJwts {
    /// The claims of a JWT for `user`: those of Auth-O-Tron, `scope` beside `scopes`, and what is
    /// said of this user. `times` are the seconds at which it is made, and at which it is no longer
    /// good.
    pub(super) fn claims(&self, user: &User, times: (i64, i64)) -> Map<String, Value> {
        // First, so that nothing that is said of a user ever stands in the place of ours.
        let said = user.claims.iter().map(|(name, value)| (name.to_owned(), value.clone()));
        let mut claims: Map<String, Value> = said.collect();
        let subject = match self.subject {
            SubjectFormat::RealmUsername => format!("{}-{}", user.realm, user.username),
            SubjectFormat::UserId => user.user_id.to_string(),
        };
        let (made, expires) = times;
        let attributes = user.attributes.iter();
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.clone()));
        let ours = [
            ("sub", json!(subject)),
            ("iss", json!(self.issuer)),
            ("iat", json!(made)),
            ("exp", json!(expires)),
            ("roles", user.roles.iter().collect::<Vec<_>>().into()),
            ("username", json!(user.username)),
            ("realm", json!(user.realm)),
            ("scope", json!(user.scope.to_string())),
            ("attributes", Value::Object(attributes.collect())),
        ];
        claims.extend(ours.map(|(name, value)| (name.to_owned(), value)));
        claims.extend(self.audience.as_ref().map(|audience| ("aud".to_owned(), json!(audience))));
        claims.extend(self.scopes_of(user).map(|scopes| ("scopes".to_owned(), scopes)));
        claims
    }

    /// `scopes`: an array where there are any; a map always, as Auth-O-Tron makes it.
    fn scopes_of(&self, user: &User) -> Option<Value> {
        match self.scopes {
            ScopesShape::Array if user.scope.is_empty() => None,
            shape => Some(shape.of(&user.scope)),
        }
    }
}

#[cfg(test)]
mod tests;
