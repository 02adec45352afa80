//! The table of keys as a file to start from and as documentation.

use std::fmt::Write as _;

use super::keys::KEYS;

const HEAD: &str = "\
# The settings of Tessera. Every line states its default: keep what you change, drop the rest.
#
# An environment variable wins over this file, and this file over the defaults. The variable of
# url in [store] is TESSERA_STORE__URL; TESSERA_STORE__URL_FILE names a file that holds the value.
# `tessera config check` tells what is wrong, `tessera config show` what is in force and why.
# Times are written 250ms, 30s, 15m, 8h, 7d or 2w. More in docs/configuration.md.
";

/// What a token type looks like: what is there without any cannot be stated, but left out.
const EXAMPLE_TYPE: &str = "\
[[token_types]]
name = \"PasswordReset\"
require_purpose = true
require_identity = true

[[token_types.rules]]
type = \"Expiry\"
expiry_time = \"20m\"

[[token_types.rules]]
type = \"UseCount\"
max_use_count = 1
";

/// The `config.toml` we ship: every key with what it means, what is allowed and its default. A key
/// of tables has an example instead, commented out.
#[must_use]
pub fn shipped_file() -> String {
    let mut file = HEAD.to_owned();
    let mut section = "";
    for key in KEYS {
        file.push('\n');
        // What belongs to no section and stands last is a table with a head of its own.
        if key.section() != section && !key.is_in_file_only() {
            section = key.section();
            write_line(&mut file, format_args!("[{section}]"));
        }
        write_line(&mut file, format_args!("# {}", key.why));
        write_line(&mut file, format_args!("# Allowed: {}", key.kind.describe().replace('`', "")));
        if key.is_in_file_only() {
            for line in EXAMPLE_TYPE.lines() {
                write_line(&mut file, format_args!("{}", format!("# {line}").trim_end()));
            }
        } else {
            write_line(&mut file, format_args!("{}", key.default_line()));
        }
    }
    file
}

/// The table of all keys in `docs/configuration.md`, in Markdown.
#[must_use]
pub fn documentation_table() -> String {
    let mut table =
        "| key | default | allowed | meaning | reload |\n|---|---|---|---|---|\n".to_owned();
    for key in KEYS {
        let default =
            if key.default.is_empty() { "empty".to_owned() } else { format!("`{}`", key.default) };
        let (path, allowed, why) = (key.path, key.kind.describe(), key.why);
        let reload = if key.reloads { "yes" } else { "" };
        let row = format_args!("| `{path}` | {default} | {allowed} | {why} | {reload} |");
        write_line(&mut table, row);
    }
    table
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes whatever is written to it");
}
