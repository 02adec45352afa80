//! The one table of everything that is measured.

mod process;
mod store;

use super::{
    labels::{AUTHORIZATIONS, CLIENT_REFUSALS, OUTCOME, REFUSALS, ROUTE},
    metric::{Metric, bounded, counter, gauge, histogram, words},
};

/// Every metric, for the page and for docs/metrics.md.
pub const METRICS: &[Metric] = &{
    let parts = [OURS, store::METRICS, process::METRICS];
    let mut all = [OURS[0]; OURS.len() + store::METRICS.len() + process::METRICS.len()];
    let (mut place, mut part, mut row) = (0, 0, 0);
    while place < all.len() {
        while row == parts[part].len() {
            (part, row) = (part + 1, 0);
        }
        all[place] = parts[part][row];
        (place, row) = (place + 1, row + 1);
    }
    all
};

/// What Tessera alone measures.
const OURS: &[Metric] = &[
    counter(
        "tessera_requests_total",
        &[ROUTE, bounded("status", "the HTTP statuses that the server answers with")],
        "Requests answered, by route and status.",
        "The share of 5xx. 503 means that the store was slow, full or gone; 500 is a bug.",
    ),
    histogram(
        "tessera_request_duration_seconds",
        &[ROUTE],
        "How long requests took, by route.",
        "The 99th percentile. A growing one with growing groups is load; with small groups, a slow disk or database.",
    ),
    counter(
        "tessera_tokens_issued_total",
        &[bounded("grant_type", "the grants that the server knows")],
        "Tokens issued, by grant type.",
        "A sudden growth: a client that asks for a token each time instead of keeping it.",
    ),
    counter(
        "tessera_tokens_reused_total",
        &[],
        "Tokens told again to the client that has them.",
        "Beside the tokens issued: how much `tokens.reuse` saves.",
    ),
    counter(
        "tessera_slot_collisions_total",
        &[words("outcome", || vec!["retried", "given_up"])],
        "Tokens whose slot another request took meanwhile, by whether it was tried again.",
        "Much of it: a client asks for the same token from many places at once. The log names it. `given_up` was answered with 503.",
    ),
    counter(
        "tessera_tokens_revoked_total",
        &[],
        "Tokens revoked by their clients.",
        "For comparison.",
    ),
    counter(
        "tessera_refresh_retries_total",
        &[],
        "Refresh tokens that came again in time, and were answered as before.",
        "A client whose answers get lost, or that refreshes in several threads at once.",
    ),
    counter(
        "tessera_refresh_reuses_total",
        &[],
        "Refresh tokens that came again after they were replaced, and ended their family.",
        "Any: a token is in two hands, or a client keeps an old one. The log's `family.reuse_detected` names the client.",
    ),
    counter(
        "tessera_code_reuses_total",
        &[],
        "Authorization codes that were redeemed twice, which ended all that came of them.",
        "Any: a code is in two hands, or a client redeems one in several places at once. The log's `code.reuse_detected` names the client.",
    ),
    counter(
        "tessera_typed_tokens_created_total",
        &[],
        "Typed tokens made.",
        "A sudden growth: somebody makes them in a loop. `tessera token list 'kind:typed created:<1h'` names the client.",
    ),
    counter(
        "tessera_typed_token_uses_total",
        &[OUTCOME, words("peek", || vec!["true", "false"])],
        "Uses of typed tokens asked for, by what came of them and whether the caller only looked.",
        "Much `invalid`: somebody guesses, or old links are opened. Much `throttled`: a caller that does not wait. The log has each refusal, with its reason.",
    ),
    counter(
        "tessera_introspections_total",
        &[words("active", || vec!["true", "false"])],
        "Introspections answered, by whether the token was active.",
        "The share of `false`; `tessera_token_refusals_total` says why.",
    ),
    counter(
        "tessera_token_refusals_total",
        &[REFUSALS],
        "Tokens called inactive at introspection, by reason.",
        "Much `unknown`: somebody guesses, or tokens of another server arrive. Much `hidden`: a resource server that is no introspector of the audience.",
    ),
    counter(
        "tessera_client_refusals_total",
        &[CLIENT_REFUSALS],
        "Clients whose proof did not count, by reason.",
        "`wrong_secret` after a rotation: somebody still has the old one. Much of it for long: guessing. The log names the client.",
    ),
    counter(
        "tessera_user_authentications_total",
        &[words("outcome", || vec!["password", "personal_token", "jwt", "refused", "not_judged"])],
        "People who proved who they are, by what, and those who did not.",
        "Much `refused`: somebody guesses. `not_judged`: so much that passwords were not looked at. The log has each, with its reason.",
    ),
    counter(
        "tessera_authorizations_total",
        &[AUTHORIZATIONS],
        "Answers to authorization requests: codes as `allowed`, else the error that the client was told; `not_answered` where no client could be told.",
        "Much `not_answered`: a client with another redirect URI than it registered, or browsers without cookies. `login_required` and `consent_required` are how clients ask in silence. The log has each refusal, with its reason.",
    ),
    counter(
        "tessera_sessions_begun_total",
        &[],
        "Browser sessions that began: people who signed in.",
        "For comparison. Beside `tessera_user_authentications_total`: most passwords come by other ways.",
    ),
    counter(
        "tessera_letters_total",
        &[words("outcome", || vec!["sent", "not_sent", "no_room"])],
        "Letters to people, by what came of each try.",
        "`not_sent`: the mail server is away, or refuses us; the log says why. `no_room`: so many wait that one was dropped.",
    ),
    gauge(
        "tessera_hashing_queue_length",
        &[],
        "Chosen secrets that are being hashed or wait for it.",
        "Near the limit for long: give clients generated secrets, which cost nothing to check.",
    ),
    gauge(
        "tessera_hashing_queue_limit",
        &[],
        "How many may be there at once.",
        "A constant, to compare with.",
    ),
    counter(
        "tessera_hashing_refusals_total",
        &[words("reason", || vec!["busy", "throttled"])],
        "Secrets that were not looked at, since too many waited or the guesser was wrong too often.",
        "`throttled`: somebody guesses at a chosen secret. `busy`: an attack, or a secret that keeps changing.",
    ),
    counter(
        "tessera_connections_refused_total",
        &[],
        "Connections closed at once because too many were open.",
        "Anything but 0: raise the limit of open files, or look for who holds connections open.",
    ),
    counter(
        "tessera_plain_requests_refused_total",
        &[],
        "Requests by plain HTTP from no trusted proxy.",
        "A client with the wrong address, or a proxy that is not named in `server.trusted_proxies`.",
    ),
    counter(
        "tessera_forwarded_headers_ignored_total",
        &[],
        "Requests whose word of the caller's address came from no trusted proxy.",
        "If a proxy stands in front: name it in `server.trusted_proxies`, or all callers seem to have its address.",
    ),
    counter(
        "tessera_tls_handshakes_failed_total",
        &[],
        "TLS handshakes that came to nothing.",
        "Clients that trust another authority or speak no TLS, and balancers that only knock. The log says why at level debug.",
    ),
    gauge(
        "tessera_tls_certificate_expiry_timestamp_seconds",
        &[],
        "When the certificate in force ends. Only where Tessera speaks TLS itself.",
        "Less than 14 days ahead: renew it.",
    ),
    counter(
        "tessera_panics_total",
        &[],
        "Requests that met a fault of ours.",
        "Anything but 0 is a bug: please report it.",
    ),
    gauge(
        "tessera_ready",
        &[],
        "1 if the store answered when it was last asked, every ten seconds; else 0.",
        "0: requests are answered with 503.",
    ),
    gauge(
        "tessera_reload_successful",
        &[],
        "1 if the settings were taken when they were last reloaded, else 0.",
        "0: the server runs with the settings of before. The log says what is wrong with the new ones.",
    ),
];
