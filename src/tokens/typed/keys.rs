//! What a use is remembered by: the key that its caller gave it, so that a retry is the same use;
//! and its purpose, where each is good once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    model::{
        attempt::Circumstances, purposes, secret::Sha256, token_entry::TokenEntry, token_type,
    },
    store::RecordedUse,
};

/// How a use is remembered: by the name of the key, and by what tells the same use from another.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) fingerprint: String,
}

impl Key {
    /// The key of an attempt with a string.
    pub(super) fn of(key: &str, by: &Circumstances, presented: &str) -> Self {
        let folded = by.type_name.as_deref().map(token_type::fold).unwrap_or_default();
        let (purpose, identity) = (by.purpose.as_deref(), by.identity.as_deref());
        let purpose = purpose.map(purposes::fold);
        let texts = [
            folded.as_str(),
            purpose.as_ref().map_or("-", |_| "+"),
            purpose.as_deref().unwrap_or_default(),
            identity.map_or("-", |_| "+"),
            identity.unwrap_or_default(),
            presented,
        ];
        // Keys are the client's own: another may choose the same for the same token.
        let name = format!("k:{}", digest([by.client_id.as_str(), key]));
        Self { name, fingerprint: digest(texts) }
    }
}

impl RecordedUse {
    /// Whether it was the same use of the same token.
    pub(super) fn is(&self, key: &Key) -> bool {
        self.fingerprint == key.fingerprint
    }
}

/// What a use for its purpose is remembered by, where each purpose is good once.
pub(super) fn once_name(entry: &TokenEntry, by: &Circumstances) -> Option<String> {
    let purpose = by.purpose.as_deref().filter(|_| entry.rules.spending(None).once)?;
    Some(format!("p:{}", digest([purposes::fold(purpose).as_str()])))
}

/// A short name for any texts. Each is preceded by its length.
fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut joined = String::new();
    for text in texts {
        joined.push_str(&text.len().to_string());
        joined.extend([":", text, "|"]);
    }
    URL_SAFE_NO_PAD.encode(Sha256::of(joined.as_bytes()).as_bytes())
}
