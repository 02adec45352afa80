//! What people see: the landing page, errors, and what pages load.

use std::{
    fs,
    path::{Path, PathBuf},
};

use axum::http::{Method, Request, StatusCode};

use crate::common::{
    TestServer, on_each_engine,
    server::{Answer, ISSUER},
};

on_each_engine!(
    the_landing_page_names_the_issuer,
    every_link_of_the_landing_page_leads_somewhere,
    an_unknown_address_is_a_page_for_browsers,
    an_unknown_address_is_json_for_programs,
    an_error_page_names_the_request_and_the_time,
    a_hostile_address_never_becomes_markup,
    a_page_answers_head_without_a_body,
    a_page_refuses_other_methods,
    pages_carry_their_headers,
    pages_load_nothing_from_elsewhere,
    every_asset_that_a_page_names_may_be_kept_for_good,
    another_set_or_name_is_no_asset,
    the_sign_in_page_is_light,
);

/// How pages load the scripts that there are.
const SCRIPTS: [&str; 4] = [
    r#"<script src="{{ layout.asset("app.js") }}" defer></script>"#,
    r#"<script src="{{ layout.asset("form_post.js") }}" defer></script>"#,
    r#"<script src="{{ layout.asset("admin.js") }}" defer></script>"#,
    r#"<script src="{{ layout.asset("htmx.js") }}" defer></script>"#,
];

/// What a browser says when a person follows a link.
const BROWSER: &[(&str, &str)] =
    &[("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")];

async fn the_landing_page_names_the_issuer(server: TestServer) {
    let answer = server.get("/", BROWSER).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains(&format!("<code>{ISSUER}</code>")), "{}", answer.body);
    assert!(answer.body.contains("<footer><span>id.example</span></footer>"), "{}", answer.body);
    assert!(!answer.body.contains(env!("CARGO_PKG_VERSION")), "{}", answer.body);
}

async fn every_link_of_the_landing_page_leads_somewhere(server: TestServer) {
    let page = server.get("/", BROWSER).await.body;
    let links: Vec<_> = quoted(&page, "href=\"").filter(|link| *link != "#main").collect();

    assert!(links.contains(&"/.well-known/openid-configuration"), "{links:?}");
    assert!(links.contains(&"/.well-known/oauth-authorization-server"), "{links:?}");
    assert!(links.contains(&"/jwks.json"), "{links:?}");
    for link in links {
        assert_eq!(server.get(link, BROWSER).await.status, StatusCode::OK, "{link}");
    }
}

async fn an_unknown_address_is_a_page_for_browsers(server: TestServer) {
    let answer = server.get("/nowhere", BROWSER).await;

    assert_is_error_page(&answer, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("<code>not_found</code>"), "{}", answer.body);
}

async fn an_unknown_address_is_json_for_programs(server: TestServer) {
    for headers in [&[][..], &[("accept", "*/*")], &[("accept", "application/json")]] {
        let answer = server.get("/nowhere", headers).await;

        answer.assert_error(404, "not_found");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

async fn an_error_page_names_the_request_and_the_time(server: TestServer) {
    let answer = server.get("/nowhere", BROWSER).await;

    let id = answer.header("x-request-id").unwrap();
    assert!(answer.body.contains(&format!("Reference <code>{id}</code>")), "{}", answer.body);
    let time = r#"<time datetime="2027-01-15T08:00:00Z">15 January 2027, 08:00:00 UTC</time>"#;
    assert!(answer.body.contains(time), "{}", answer.body);
}

async fn a_hostile_address_never_becomes_markup(server: TestServer) {
    for address in [
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/\"onmouseover=\"alert(1)",
        "/assets/%3Cscript%3Ealert(1)%3C/script%3E/style.css",
        "/assets/%FF/style.css",
        "/?%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let answer = server.get(address, BROWSER).await;

        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{address}");
        assert!(!answer.body.contains("<script>"), "{address}: {}", answer.body);
        assert!(!answer.body.contains("alert(1)"), "{address}: {}", answer.body);
    }
}

async fn a_page_answers_head_without_a_body(server: TestServer) {
    let shown = server.get("/", BROWSER).await;
    let answer = ask(&server, Method::HEAD, "/").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("content-length"), Some(shown.body.len().to_string().as_str()));
    assert_eq!(answer.header("content-type"), shown.header("content-type"));
}

async fn a_page_refuses_other_methods(server: TestServer) {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = ask(&server, method, "/").await;

        assert_is_error_page(&answer, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    }
}

async fn pages_carry_their_headers(server: TestServer) {
    for (method, address) in [
        (Method::GET, "/"),
        (Method::POST, "/"),
        (Method::GET, "/nowhere"),
        (Method::GET, "/assets/0000000000000000/style.css"),
    ] {
        let answer = ask(&server, method, address).await;

        let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
            font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
            form-action 'none'";
        assert_eq!(answer.header("content-security-policy"), Some(policy));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        let permissions = answer.header("permissions-policy").unwrap();
        let granted = permissions.split(", ").filter(|feature| !feature.ends_with("=()"));
        let passkeys = ["publickey-credentials-create=(self)", "publickey-credentials-get=(self)"];
        assert!(granted.eq(passkeys), "{permissions}");
        for name in answer.headers.keys() {
            assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name} is sent twice");
        }
    }
}

async fn pages_load_nothing_from_elsewhere(server: TestServer) {
    for address in ["/", "/nowhere"] {
        let page = server.get(address, BROWSER).await.body;

        for link in quoted(&page, "src=\"").chain(quoted(&page, "href=\"")) {
            let is_ours = link.starts_with('/') && !link.starts_with("//");
            assert!(is_ours || link == "#main", "{address} names {link}");
        }
    }
}

async fn every_asset_that_a_page_names_may_be_kept_for_good(server: TestServer) {
    for address in assets_of(&server, "/").await {
        let answer = ask(&server, Method::HEAD, &address).await;

        assert_eq!(answer.status, StatusCode::OK, "{address}");
        let kept = Some("public, max-age=31536000, immutable");
        assert_eq!(answer.header("cache-control"), kept, "{address}");
        let content_type = match address.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "font/woff2",
        };
        assert_eq!(answer.header("content-type"), Some(content_type), "{address}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{address}");
    }
}

async fn another_set_or_name_is_no_asset(server: TestServer) {
    let [style, set] = style_and_set(&server).await;

    for address in [
        style.replace(&set, "0000000000000000"),
        style.replace("style.css", "other.css"),
        style.replace("style.css", "fonts/"),
        style.replace("style.css", "../Cargo.toml"),
        style.replace("style.css", "%2e%2e/Cargo.toml"),
        style.replace("/style.css", ""),
    ] {
        let answer = server.get(&address, BROWSER).await;

        assert_is_error_page(&answer, StatusCode::NOT_FOUND);
    }
}

async fn the_sign_in_page_is_light(server: TestServer) {
    let mut bytes = server.get("/login", BROWSER).await.body.len();
    let mut weighed = 0;
    for address in assets_of(&server, "/login").await {
        // Code is shown in the other fonts, and words beyond Latin-1: neither is there.
        if address.ends_with("mono-latin.woff2") || address.ends_with("latin-ext.woff2") {
            continue;
        }
        let answer = ask(&server, Method::HEAD, &address).await;
        bytes += answer.header("content-length").unwrap().parse::<usize>().unwrap();
        weighed += 1;
    }

    assert_eq!(weighed, 4, "style, script, icon and a font");
    assert!(bytes <= 80_000, "the sign-in page with all that it loads has {bytes} bytes");
}

#[test]
fn templates_hold_nothing_inline() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");

    for template in files_below(&root) {
        let text = fs::read_to_string(&template).unwrap().to_ascii_lowercase();
        let text = SCRIPTS.iter().fold(text, |text, script| text.replace(script, ""));
        for forbidden in
            ["<style", "<script", " style=", "javascript:", "|safe", "<base", "<meta http"]
        {
            assert!(!text.contains(forbidden), "{} holds {forbidden}", template.display());
        }
        for word in text.split_whitespace().filter(|word| word.starts_with("on")) {
            assert!(!word.contains('='), "{} holds {word}", template.display());
        }
    }
}

/// The answer is an error page with `status`, whole, and not to be kept.
fn assert_is_error_page(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert!(answer.body.starts_with("<!doctype html>\n<html lang=\"en\""), "{answer:?}");
    assert!(answer.body.trim_end().ends_with("</html>"), "{answer:?}");
    assert_eq!(answer.body.matches("<h1>").count(), 1, "{answer:?}");
}

async fn ask(server: &TestServer, method: Method, path: &str) -> Answer {
    let (name, value) = BROWSER[0];
    server.send(Request::builder().method(method).uri(path).header(name, value), "").await
}

/// The addresses of everything that the page at `path` loads, fonts included.
async fn assets_of(server: &TestServer, path: &str) -> Vec<String> {
    let page = server.get(path, BROWSER).await.body;
    let linked = page.split("<link ").skip(1).filter_map(|link| quoted(link, "href=\"").next());
    let [style, _] = style_and_set(server).await;
    let folder = style.strip_suffix("style.css").unwrap();
    let css = server.get(&style, &[]).await.body;
    let fonts = quoted(&css, "url(\"").map(|font| format!("{folder}{font}"));
    let scripts = quoted(&page, "<script src=\"");
    let assets: Vec<_> = linked.chain(scripts).map(str::to_owned).chain(fonts).collect();
    assert!(assets.len() >= 5, "{assets:?}");
    assets
}

/// The address of the style sheet, and the name of the set of assets in it.
async fn style_and_set(server: &TestServer) -> [String; 2] {
    let page = server.get("/", BROWSER).await.body;
    let style = quoted(&page, "href=\"").find(|link| link.ends_with("/style.css")).unwrap();
    [style.to_owned(), style.split('/').nth(2).unwrap().to_owned()]
}

/// What stands in `text` after each `start`, up to the next quotation mark.
fn quoted<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
