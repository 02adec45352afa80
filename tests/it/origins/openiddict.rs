//! OpenIddict's token storage: every numbered line of what it promises, and of what its code adds.
//!
