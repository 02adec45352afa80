//! Authorization codes: what a person's answer travels back to a client as (RFC 6749 §4.1.2).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    authorization_request::SignIn,
    pkce::{self, PkceRefusal},
    timestamp::Timestamp,
};

/// How long a code is good. A redirect takes a moment, and whoever finds one later has nothing.
pub const CODE_LIFETIME: Duration = Duration::from_mins(1);

/// What a code was asked for with, sealed in its entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeFacts {
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the client named that address; then it names it again.
    pub names_redirect_uri: bool,
    /// What the verifier has to answer, by S256.
    pub code_challenge: Option<String>,
    /// What the first ID token has to hold.
    pub nonce: Option<String>,
    /// What clients know the browser session by that it came of.
    pub session_id: String,
    /// The absolute end of that session, where all that comes of the code ends with it.
    pub session_ends_at: Option<Timestamp>,
    /// What is true of the sign-in.
    pub sign_in: SignIn,
}

words! {
    /// Why a code brings nothing that is good by itself: what was shown with it. For the log only.
    pub enum CodeRefusal: "refusal of a code" {
        /// It was asked for with a redirect URI, which is missing.
        RedirectUriMissing = "redirect_uri_missing",
        /// The redirect URI is another one.
        RedirectUriDiffers = "redirect_uri_differs",
        /// The verifier is missing.
        VerifierMissing = "verifier_missing",
        /// The verifier is another one.
        VerifierWrong = "verifier_wrong",
        /// There is a verifier, and was no challenge.
        ChallengeMissing = "challenge_missing",
    }
}

impl From<PkceRefusal> for CodeRefusal {
    fn from(refusal: PkceRefusal) -> Self {
        match refusal {
            PkceRefusal::VerifierMissing => Self::VerifierMissing,
            PkceRefusal::VerifierWrong => Self::VerifierWrong,
            PkceRefusal::ChallengeMissing => Self::ChallengeMissing,
        }
    }
}

impl CodeFacts {
    /// Whether what is shown with the code is what it was asked for with.
    ///
    /// The redirect URI is the same string where it was named (RFC 6749 §4.1.3), and never another
    /// one.
    ///
    /// # Errors
    ///
    /// A [`CodeRefusal`], which the caller is not told.
    pub fn prove(
        &self,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<(), CodeRefusal> {
        match redirect_uri {
            Some(shown) if shown != self.redirect_uri => {
                return Err(CodeRefusal::RedirectUriDiffers);
            }
            None if self.names_redirect_uri => return Err(CodeRefusal::RedirectUriMissing),
            Some(_) | None => {}
        }
        Ok(pkce::prove(self.code_challenge.as_deref(), verifier)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::authorization_request::AskedClaims;

    const HOME: &str = "https://app.example/cb";

    fn facts() -> CodeFacts {
        let sign_in = SignIn { auth_time: 1, amr: Vec::new(), claims: AskedClaims::default() };
        CodeFacts {
            redirect_uri: HOME.to_owned(),
            names_redirect_uri: true,
            code_challenge: None,
            nonce: None,
            session_id: "s".to_owned(),
            session_ends_at: None,
            sign_in,
        }
    }

    #[test]
    fn a_redirect_uri_that_was_named_is_named_again() {
        let facts = facts();

        assert_eq!(facts.prove(Some(HOME), None), Ok(()));
        assert_eq!(facts.prove(None, None), Err(CodeRefusal::RedirectUriMissing));
        for other in ["https://app.example/cb/", "https://APP.example/cb", ""] {
            assert_eq!(facts.prove(Some(other), None), Err(CodeRefusal::RedirectUriDiffers));
        }
    }

    #[test]
    fn one_that_was_not_named_may_be_left_out_and_is_no_other() {
        let facts = CodeFacts { names_redirect_uri: false, ..facts() };

        assert_eq!(facts.prove(None, None), Ok(()));
        assert_eq!(facts.prove(Some(HOME), None), Ok(()));
        assert_eq!(facts.prove(Some("https://b"), None), Err(CodeRefusal::RedirectUriDiffers));
    }

    #[test]
    fn what_is_sealed_reads_back() {
        let text = serde_json::to_string(&facts()).unwrap();

        assert_eq!(serde_json::from_str::<CodeFacts>(&text).unwrap(), facts());
    }
}
