//! What can be set about people's JWTs and about forward authentication.

use super::super::{
    key::{Key, open, secret},
    kind::Kind,
    mail, personal_tokens, sessions,
};

pub(super) const PEOPLE: &[Key] = &[
    open(
        "jwt.iss",
        Kind::Text("text, such as auth.example.com, or empty"),
        "",
        "Who JWTs for people say they are from. Empty: there are none, and no /authenticate.",
    )
    .reloads(),
    open(
        "jwt.aud",
        Kind::Text("text, or empty"),
        "",
        "Whom they are for. Verifiers that insist on it take no JWT that was meant for others.",
    )
    .reloads(),
    open(
        "jwt.exp",
        Kind::Integer { least: 0, most: 315_360_000 },
        "0",
        "How many seconds they live, ten years at most; needed where jwt.iss is set.",
    )
    .reloads(),
    open(
        "jwt.alg",
        Kind::Choice(&["ES256", "RS256", "EdDSA", "HS256"]),
        "ES256",
        "What signs them: our own keys, or with HS256 a secret that verifiers share with us.",
    )
    .reloads(),
    secret(
        "jwt.secret",
        Kind::Text("32 bytes of text or more, or `file:PATH`"),
        "",
        "The secret of HS256. Whoever knows it can make JWTs that hold.",
    )
    .reloads(),
    secret(
        "jwt.secrets",
        Kind::List("list of such secrets, none with a comma"),
        "",
        "In place of jwt.secret, while one takes over from another: the first signs, all verify.",
    )
    .reloads(),
    open(
        "jwt.emit_aud",
        Kind::Boolean,
        "true",
        "Whether they say jwt.aud at all. false leaves aud out, as Auth-O-Tron does.",
    )
    .reloads(),
    open(
        "jwt.sub_format",
        Kind::Choice(&["realm-username", "user_id"]),
        "realm-username",
        "What stands in sub: realm, a dash and the name, or the user's id, which never changes.",
    )
    .reloads(),
    open(
        "jwt.scopes_shape",
        Kind::Choice(&["array", "map"]),
        "array",
        "What scopes is, at /whoami too: a list, or lists by what stands before the colon of each.",
    )
    .reloads(),
    open(
        "forward_auth.headers",
        Kind::Boolean,
        "false",
        "Adds X-Auth-Username, X-Auth-Realm and X-Auth-Roles to the answers of /authenticate.",
    )
    .reloads(),
    personal_tokens::GET_TOKEN,
    personal_tokens::USER_SNAPSHOT,
    sessions::IDLE,
    sessions::ABSOLUTE,
    sessions::REMEMBERED,
    sessions::ACR,
    mail::RESET,
    mail::INVITATION,
    mail::SMTP,
    mail::FROM,
];
