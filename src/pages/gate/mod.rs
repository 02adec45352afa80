//! The pages that stand before the account: signing in, and what leads there.

mod destination;
pub(super) mod login;
pub(super) mod sign_out;
