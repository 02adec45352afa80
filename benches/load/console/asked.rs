//! The pages that are asked for.

/// Queries of the list of tokens: bare, the views, each key alone, and some together.
pub const QUERIES: [&str; 33] = [
    "",
    "status:active",
    "status:active,waiting expires:<1d",
    "status:active created:>30d used:>30d,never",
    "status:active expires:never",
    "status:revoked,cut_off",
    "status:expired",
    "type:refresh",
    "type:ticket,shared",
    "kind:typed",
    "format:jwt",
    "client:client-large",
    "client:client-104000",
    "user:user-1000007",
    "subject:sub-7",
    "family:{family}",
    "scope:write",
    "audience:https://files.example",
    "identity:visitor-8000",
    "purpose:enter",
    "created:<24h",
    "expires:>20d",
    "ended:<1d",
    "used:never",
    "uses:0",
    "entry:{beginning}",
    "large",
    "nobody-has-this",
    "-client:client-large",
    "client:client-large type:typed",
    "client:client-large status:revoked",
    "client:client-large status:active scope:write",
    "client:client-104000 status:revoked type:refresh",
];

/// Queries of the audit log.
pub const EVENTS: [&str; 12] = [
    "",
    "action:client.*",
    "action:key.withdrawn",
    "actor:cli:root",
    "target:default/user-1000007",
    "client:client-100010",
    "user:user-1000007",
    "address:192.0.2.7",
    "request:req-7",
    "node:node-1",
    "at:<1d",
    "at:>300d actor:cli:root",
];

/// Queries of which is asked what revoking would hit.
pub const REVOKED: [&str; 4] =
    ["type:ticket", "client:client-large", "family:{family}", "subject:sub-7"];

/// The family that has thousands of members.
pub const FAMILY: &str = "fa000000-0000-0000-0000-000000000000";

/// All other pages, by their names.
pub const OTHERS: [(&str, &str); 19] = [
    ("clients", "/clients"),
    ("clients `client-1049`", "/clients?q=client-1049"),
    ("clients `Service 77`", "/clients?q=Service%2077"),
    ("clients `nobody`", "/clients?q=nobody"),
    ("clients with an unused secret", "/clients?unused=1"),
    ("client", "/clients/client-large"),
    ("credentials of a client", "/clients/client-100007/credentials"),
    ("users", "/users"),
    ("users `user-10005`", "/users?q=user-10005"),
    ("users `nobody`", "/users?q=nobody"),
    ("users, a later page", "/users?q=&after=default%2Fuser-1005000"),
    ("user", "/users/b0000000-0000-0000-0000-000000000007"),
    ("user of thousands of sessions", "/users/b0000000-0000-0000-0000-000000000000"),
    ("resource servers", "/resource-servers"),
    ("keys", "/keys"),
    ("settings", "/settings"),
    ("types", "/types"),
    ("type", "/types/Ticket"),
    ("audit, a later page", "/audit?q=&from=01980000-0000-7000-8000-000000000000"),
];
