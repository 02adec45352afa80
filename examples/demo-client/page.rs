//! What the browser shows: plain HTML.

use super::provider::Account;

/// The one page.
pub(super) fn home(account: Option<&Account>) -> String {
    let Some(account) = account else {
        return page(
            "<h1>Demo client</h1><p>Nobody is signed in.</p>\
             <p><a id=\"sign-in\" href=\"/sign-in\">Sign in</a></p>",
        );
    };
    let name = account.userinfo["name"]
        .as_str()
        .or_else(|| account.userinfo["preferred_username"].as_str())
        .or_else(|| account.id_token_claims["sub"].as_str())
        .unwrap_or("somebody");
    let refresh = match account.refresh {
        Some(_) => "<a id=\"refresh\" href=\"/refresh\">Refresh the tokens</a> · ",
        None => "",
    };
    page(&format!(
        "<h1>Hello, <span id=\"name\">{}</span></h1>\
         <p>{refresh}<a id=\"sign-out\" href=\"/sign-out\">Sign out</a></p>\
         <h2>ID token</h2><pre id=\"id-token\">{}</pre>\
         <h2>Userinfo</h2><pre id=\"userinfo\">{}</pre>\
         <p>The access token begins with <code>{}…</code>, for <code>{}</code>.</p>",
        escaped(name),
        escaped(&format!("{:#}", account.id_token_claims)),
        escaped(&format!("{:#}", account.userinfo)),
        escaped(account.access_beginning()),
        escaped(&account.scope),
    ))
}

/// What went wrong.
pub(super) fn problem(text: &str) -> String {
    page(&format!(
        "<h1>That did not work</h1><p id=\"problem\">{}</p><p><a href=\"/\">Back</a></p>",
        escaped(text)
    ))
}

fn page(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Demo client</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>body{{font:16px/1.5 \
         system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}}pre{{background:#8881;\
         padding:1rem;overflow:auto}}</style><body>{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
