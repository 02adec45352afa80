//! Why somebody was not who they said.

words! {
    /// Why a person's credentials did not count. Never shown to the caller, only logged.
    pub enum PersonRefusal: "refusal of a person" {
        /// The header cannot be read, or holds more than it may.
        Malformed = "malformed",
        /// No user can have such a name, or no password is that long.
        Impossible = "impossible",
        /// There is no such user.
        Unknown = "unknown",
        /// The user is disabled or deleted.
        Disabled = "disabled",
        /// An operator locked the user out.
        Locked = "locked",
        /// The user has no password.
        NoPassword = "no_password",
        /// The password is another one.
        WrongPassword = "wrong_password",
        /// The token is none of a person's, or none at all.
        UnknownToken = "unknown_token",
        /// The token is not good any more, not yet, or not here.
        DeadToken = "dead_token",
        /// The JWT is none of ours, or its time is over.
        InvalidJwt = "invalid_jwt",
        /// A JWT is no proof here, whoever signed it.
        JwtNotTaken = "jwt_not_taken",
        /// The tokens of its user were ended after the JWT was made.
        EndedJwt = "ended_jwt",
        /// The user is of another realm than was asked for.
        OtherRealm = "other_realm",
        /// The account has ended.
        AccountExpired = "account_expired",
        /// What limits the account cannot be read.
        UnreadableLimit = "unreadable_limit",
    }
}

impl PersonRefusal {
    /// The same for people: what is wrong, to be read after who was refused.
    #[must_use]
    pub const fn explained(self) -> &'static str {
        match self {
            Self::Malformed => "the credentials cannot be read",
            Self::Impossible => "no user can have such a name or password",
            Self::Unknown => "there is no such user",
            Self::Disabled => "the user is disabled",
            Self::Locked => "the user is locked out",
            Self::NoPassword => "the user has no password",
            Self::WrongPassword => "the password is another one",
            Self::UnknownToken => "the token is none of a person's",
            Self::DeadToken => "the token is not good",
            Self::InvalidJwt => "the JWT does not hold",
            Self::JwtNotTaken => "a JWT is no proof here",
            Self::EndedJwt => "the user's tokens were ended after the JWT was made",
            Self::OtherRealm => "the user is of another realm",
            Self::AccountExpired => "the account has ended",
            Self::UnreadableLimit => "what limits the account cannot be read",
        }
    }
}
