//! What the nodes of one database should have alike.

use std::collections::BTreeMap;

use super::{
    duration,
    jwt::Jwt,
    typed::{Config, Tokens},
};
use crate::model::key_rotation::KeyRotation;

impl Config {
    /// The settings that every node of one database should have alike, key to value. A token type
    /// is `token_types.` and its name in lower case, with a word for what it says.
    #[must_use]
    pub fn shared(&self) -> BTreeMap<String, String> {
        let Tokens { access, access_lifetime, reference, keep_ended, refresh, .. } = &self.tokens;
        let KeyRotation { interval, publish_ahead } = self.keys.rotation;
        let types = self.token_types.iter().map(|declared| {
            let (name, definition) = declared.fingerprint();
            (format!("token_types.{name}"), definition)
        });
        let settings = [
            ("persistence.mode", self.persistence.mode.as_str().to_owned()),
            ("keys.rotation.interval", duration::format(interval.unwrap_or_default())),
            ("keys.rotation.publish_ahead", duration::format(publish_ahead)),
            ("tokens.keep_ended", duration::format(*keep_ended)),
            ("tokens.note_use", duration::format(self.tokens.note_use)),
            ("tokens.revoke_unused_after", duration::format(self.tokens.revoke_unused_after)),
            ("audit.keep", duration::format(self.audit.keep)),
            ("tokens.id_algorithm", self.tokens.id_algorithm.to_string()),
            ("tokens.access.format", access.format.to_string()),
            ("tokens.access.algorithm", access.algorithm.to_string()),
            ("tokens.reuse", self.tokens.reuse.to_string()),
            ("tokens.reuse_min_remaining", duration::format(self.tokens.reuse_min_remaining)),
            ("tokens.jwt_previous", self.tokens.jwt_previous.to_string()),
            ("tokens.lifetimes.access", duration::format(*access_lifetime)),
            ("tokens.lifetimes.refresh", duration::format(self.tokens.refresh_lifetime)),
            ("tokens.lifetimes.refresh_absolute", duration::format(self.tokens.refresh_absolute)),
            ("tokens.refresh.format", refresh.format.to_string()),
            ("tokens.refresh.rotate", refresh.rotate.to_string()),
            ("tokens.refresh.sliding", refresh.sliding.to_string()),
            ("tokens.refresh.reuse_leeway", duration::format(refresh.reuse_leeway)),
            ("tokens.reference.locator", reference.locator.to_string()),
            ("tokens.reference.prefix", reference.prefix.clone()),
            ("tokens.reference.checksum", reference.checksum.to_string()),
            ("jwt.scopes_shape", self.scopes_shape.to_string()),
        ];
        let settings = settings.into_iter().chain(self.personal_tokens.shared());
        let settings = settings.chain(self.sessions.shared()).chain(self.links.shared());
        let settings = settings.map(|(key, value)| (key.to_owned(), value));
        let jwt = self.jwt.iter().flat_map(Jwt::shared);
        settings.chain(types).chain(jwt).collect()
    }
}
