//! Clients: the applications that ask for tokens (RFC 6749 §2).

use std::time::Duration;

use super::{
    client_id::ClientId, reuse::Reuse, scope::Scope, sign_in_settings::SignInSettings,
    signature_algorithm::SignatureAlgorithm, space_delimited::SpaceDelimited, timestamp::Timestamp,
    token_format::TokenFormat,
};

words! {
    /// What sort of application a client is. Only some can keep a secret (RFC 6749 §2.1).
    pub enum ClientKind: "client kind" {
        /// A service that acts for itself.
        Machine = "machine",
        /// A website with a server of its own.
        Web = "web",
        /// A page that runs in people's browsers. It can keep no secret.
        Browser = "browser",
        /// An application on people's devices. It can keep no secret.
        Native = "native",
    }
}

words! {
    /// How a client proves who it is (RFC 7591 §2, `token_endpoint_auth_method`).
    pub enum ClientAuthentication: "client authentication method" {
        /// Its secret in a Basic header (RFC 6749 §2.3.1).
        SecretBasic = "client_secret_basic",
        /// Its secret in the form (RFC 6749 §2.3.1).
        SecretPost = "client_secret_post",
        /// An assertion signed with its private key (RFC 7523 §2.2).
        PrivateKeyJwt = "private_key_jwt",
        /// Not at all: a public client.
        None = "none",
    }
}

words! {
    /// Whether a client may do anything.
    pub enum ClientStatus: "client status" {
        /// It may.
        Active = "active",
        /// It may not, until it is set active again; its tokens are dead meanwhile.
        Disabled = "disabled",
        /// It is gone; only its name and its generation are remembered.
        Deleted = "deleted",
    }
}

words! {
    /// Which `aud` a signed client assertion may have.
    pub enum AssertionAudience: "assertion audience" {
        /// The issuer alone (RFC 10070): the default.
        Issuer = "issuer",
        /// The issuer or the address of the token endpoint, for older clients.
        TokenEndpoint = "token_endpoint",
    }
}

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Client {
    /// Its name on the wire.
    pub client_id: ClientId,
    /// Its name for people.
    pub name: String,
    /// What sort of application it is.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub kind: ClientKind,
    /// The one way in which it authenticates.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub authentication: ClientAuthentication,
    /// Its public keys, a JWK set (RFC 7517 §5), where it signs assertions.
    pub jwks: Option<String>,
    /// Which `aud` its assertions may have.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub assertion_audience: AssertionAudience,
    /// The grant types it may use.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub grant_types: SpaceDelimited,
    /// Every scope token it may ask for; also what it gets when it asks for none.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub scope: Scope,
    /// Origins of pages that may read our answers (CORS).
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub cors_origins: SpaceDelimited,
    /// The format of its access tokens, where it differs from the server's.
    #[cfg_attr(feature = "server", sqlx(try_from = "MaybeWord"))]
    pub access_format: Option<TokenFormat>,
    /// The algorithm of its JWT access tokens, where it differs from the server's.
    #[cfg_attr(feature = "server", sqlx(try_from = "MaybeWord"))]
    pub access_algorithm: Option<SignatureAlgorithm>,
    /// How many seconds its access tokens live, where it differs from the server's.
    pub access_lifetime: Option<i64>,
    /// What it gets that asks again, where that differs from the server's.
    #[cfg_attr(feature = "server", sqlx(try_from = "MaybeWord"))]
    pub reuse: Option<Reuse>,
    /// The format of its refresh tokens, where it differs from the server's.
    #[cfg_attr(feature = "server", sqlx(try_from = "MaybeWord"))]
    pub refresh_format: Option<TokenFormat>,
    /// Whether its refresh tokens rotate, where it differs from the server's. Those of a public
    /// client do, whatever stands here.
    pub refresh_rotate: Option<bool>,
    /// How many seconds its refresh tokens live, where it differs from the server's.
    pub refresh_lifetime: Option<i64>,
    /// What it is told of people, and how they come to it and back.
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub sign_in: SignInSettings,
    /// Whether it may do anything.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub status: ClientStatus,
    /// Raised to end all its tokens at once: an entry with an older one is dead.
    pub generation: i64,
    /// Raised by every change.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A nullable word column, on its way to an `Option` of a word.
#[cfg(feature = "server")]
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct MaybeWord(Option<String>);

macro_rules! read_maybe_word {
    ($($word:ident),+) => {$(
        #[cfg(feature = "server")]
        impl TryFrom<MaybeWord> for Option<$word> {
            type Error = super::UnknownWord;

            fn try_from(column: MaybeWord) -> Result<Self, Self::Error> {
                column.0.map($word::try_from).transpose()
            }
        }
    )+};
}
read_maybe_word!(TokenFormat, SignatureAlgorithm, Reuse);

impl ClientKind {
    /// Whether it can keep no secret (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(self) -> bool {
        matches!(self, Self::Browser | Self::Native)
    }
}

impl Client {
    /// Whether it proves nothing when it names itself (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.authentication == ClientAuthentication::None
    }

    /// How long its access tokens live, where `server` says it for the others.
    #[must_use]
    pub fn access_lifetime(&self, server: Duration) -> Duration {
        own(self.access_lifetime, server)
    }

    /// The algorithms that sign something for it, where `server` signs the ID tokens of the others.
    #[must_use]
    pub fn algorithms(&self, server: SignatureAlgorithm) -> Vec<SignatureAlgorithm> {
        let id_tokens = self.sign_in.id_token_algorithm.unwrap_or(server);
        let of_people = (id_tokens, self.sign_in.userinfo_algorithm);
        signs_for(&self.grant_types, self.access_algorithm, of_people)
    }

    /// How long its refresh tokens live, where `server` says it for the others.
    #[must_use]
    pub fn refresh_lifetime(&self, server: Duration) -> Duration {
        own(self.refresh_lifetime, server)
    }

    /// Whether each use of its refresh tokens brings another one, where `server` says it for the
    /// others. A public client can prove nothing when it comes, so its tokens always rotate (RFC
    /// 9700 §2.2.2).
    #[must_use]
    pub fn rotates_refresh_tokens(&self, server: bool) -> bool {
        self.is_public() || self.refresh_rotate.unwrap_or(server)
    }
}

/// The algorithms that sign something for a client of these grants: its access tokens, where it
/// names one, and what tells of people, where they sign in to it.
#[must_use]
pub fn signs_for(
    grant_types: &SpaceDelimited,
    access_tokens: Option<SignatureAlgorithm>,
    (id_tokens, userinfo): (SignatureAlgorithm, Option<SignatureAlgorithm>),
) -> Vec<SignatureAlgorithm> {
    let lets_in = grant_types.contains("authorization_code");
    let of_people = [Some(id_tokens), userinfo].into_iter().filter(|_| lets_in);
    of_people.chain([access_tokens]).flatten().collect()
}

fn own(seconds: Option<i64>, server: Duration) -> Duration {
    seconds.and_then(|seconds| u64::try_from(seconds).ok()).map_or(server, Duration::from_secs)
}

#[cfg(test)]
pub(crate) mod testing;
