//! Auth-O-Tron's JWTs: every numbered line of what it promises, and of what its code adds.
//!
