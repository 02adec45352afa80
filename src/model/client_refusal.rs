//! Why a client was not believed.

words! {
    /// Why the proof of a client does not count. Never shown to the caller, who learns only that it
    /// failed (RFC 6749 §5.2); for the log and the operator.
    pub enum ClientRefusal: "client refusal" {
        /// Nothing names a client.
        Unnamed = "unnamed",
        /// The Authorization header is not Basic, or cannot be read.
        HeaderUnreadable = "header_unreadable",
        /// The name is one that no client can have.
        ImpossibleName = "impossible_name",
        /// There is no such client.
        Unknown = "unknown",
        /// The client is disabled or deleted.
        Disabled = "disabled",
        /// The client is registered with another method of authentication.
        OtherMethod = "other_method",
        /// No live secret of the client is the one that was presented.
        WrongSecret = "wrong_secret",
        /// A public client asked for what takes a proof.
        Public = "public",
        /// The assertion cannot be read.
        AssertionUnreadable = "assertion_unreadable",
        /// `client_id`, or the issuer, and the subject of the assertion are not the same client.
        AssertionNames = "assertion_names",
        /// No key of the client verifies the assertion.
        AssertionUnverified = "assertion_unverified",
        /// The assertion is for somebody else.
        AssertionAudience = "assertion_audience",
        /// The `jti` of the assertion is empty or too long.
        AssertionId = "assertion_id",
        /// The assertion has expired, is not good yet, or lives too long.
        AssertionTime = "assertion_time",
        /// The assertion was used before.
        AssertionUsed = "assertion_used",
    }
}

impl ClientRefusal {
    /// The same for people: what is wrong, to be read after who was refused.
    #[must_use]
    pub const fn explained(self) -> &'static str {
        match self {
            ClientRefusal::Unnamed => "nothing names a client",
            ClientRefusal::HeaderUnreadable => "the Authorization header is not Basic",
            ClientRefusal::ImpossibleName => "no client can have such a name",
            ClientRefusal::Unknown => "there is no such client",
            ClientRefusal::Disabled => "it is disabled",
            ClientRefusal::OtherMethod => "it is registered with another method",
            ClientRefusal::WrongSecret => "no live secret of it matches",
            ClientRefusal::Public => "a public client proves nothing",
            ClientRefusal::AssertionUnreadable => "the assertion cannot be read",
            ClientRefusal::AssertionNames => "the assertion names another client",
            ClientRefusal::AssertionUnverified => "no key of it verifies the assertion",
            ClientRefusal::AssertionAudience => "the assertion is for somebody else",
            ClientRefusal::AssertionId => "the jti of the assertion is empty or too long",
            ClientRefusal::AssertionTime => "the assertion is expired, too early or too long-lived",
            ClientRefusal::AssertionUsed => "the assertion was used before",
        }
    }
}
