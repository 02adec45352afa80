//! Reuse: what becomes of the token that a client has when it asks for another one.

use super::token_format::TokenFormat;

words! {
    /// What a client gets that asks for an access token while it has one for the same.
    pub enum Reuse: "way of reuse" {
        /// Another one; both are good.
        New = "new",
        /// The one it has. Only a reference can be told again.
        ReuseActive = "reuse_active",
        /// Another one in its place.
        Renew = "renew",
    }
}

words! {
    /// What becomes of the JWT that a client has when it gets the next one, which is always new.
    pub enum PreviousJwt: "fate of the previous JWT" {
        /// It stays good.
        Keep = "keep",
        /// The next one takes its place.
        Revoke = "revoke",
    }
}

/// What is done about the token that a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Previous {
    /// Nothing: it is not even looked for.
    Keep,
    /// It is told again, while it is good for long enough.
    Tell,
    /// Another one takes its place.
    Replace,
}

impl Previous {
    /// What is done where references are reused as `reuse` says and JWTs as `jwt` does.
    #[must_use]
    pub fn of(format: TokenFormat, reuse: Reuse, jwt: PreviousJwt) -> Self {
        match (format, reuse, jwt) {
            (TokenFormat::Reference, Reuse::ReuseActive, _) => Self::Tell,
            (TokenFormat::Reference, Reuse::Renew, _)
            | (TokenFormat::Jwt, _, PreviousJwt::Revoke) => Self::Replace,
            (TokenFormat::Reference, Reuse::New, _) | (TokenFormat::Jwt, _, PreviousJwt::Keep) => {
                Self::Keep
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_follow_one_setting_and_jwts_the_other() {
        let of = |format, reuse| {
            PreviousJwt::ALL.iter().map(move |jwt| Previous::of(format, reuse, *jwt))
        };
        let all = |format, reuse, expected| of(format, reuse).all(|found| found == expected);

        assert!(all(TokenFormat::Reference, Reuse::New, Previous::Keep));
        assert!(all(TokenFormat::Reference, Reuse::ReuseActive, Previous::Tell));
        assert!(all(TokenFormat::Reference, Reuse::Renew, Previous::Replace));
        for reuse in Reuse::ALL {
            let found: Vec<_> = of(TokenFormat::Jwt, *reuse).collect();
            assert_eq!(found, [Previous::Keep, Previous::Replace], "{reuse}");
        }
    }
}
