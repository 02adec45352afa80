//! The two faces a token may have.

words! {
    /// What the client holds: a reference to our entry, or a signed statement.
    pub enum TokenFormat: "token format" {
        /// A random identifier; what it stands for is sealed in its entry.
        Reference = "reference",
        /// A signed JWT (RFC 9068), tracked by an entry all the same.
        Jwt = "jwt",
    }
}
