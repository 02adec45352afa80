//! The algorithms we sign with.

words! {
    /// An algorithm that signs our JWTs (RFC 7518 §3.1, RFC 8037 §3.1).
    pub enum SignatureAlgorithm: "signature algorithm" {
        /// ECDSA on P-256 with SHA-256: small and widely known; the default of access tokens.
        Es256 = "ES256",
        /// RSA with PKCS #1 v1.5 and SHA-256: what every client knows, at ten times the cost.
        Rs256 = "RS256",
        /// Ed25519: the fastest, not known everywhere.
        EdDsa = "EdDSA",
        /// RSA with PSS and SHA-256: as RS256, and with randomness. Last: a key alone does not tell
        /// which of the two it is for.
        Ps256 = "PS256",
    }
}
