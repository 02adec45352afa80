//! Events as programs read them: the same for every face.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::model::audit::{KeptEvent, REFUSED};

/// An event as an object, for JSON lines. What there is none of is `null`.
#[must_use]
pub fn to_json(kept: &KeptEvent) -> Value {
    let event = &kept.event;
    // What is counted has no row of its own.
    let id = (event.action != REFUSED).then(|| event.audit_id.to_string());
    json!({
        "id": id,
        "at": event.at.rfc3339_exact(),
        "actor": event.actor,
        "action": event.action,
        "target": event.target,
        "reason": event.reason,
        "detail": event.detail,
        "request_id": event.request_id,
        "address": event.address,
        "node": event.node,
        "sequence": kept.sequence,
        "chain": kept.chain.as_deref().map(hex),
    })
}

/// Bytes as small hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
