//! What may be chosen about the JWTs that say who a person is.

words! {
    /// What stands in their `sub`.
    pub enum SubjectFormat: "subject format" {
        /// The realm, a dash and the name. No realm has a dash, so it comes apart in one way only.
        RealmUsername = "realm-username",
        /// The id of the user, which stays when a name is written in another way.
        UserId = "user_id",
    }
}

words! {
    /// What `scopes` is.
    pub enum ScopesShape: "shape of scopes" {
        /// A list of scope tokens.
        Array = "array",
        /// Lists by service: what stands before the first colon of each scope token.
        Map = "map",
    }
}
