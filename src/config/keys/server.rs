//! What can be set about how we are reached.

use super::super::{
    key::{Key, open},
    kind::Kind,
};

pub(super) const SERVER: &[Key] = &[
    open(
        "server.listen",
        Kind::Text("IP address and port"),
        "127.0.0.1:8080",
        "Where to take requests. Port 0 takes a free one.",
    ),
    open(
        "server.issuer",
        Kind::Text("https URL, or http on this machine"),
        "",
        "Our public address, as clients know it. Empty: http:// and listen, for trying out.",
    ),
    open(
        "server.request_timeout",
        Kind::Duration { least: "1s", most: "10m" },
        "30s",
        "How long a request may take to arrive in full, so that slow senders don't hold us up.",
    ),
    open(
        "server.drain_delay",
        Kind::Duration { least: "0s", most: "5m" },
        "1s",
        "How long SIGTERM lets us say at /readyz that we stop before we do, so that balancers see it.",
    )
    .reloads(),
    open(
        "server.drain_timeout",
        Kind::Duration { least: "0s", most: "1h" },
        "30s",
        "How long a stop waits for the requests under way, and for tokens that wait to be written.",
    ),
    open(
        "server.trusted_proxies",
        Kind::List("list of IP addresses and networks such as 10.4.0.0/16"),
        "",
        "The proxies in front of us: their word on a caller's address counts, and they may use http.",
    )
    .reloads(),
    open(
        "server.forwarded_header",
        Kind::Choice(&["x-forwarded-for", "forwarded"]),
        "x-forwarded-for",
        "The header in which trusted proxies name the caller's address. The other one is not read.",
    )
    .reloads(),
    open(
        "server.tls.cert",
        Kind::Text("path of a PEM file, or empty"),
        "",
        "Our certificate and the intermediate ones behind it. Read anew when the file changes.",
    )
    .reloads(),
    open(
        "server.tls.key",
        Kind::Text("path of a PEM file, or empty"),
        "",
        "The private key of the certificate, in a file that is not open to every user.",
    )
    .reloads(),
];
