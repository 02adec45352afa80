//! The slot of an access token: what two requests have in common that want the same one.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::model::{authorization::Authorization, secret::Sha256, token_format::TokenFormat};

/// The name of a slot: SHA-256 of who asks, on whose behalf, what for, for whom and for which
/// format.
#[derive(Debug, Clone)]
pub struct SlotKey(Sha256);

impl SlotKey {
    /// As the store knows it.
    #[must_use]
    pub fn as_hash(&self) -> &Sha256 {
        &self.0
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.as_bytes());
        bytes
    }
}

impl fmt::Display for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

/// The slot of access tokens of this authorization, in this format.
///
/// Neither the order of scope tokens and audiences counts nor how often one is named. What is not
/// there is an empty part: nothing would be equal to a part that is left out.
#[must_use]
pub fn access_slot(authorization: &Authorization, format: TokenFormat) -> SlotKey {
    let user = authorization.user.as_ref().map(|user| user.user_id.to_string());
    // A client is one in all realms, and so is the id of a user.
    let realm = "";
    // Nothing binds a token to who presents it.
    let binding = "";
    SlotKey(of_parts(&[
        "v1",
        authorization.client_id.as_str(),
        realm,
        &user.unwrap_or_default(),
        &sorted(authorization.scope.iter()),
        &sorted(authorization.audience.iter()),
        binding,
        format.as_str(),
    ]))
}

/// Items that hold no space, each once, in the order of their bytes.
fn sorted<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut items: Vec<&str> = items.collect();
    items.sort_unstable();
    items.dedup();
    items.join(" ")
}

/// Every part is preceded by its length, so that no two lists of parts read alike.
fn of_parts(parts: &[&str]) -> Sha256 {
    let mut text = Vec::with_capacity(256);
    for part in parts {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend(part.as_bytes());
    }
    Sha256::of(&text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        authorization::AuthorizingUser, client_id::ClientId, scope::Scope,
        space_delimited::SpaceDelimited,
    };

    fn authorization(client: &str, scope: &str, audience: &str) -> Authorization {
        Authorization {
            client_id: ClientId::parse(client).unwrap(),
            client_generation: 1,
            user: None,
            family: None,
            scope: Scope::parse(scope).unwrap(),
            audience: SpaceDelimited::parse(audience),
        }
    }

    fn of_user(number: u128) -> Authorization {
        let user_id = Uuid::from_u128(number);
        let user = AuthorizingUser { user_id, subject: "alice".to_owned(), generation: 1 };
        Authorization { user: Some(user), ..authorization("mailer", "a b", "x") }
    }

    fn slot(authorization: &Authorization) -> [u8; 32] {
        access_slot(authorization, TokenFormat::Reference).bytes()
    }

    #[test]
    fn spaces_order_and_repetition_give_one_slot() {
        let one = slot(&authorization("mailer", "a b", "x y"));

        for scope in ["a  b", "b a", "a b a", " b  a b "] {
            assert_eq!(slot(&authorization("mailer", scope, "y x")), one, "{scope}");
        }
    }

    #[test]
    fn who_what_for_whom_and_how_each_give_another_slot() {
        let mut slots = vec![
            slot(&authorization("mailer", "a b", "x")),
            slot(&authorization("mailer", "a", "x")),
            slot(&authorization("mailer", "A b", "x")),
            slot(&authorization("mailer", "", "x")),
            slot(&authorization("mailer", "ab", "x")),
            slot(&authorization("mailer", "a b", "y")),
            slot(&authorization("mailer", "a", "b x")),
            slot(&authorization("mail", "er a b", "x")),
            slot(&of_user(1)),
            slot(&of_user(2)),
            access_slot(&of_user(2), TokenFormat::Jwt).bytes(),
        ];

        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), 11);
    }

    #[test]
    fn what_a_generation_ends_keeps_its_slot_so_that_the_next_token_takes_it() {
        let before = authorization("mailer", "a", "x");
        let after = Authorization { client_generation: 2, ..before.clone() };

        assert_eq!(slot(&before), slot(&after));
    }

    #[test]
    fn a_slot_stays_what_it_is_from_version_to_version() {
        let slot = access_slot(&authorization("mailer", "b a", "x"), TokenFormat::Reference);

        assert_eq!(slot.to_string(), "rSCb99zbaBRoRefUxEeNTZ1f65EIyBeLYy-khrCT5oo");
    }

    proptest! {
        #[test]
        fn no_two_lists_of_parts_read_alike(
            one in prop::collection::vec("[a-c0-3|:\0]{0,4}", 0..5),
            other in prop::collection::vec("[a-c0-3|:\0]{0,4}", 0..5),
        ) {
            let of = |parts: &[String]| {
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                of_parts(&parts).as_bytes().to_vec()
            };

            prop_assert_eq!(of(&one) == of(&other), one == other);
        }
    }
}
