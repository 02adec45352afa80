//! What can be set about the pages of operators and the audit log.

use super::super::{
    key::{Key, open},
    kind::Kind,
};

pub(super) const OPERATORS: &[Key] = &[
    open(
        "admin.listen",
        Kind::Text("IP address and port, or empty"),
        "",
        "Where operators have their pages, and nobody else. Empty: under /admin, beside all else.",
    ),
    open(
        "admin.url",
        Kind::Text("https URL without a path, or empty"),
        "",
        "How operators reach admin.listen, such as https://console.example:8443.",
    ),
    open(
        "audit.keep",
        Kind::Seconds { least: "1d", most: "3650d" },
        "400d",
        "How long an event of the audit log is kept before it is swept. docs/operations/audit.md.",
    )
    .reloads(),
];
