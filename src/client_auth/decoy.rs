//! A verification that is sure to fail, for clients that there are not: refusing them must not be
//! quicker than refusing a wrong signature.

use jsonwebtoken::{DecodingKey, Header, jwk::JwkSet};

use crate::{
    model::{client_key, secret::Secret},
    tokens::{claims::AccessTokenClaims, jwt},
};

/// Public keys whose private halves were thrown away, one for each kind that clients use.
const KEYS: &str = concat!(
    r#"{"keys":[{"kty":"EC","crv":"P-256","#,
    r#""x":"CglzCz36SoBAJs2tco3WSUL5BM95jDfQ8BVUBJm1te8","y":"PRuqeLfkQMSjpTwRXmaIWmrBUoVCIPXVAk7TTVU2L6U"},"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"9ruhj-rNMe6_wNri1gL4ObjkjHUR45zcXoWKb8KzQHA"},"#,
    r#"{"kty":"RSA","e":"AQAB","n":""#,
    "wXVWhAVsAei04cLgU3OAnr77oirYmxIkWscoU7fVc8_6OwzfEyNdS8dBmcRkXic_7f79j_joKiVfKFf1ZnPdZD",
    "U4ZHOQkp4x3uupRAUC408LvYwRlXodX9nww-oVJWVuTV0Ovs0DEIVjroaO4r437JBYqw8dl--pMAlxdRKwL6r2",
    "fTQozDLLfmxzl8a-VWr7gn_-m3BW19DIpagWDnJF0zVPjAJGh8exY90FEfmft7mIRGKRIWNOia8wzCAyHP2wvn",
    "t6BL14hnTVkVaHPEYn2PbWf9HXcIToF3VvIzl158DQIxwvXxy4Ar0GOo4CF7ihuw1FXQFKs8r5yRLfea6YDw",
    r#""}]}"#,
);

/// Spends what verifying `assertion` would cost.
pub(super) fn verify(header: &Header, assertion: &Secret) {
    let Ok(keys) = serde_json::from_str::<JwkSet>(KEYS) else { return };
    for jwk in &keys.keys {
        let Some(algorithm) = client_key::algorithm(jwk, header.alg) else { continue };
        let Ok(key) = DecodingKey::from_jwk(jwk) else { continue };
        let _ = jwt::verify::<AccessTokenClaims>(assertion.expose(), &key, algorithm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_decoy_of_every_kind() {
        let keys = client_key::read(KEYS).unwrap();

        assert_eq!(keys.keys.len(), 3);
        assert!(keys.keys.iter().all(|key| DecodingKey::from_jwk(key).is_ok()));
    }
}
