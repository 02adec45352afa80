//! Labels whose values come from lists that stand elsewhere.

use crate::{
    endpoints::{HIDDEN, UNKNOWN},
    model::{
        attempt::Outcome,
        authorization_request::{ALLOWED, AuthorizationError, NOT_ANSWERED},
        client_refusal::ClientRefusal,
        signature_algorithm::SignatureAlgorithm,
        standing::Refusal,
    },
};

use super::metric::{Label, bounded, words};

pub(super) const ROUTE: Label = bounded("route", "the routes of the server, or `unmatched`");
pub(super) const ALGORITHM: Label = words("algorithm", || {
    SignatureAlgorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect()
});
pub(super) const REFUSALS: Label = words("reason", || {
    Refusal::ALL.iter().map(|refusal| refusal.as_str()).chain([UNKNOWN, HIDDEN]).collect()
});
pub(super) const OUTCOME: Label =
    words("outcome", || Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect());
pub(super) const CLIENT_REFUSALS: Label =
    words("reason", || ClientRefusal::ALL.iter().map(|refusal| refusal.as_str()).collect());
pub(super) const AUTHORIZATIONS: Label = words("outcome", || {
    let errors = AuthorizationError::ALL.iter().map(|error| error.as_str());
    [ALLOWED].into_iter().chain(errors).chain([NOT_ANSWERED]).collect()
});
