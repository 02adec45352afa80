//! What is asked of the server.

use clap::ValueEnum;

/// One kind of load. The short names are those of `--cases`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Case {
    /// A page that touches nothing: what HTTP alone costs.
    #[value(skip)]
    Static,
    /// Each of the live tokens once, so that the server has seen them.
    #[value(skip)]
    EveryLive,
    /// Introspection of one of 1,000 live tokens.
    Cached,
    /// Introspection of a live token that this server has never seen.
    Uncached,
    /// As `Cached`, of a server that keeps no entry in memory.
    Strict,
    /// Introspection of a string that looks like a token and is none.
    Garbage,
    /// A reference token for client credentials.
    Plain,
    /// The reference token that a client has, told again.
    Reuse,
    /// As `Plain`, of a server that writes it after it is answered.
    #[value(name = "issue_async")]
    IssueAsync,
    /// A refresh token turned into the next one, and an access token.
    Refresh,
    /// A reference token that carries its entry key.
    Located,
    /// A JWT for client credentials.
    Jwt,
    /// Revocation of a live token.
    Revoke,
    /// A typed token that works once and for a day.
    Create,
    /// The use of such a token, each of another.
    Use,
    /// A use of one token that all connections share.
    Hot,
    /// Who bears a personal token that was seen before: a JWT.
    Authenticate,
    /// 90 looks at one of 1,000 live tokens, 4 at one never seen, 4 issuances, 2 revocations.
    Mix,
    /// No case at all.
    None,
}

/// One request, by what it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The static page.
    Static,
    /// What a token of the thousand is good for.
    Live,
    /// What a token that was never looked at is good for.
    Unseen,
    /// What garbage is good for.
    Garbage,
    /// A reference token that may be revoked later.
    Reference,
    /// The reference token that is there already.
    Again,
    /// New tokens of a family.
    Refresh,
    /// A located reference token.
    Located,
    /// A JWT.
    Jwt,
    /// The end of a token.
    Revocation,
    /// A typed token.
    Creation,
    /// The one use of a typed token.
    Use,
    /// A use of the token that all share.
    HotUse,
    /// Who bears the personal token.
    Authentication,
}

impl Case {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Case::Static => "static route",
            Case::EveryLive | Case::Cached => "introspect a live token",
            Case::Uncached => "introspect one never seen",
            Case::Strict => "introspect, cache off",
            Case::Garbage => "introspect garbage",
            Case::Plain => "issue a reference",
            Case::Reuse => "tell a reference again",
            Case::IssueAsync => "issue a reference, async",
            Case::Refresh => "refresh, with rotation",
            Case::Located => "issue a located reference",
            Case::Jwt => "issue a JWT (ES256)",
            Case::Revoke => "revoke",
            Case::Create => "make a typed token",
            Case::Use => "use a typed token",
            Case::Hot => "use one hot token",
            Case::Authenticate => "authenticate a bearer",
            Case::Mix => "mix",
            Case::None => "nothing",
        }
    }

    /// What its next request wants; `hundredth` is any number below 100.
    pub fn draw(self, hundredth: u64) -> Option<Asked> {
        Some(match self {
            Case::Static => Asked::Static,
            Case::EveryLive | Case::Cached | Case::Strict => Asked::Live,
            Case::Uncached => Asked::Unseen,
            Case::Garbage => Asked::Garbage,
            Case::Plain | Case::IssueAsync => Asked::Reference,
            Case::Reuse => Asked::Again,
            Case::Refresh => Asked::Refresh,
            Case::Located => Asked::Located,
            Case::Jwt => Asked::Jwt,
            Case::Revoke => Asked::Revocation,
            Case::Create => Asked::Creation,
            Case::Use => Asked::Use,
            Case::Hot => Asked::HotUse,
            Case::Authenticate => Asked::Authentication,
            Case::Mix => match hundredth {
                0..90 => Asked::Live,
                90..94 => Asked::Unseen,
                94..98 => Asked::Reference,
                _ => Asked::Revocation,
            },
            Case::None => return None,
        })
    }
}

impl Asked {
    /// How the body of the right answer begins.
    pub fn answer(self) -> &'static str {
        match self {
            Asked::Static | Asked::Authentication => "ok",
            Asked::Live | Asked::Unseen => r#"{"active":true,"#,
            Asked::Garbage => r#"{"active":false}"#,
            Asked::Reference | Asked::Refresh | Asked::Again | Asked::Located | Asked::Jwt => {
                r#"{"access_token":""#
            }
            Asked::Revocation => "",
            Asked::Creation => r#"{"token":""#,
            Asked::Use => r#"{"outcome":"allowed","uses_left":0,"#,
            Asked::HotUse => r#"{"outcome":"allowed","uses_left":"#,
        }
    }

    /// The token in the body of an answer, if it is one that may be looked at or revoked later.
    pub fn find_token(self, body: &str) -> Option<String> {
        if self == Asked::Refresh {
            let (_, rest) = body.split_once(r#""refresh_token":""#)?;
            return rest.split_once('"').map(|(token, _)| token.to_owned());
        }
        if !matches!(self, Asked::Reference | Asked::Creation) {
            return None;
        }
        let (token, _) = body.strip_prefix(self.answer())?.split_once('"')?;
        Some(token.to_owned())
    }
}
