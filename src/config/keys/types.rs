//! What can be set about token types.

use super::super::{
    key::{Key, open},
    kind::Kind,
};

pub(super) const TYPES: &[Key] = &[open(
    "token_types",
    Kind::Tables("tables, each with [[token_types]] above it, at the end of the file"),
    "",
    "Kinds of token of your own, and the rules they carry; docs/token-types.md lists these.",
)
.reloads()];
