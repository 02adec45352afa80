//! What traces consist of.

/// The target of the spans that are exported as traces, where they are. The log does not show them:
/// its own span carries the id of the request.
pub const SPANS: &str = "tessera::spans";
