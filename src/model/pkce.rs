//! Proof Key for Code Exchange (RFC 7636): whoever redeems a code shows that it is whoever asked for
//! it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::secret::{Sha256, same};

/// The ways in which a challenge may be made of its verifier. `plain` is none of them: whoever sees
/// such a challenge has its verifier (RFC 9700 §2.1.1).
pub const METHODS: &[&str] = &["S256"];

/// Characters of a challenge by S256: a SHA-256 hash in base64url.
const CHALLENGE_LENGTH: usize = 43;

words! {
    /// What is wrong with what a code was redeemed with.
    pub enum PkceRefusal: "refusal of a code verifier" {
        /// The code was asked for with a challenge, and there is no verifier.
        VerifierMissing = "verifier_missing",
        /// The challenge was made of another one.
        VerifierWrong = "verifier_wrong",
        /// The code was asked for without a challenge: somebody may have taken it away (RFC 9700
        /// §4.8.2).
        ChallengeMissing = "challenge_missing",
    }
}

/// Whether `text` can be a challenge by S256 (RFC 7636 §4.2).
#[must_use]
pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LENGTH && text.bytes().all(is_base64url)
}

/// Whether what a code is redeemed with answers what it was asked for with (RFC 7636 §4.6).
///
/// # Errors
///
/// A [`PkceRefusal`], which the caller is not told.
pub fn prove(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), PkceRefusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(PkceRefusal::ChallengeMissing),
        (Some(_), None) => Err(PkceRefusal::VerifierMissing),
        (Some(challenge), Some(verifier)) => {
            let hash = Sha256::of(verifier.as_bytes());
            let made = URL_SAFE_NO_PAD.encode(hash.as_bytes());
            let is_its = is_verifier(verifier) && same(made.as_bytes(), challenge.as_bytes());
            if is_its { Ok(()) } else { Err(PkceRefusal::VerifierWrong) }
        }
    }
}

/// Whether `text` can be a verifier: 43 to 128 unreserved characters (RFC 7636 §4.1).
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte| is_base64url(byte) || byte == b'.' || byte == b'~';
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn each_of_the_four_cases_has_its_own_answer() {
        assert_eq!(prove(None, None), Ok(()));
        assert_eq!(prove(Some(CHALLENGE), Some(VERIFIER)), Ok(()));
        assert_eq!(prove(Some(CHALLENGE), None), Err(PkceRefusal::VerifierMissing));
        assert_eq!(prove(None, Some(VERIFIER)), Err(PkceRefusal::ChallengeMissing));
    }

    #[test]
    fn another_verifier_and_the_challenge_itself_prove_nothing() {
        let longer = format!("{VERIFIER}a");
        for wrong in [CHALLENGE, &VERIFIER[..42], &longer, "", &VERIFIER.to_lowercase()] {
            let refusal = Err(PkceRefusal::VerifierWrong);
            assert_eq!(prove(Some(CHALLENGE), Some(wrong)), refusal, "{wrong}");
        }
    }

    #[test]
    fn a_challenge_has_43_characters_of_base64url() {
        assert!(is_challenge(CHALLENGE));
        for wrong in ["", &CHALLENGE[..42], &format!("{CHALLENGE}a"), &CHALLENGE.replace('-', "+")]
        {
            assert!(!is_challenge(wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_verifier_of_any_allowed_form_answers_its_own_challenge(
            verifier in "[A-Za-z0-9._~-]{43,128}",
            other in "[A-Za-z0-9._~-]{43,128}",
        ) {
            let hash = Sha256::of(verifier.as_bytes());
            let challenge = URL_SAFE_NO_PAD.encode(hash.as_bytes());

            prop_assert!(is_challenge(&challenge));
            prop_assert_eq!(prove(Some(&challenge), Some(&verifier)), Ok(()));
            if other != verifier {
                prop_assert!(prove(Some(&challenge), Some(&other)).is_err());
            }
        }
    }
}
