//! The settings of clients that are about people.

use crate::model::{client::Client, signature_algorithm::SignatureAlgorithm};

use super::{Result, engine::Handle};

impl Handle {
    /// Sets what a client is told of people. The caller has said that the client changes.
    pub(super) async fn set_sign_in_settings(&mut self, client: &Client) -> Result<()> {
        let settings = &client.sign_in;
        self.query(
            "UPDATE clients SET
                 redirect_uris = $2, post_logout_redirect_uris = $3, consent = $4,
                 optional_scope = $5, require_pkce = $6, id_token_algorithm = $7,
                 userinfo_algorithm = $8, subject_type = $9, sector = $10, default_max_age = $11,
                 outlives_session = $12, client_uri = $13, policy_uri = $14, tos_uri = $15
             WHERE client_id = $1",
        )
        .bind(client.client_id.as_str())
        .bind(settings.redirect_uris.to_string())
        .bind(settings.post_logout_redirect_uris.to_string())
        .bind(settings.consent.as_str())
        .bind(settings.optional_scope.to_string())
        .bind(settings.require_pkce)
        .bind(settings.id_token_algorithm.map(SignatureAlgorithm::as_str))
        .bind(settings.userinfo_algorithm.map(SignatureAlgorithm::as_str))
        .bind(settings.subject_type.as_str())
        .bind(settings.sector.as_deref())
        .bind(settings.default_max_age)
        .bind(settings.outlives_session.as_str())
        .bind(settings.client_uri.as_deref())
        .bind(settings.policy_uri.as_deref())
        .bind(settings.tos_uri.as_deref())
        .execute()
        .await
        .map(drop)
    }
}
