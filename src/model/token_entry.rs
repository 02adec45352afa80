//! Token entries: the row of one issued token, whatever its form.

use uuid::Uuid;

use super::{
    client_id::ClientId, entry_key::EntryKey, jwt_id::JwtId, purposes::Purposes,
    rules::CopiedRules, scope::Scope, secret::Sha256, space_delimited::SpaceDelimited,
    timestamp::Timestamp,
};

words! {
    /// What a token is for. One presented where another belongs is unknown there.
    pub enum TokenKind: "token kind" {
        /// Opens a resource server (RFC 6749 §1.4).
        Access = "access",
        /// Gets new access tokens (RFC 6749 §1.5).
        Refresh = "refresh",
        /// Hands a sign-in over to a client (RFC 6749 §1.3.1).
        Code = "code",
        /// What a device polls with (RFC 8628 §3.2).
        DeviceCode = "device_code",
        /// What a person types for a device (RFC 8628 §3.2).
        UserCode = "user_code",
        /// Tells a client who signed in (OpenID Connect Core §2).
        Id = "id",
        /// A token of a configured type, for an application's own ends.
        Typed = "typed",
    }
}

words! {
    /// How the string that the client holds leads to its entry.
    pub enum EntryFormat: "entry format" {
        /// By its hash.
        Reference = "reference",
        /// By the entry key in front of its random characters.
        Located = "located",
        /// By the `jti` claim of a JWT.
        Jwt = "jwt",
    }
}

words! {
    /// What the store says of an entry. That it expired is computed, never stored.
    pub enum EntryStatus: "entry status" {
        /// Waits for a person, as a device code does.
        Inactive = "inactive",
        /// Good, as far as the row goes.
        Valid = "valid",
        /// Turned into other tokens.
        Redeemed = "redeemed",
        /// Replaced by a newer one.
        Superseded = "superseded",
        /// Declined by a person.
        Rejected = "rejected",
        /// Ended before its time.
        Revoked = "revoked",
    }
}

/// The row of one issued token, reference or JWT.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "entry-check", derive(sqlx::FromRow))]
pub struct TokenEntry {
    /// The primary key.
    pub entry_key: EntryKey,
    /// What the token is for.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "String"))]
    pub kind: TokenKind,
    /// The name of its token type, folded.
    pub type_name: String,
    /// How its string leads here.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "String"))]
    pub format: EntryFormat,
    /// What the store says of it.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "String"))]
    pub status: EntryStatus,
    /// The client that holds it.
    pub client_id: ClientId,
    /// On whose behalf; `None` where the client acts for itself.
    pub user_id: Option<Uuid>,
    /// The `sub` the client knows that user by.
    pub subject: Option<String>,
    /// Its family.
    pub authorization_id: Option<Uuid>,
    /// The refresh token that it took the place of.
    pub parent_key: Option<EntryKey>,
    /// What it was turned into.
    pub successor_key: Option<EntryKey>,
    /// What for.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "String"))]
    pub scope: Scope,
    /// For whom.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "String"))]
    pub audience: SpaceDelimited,
    /// For whom it is good, byte for byte; `None` for anybody.
    pub identity: Option<String>,
    /// What it is good for.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "Option<String>"))]
    pub purposes: Purposes,
    /// The random half of its `jti`.
    pub jti_salt: i64,
    /// SHA-256 of the string, for the reference formats.
    pub reference_hash: Option<Vec<u8>>,
    /// The claims it stands for, sealed; emptied when it ends.
    pub payload: Option<Vec<u8>>,
    /// Its string, sealed, where it is told again to whoever asks for the same. No look reads it.
    #[cfg_attr(feature = "entry-check", sqlx(skip))]
    pub token_sealed: Option<Vec<u8>>,
    /// Which envelope key sealed what is sealed.
    pub seal_key: Option<i64>,
    /// The rules of its type when it was made.
    #[cfg_attr(feature = "entry-check", sqlx(try_from = "Option<String>"))]
    pub rules: CopiedRules,
    /// The client's generation at issue.
    pub client_generation: i64,
    /// The user's generation at issue.
    pub user_generation: Option<i64>,
    /// The server's generation at issue.
    pub global_generation: i64,
    /// When it was issued.
    pub created_at: Timestamp,
    /// The first moment at which it is good, where it has to wait.
    pub not_before: Option<Timestamp>,
    /// The first moment at which it is no longer good, a whole second; `None` for no end.
    pub expires_at: Option<Timestamp>,
    /// Where uses move its end, or tokens that take its place have another, what no end goes
    /// beyond.
    pub absolute_at: Option<Timestamp>,
    /// When it was turned into another token.
    pub redeemed_at: Option<Timestamp>,
    /// When it was last used, where that is noted.
    pub last_used_at: Option<Timestamp>,
    /// How often it was used, where that is counted.
    pub uses: i64,
    /// How often it may be.
    pub max_uses: Option<i64>,
    /// When the window began in which uses are counted by their rate.
    pub window_start: Option<Timestamp>,
    /// How often it was used since.
    pub window_uses: i64,
    /// The network it was first used from, where that binds it.
    pub pin: Option<String>,
    /// When it ended, where that was before its time.
    pub ended_at: Option<Timestamp>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Why.
    pub end_reason: Option<String>,
}

impl TokenEntry {
    /// An access token that is a JWT for nothing in particular and without an end, made `now` for
    /// `client_id`: what everything else is said on top of.
    #[must_use]
    pub fn blank(id: JwtId, client_id: &ClientId, now: Timestamp) -> Self {
        Self {
            entry_key: id.entry_key,
            kind: TokenKind::Access,
            type_name: TokenKind::Access.as_str().to_owned(),
            format: EntryFormat::Jwt,
            status: EntryStatus::Valid,
            client_id: client_id.clone(),
            user_id: None,
            subject: None,
            authorization_id: None,
            parent_key: None,
            successor_key: None,
            scope: Scope::default(),
            audience: SpaceDelimited::default(),
            identity: None,
            purposes: Purposes::default(),
            jti_salt: id.salt,
            reference_hash: None,
            payload: None,
            token_sealed: None,
            seal_key: None,
            rules: CopiedRules::default(),
            client_generation: 0,
            user_generation: None,
            // The insert takes it from the instance row, in the same statement.
            global_generation: 0,
            created_at: now,
            not_before: None,
            expires_at: None,
            absolute_at: None,
            redeemed_at: None,
            last_used_at: None,
            uses: 0,
            max_uses: None,
            window_start: None,
            window_uses: 0,
            pin: None,
            ended_at: None,
            ended_by: None,
            end_reason: None,
        }
    }

    /// Whether it says what became of a token of this client: it is the client's, or the end of a
    /// reference that was not known yet, for which the client asked after another one.
    #[must_use]
    pub fn speaks_for(&self, client_id: &ClientId) -> bool {
        let asked = |by: &str| by.strip_prefix("client:") == Some(client_id.as_str());
        self.client_id == *client_id
            || self.is_end_of_unseen() && self.ended_by.iter().any(|by| by.split(' ').any(asked))
    }

    /// Whether it is the end of a reference that was written without knowing whose that is: it
    /// rests on no generation of a client. Nor does what people made for themselves; but that is no
    /// access token, which alone can be ended so.
    #[must_use]
    pub fn is_end_of_unseen(&self) -> bool {
        self.status == EntryStatus::Revoked
            && self.client_generation == 0
            && self.kind == TokenKind::Access
            && self.format == EntryFormat::Reference
            && !self.client_id.is_of_people()
    }

    /// Since when it rests: its last use, else the moment from which it could be used.
    #[must_use]
    pub fn rests_since(&self) -> Timestamp {
        let begun = self.not_before.map_or(self.created_at, |start| start.max(self.created_at));
        self.last_used_at.unwrap_or(begun)
    }

    /// Which token it is.
    #[must_use]
    pub fn id(&self) -> JwtId {
        JwtId { entry_key: self.entry_key, salt: self.jti_salt }
    }

    /// Whether it is that of the plain reference token with this hash. Takes the same time wherever
    /// they differ.
    #[must_use]
    pub fn is_of_reference(&self, hash: &Sha256) -> bool {
        self.format == EntryFormat::Reference && self.has_hash(hash)
    }

    /// Whether it is that of the located reference token with this hash.
    #[must_use]
    pub fn is_of_located(&self, hash: &Sha256) -> bool {
        self.format == EntryFormat::Located && self.has_hash(hash)
    }

    /// Whether it is that of a JWT that says it is `id`, held by `client_id`. What a reference token
    /// stands for is no token, signed or not.
    #[must_use]
    pub fn is_of_jwt(&self, id: &JwtId, client_id: &str) -> bool {
        self.format == EntryFormat::Jwt
            && id.has_salt(self.jti_salt)
            && self.client_id.as_str() == client_id
    }

    /// Whether its string has this hash. Takes the same time wherever they differ.
    #[must_use]
    pub fn has_hash(&self, hash: &Sha256) -> bool {
        self.reference_hash.as_deref().is_some_and(|kept| hash.matches(kept))
    }

    /// Whether anything about it hangs on its type: rules, purposes or an identity.
    #[must_use]
    pub fn is_ruled(&self) -> bool {
        self.rules.0.is_some() || self.identity.is_some() || !self.purposes.is_empty()
    }
}
