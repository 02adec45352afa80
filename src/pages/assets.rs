//! Style, script, icon and fonts, inside the binary.
//!
//! Their address holds a hash of all of them, so browsers may keep them for good. One hash for the
//! set: the style names its fonts by relative addresses, which stay right without a build step.

use std::{fmt::Write, sync::LazyLock};

use aws_lc_rs::digest::{Context, SHA256};
use axum::{
    extract::{Path, rejection::PathRejection},
    http::{HeaderName, header},
};

use crate::error::{Code, Error, Result};

/// A file that pages load.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";
const WOFF2: &str = "font/woff2";

macro_rules! asset {
    ($name:literal, $content_type:expr) => {
        Asset {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("../../assets/", $name)),
        }
    };
}

/// Every asset. The licence of the fonts asks that it goes wherever they go.
static ASSETS: &[Asset] = &[
    asset!("style.css", CSS),
    asset!("app.js", JAVASCRIPT),
    asset!("admin.js", JAVASCRIPT),
    asset!("form_post.js", JAVASCRIPT),
    asset!("htmx.js", JAVASCRIPT),
    asset!("icon.svg", SVG),
    asset!("fonts/geist-mono-latin.woff2", WOFF2),
    asset!("fonts/instrument-sans-latin-ext.woff2", WOFF2),
    asset!("fonts/instrument-sans-latin.woff2", WOFF2),
    asset!("fonts/OFL-geist-mono.txt", PLAIN),
    asset!("fonts/OFL-instrument-sans.txt", PLAIN),
];

/// The name of this set of assets: 16 hexadecimal digits, others as soon as any asset changes.
pub(super) fn set() -> &'static str {
    static SET: LazyLock<String> = LazyLock::new(|| {
        let mut context = Context::new(&SHA256);
        for asset in ASSETS {
            // Lengths keep apart what would run together.
            for part in [asset.name.as_bytes(), asset.bytes] {
                context.update(&part.len().to_be_bytes());
                context.update(part);
            }
        }
        let mut set = String::new();
        for byte in &context.finish().as_ref()[..8] {
            write!(set, "{byte:02x}").expect("a string takes any text");
        }
        set
    });
    &SET
}

/// Answers with an asset of this set, to be kept for a year.
pub(super) async fn get(
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<([(HeaderName, &'static str); 2], &'static [u8])> {
    let asset = path.ok().and_then(|Path((set, name))| find(&set, &name)).ok_or_else(|| {
        Error::new(Code::NotFound, "There is no such asset, or it is of another version.")
    })?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.bytes))
}

fn find(set_asked: &str, name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| set_asked == set() && asset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_named_by_sixteen_hexadecimal_digits() {
        assert_eq!(set().len(), 16);
        assert!(set().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn an_asset_is_found_in_its_set_only() {
        assert!(find(set(), "style.css").is_some());
        assert!(find("0000000000000000", "style.css").is_none());
        assert!(find(set(), "fonts/none.woff2").is_none());
    }
}
