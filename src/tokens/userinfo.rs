//! What is told of a person, signed (OpenID Connect Core §5.3.2).

use serde_json::{Map, Value};

use crate::model::{
    client_id::ClientId, secret::Secret, signature_algorithm::SignatureAlgorithm,
    timestamp::Timestamp,
};

use super::{Result, Tokens, id_token::ID_TOKEN_TYPE};

impl Tokens {
    /// Signs what is told of a person to a client, with who tells it and to whom. It has no end, and
    /// nothing that would make an ID token of it.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the signing key cannot be read.
    pub async fn sign_userinfo(
        &self,
        client_id: &ClientId,
        mut claims: Map<String, Value>,
        algorithm: SignatureAlgorithm,
        now: Timestamp,
    ) -> Result<Secret> {
        let key = self.key_of(algorithm, now).await?;
        claims.insert("iss".to_owned(), self.policy().issuer.as_str().into());
        claims.insert("aud".to_owned(), client_id.as_str().into());
        Ok(Secret::new(key.sign(ID_TOKEN_TYPE, &claims)?))
    }
}
