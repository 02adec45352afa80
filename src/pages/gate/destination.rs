//! Where somebody goes who has signed in: what the address of the page says, and nothing else.

use url::form_urlencoded;

use crate::{
    acts::sign_in::{self, RequestOf, Waiting},
    app::App,
    error::Result,
    model::{parameters::Parameters, secret::Secret},
    pages::{PAGES, Visitor, admin, visit::Visit},
};

use super::ACCOUNT;

/// Where somebody goes who has signed in.
pub(super) enum Destination {
    /// On with the authorization request that waits for them.
    Request(Secret, Waiting),
    /// To one of our own pages: path and query.
    Page(String),
    /// To their account, since the request that they came for is over, or another browser's.
    Lost,
}

impl Destination {
    /// Reads the query of the page's address, as this visitor may mean it.
    ///
    /// # Errors
    ///
    /// `invalid_request` for a query that cannot be read, or what the store says.
    pub(super) async fn read(app: &App, query: Option<&str>, visit: &Visit) -> Result<Self> {
        let query = Parameters::parse(query.unwrap_or_default().as_bytes())?;
        if let Some(request) = query.get("request") {
            let request = Secret::new(request.to_owned());
            let of = RequestOf { request: &request, browser: &visit.browser };
            let waiting = sign_in::waiting(app, of, visit.at).await?;
            return Ok(waiting.map_or(Self::Lost, |waiting| Self::Request(request, waiting)));
        }
        Ok(Self::Page(page(query.get("to").unwrap_or(ACCOUNT)).to_owned()))
    }

    /// What forms on the way there are bound to.
    pub(super) fn step(&self) -> String {
        match self {
            Self::Request(request, _) => format!("login|{}", request.expose()),
            Self::Page(path) => format!("login|{path}"),
            Self::Lost => format!("login|{ACCOUNT}"),
        }
    }

    /// The query of addresses on the way there.
    pub(super) fn query(&self) -> String {
        match self {
            // It holds nothing that would have to be encoded.
            Self::Request(request, _) => format!("?request={}", request.expose()),
            Self::Page(path) => {
                format!("?to={}", encoded(path))
            }
            Self::Lost => format!("?to={ACCOUNT}"),
        }
    }

    /// The path that it is at.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Request(request, _) => {
                format!("/authorize/continue?request={}", request.expose())
            }
            Self::Page(path) => path.clone(),
            Self::Lost => ACCOUNT.to_owned(),
        }
    }

    /// What waits for somebody to sign in, if anything does.
    pub(super) fn waiting(&self) -> Option<&Waiting> {
        match self {
            Self::Request(_, waiting) => Some(waiting),
            Self::Page(_) | Self::Lost => None,
        }
    }

    /// The same for [`sign_in::begin`].
    pub(super) fn request_of<'a>(&'a self, visit: &'a Visit) -> Option<RequestOf<'a>> {
        match self {
            Self::Request(request, _) => Some(RequestOf { request, browser: &visit.browser }),
            Self::Page(_) | Self::Lost => None,
        }
    }
}

/// An address of ours as the value of a query. A slash need not be encoded there, and reads better.
pub(in crate::pages) fn encoded(address: &str) -> String {
    form_urlencoded::byte_serialize(address.as_bytes()).collect::<String>().replace("%2F", "/")
}

/// The page of ours that is at this path and for people who are signed in, or the account. What is
/// sent along is compared, and goes on only as part of an operator's address ([`admin::is_address`]).
fn page(path: &str) -> &str {
    if admin::is_address(path) {
        return path;
    }
    let is_meant = |page: &&crate::pages::Page| {
        page.path == path
            && page.visitor == Visitor::SignedIn
            && page.methods.contains(&axum::http::Method::GET)
    };
    PAGES.iter().find(is_meant).map_or(ACCOUNT, |page| page.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_anywhere_but_to_a_page_of_ours() {
        for path in [
            "",
            "/",
            "//evil.example",
            "https://evil.example/account/security",
            "/account/security/..",
            "/account/security?x",
            "/account/sign-out",
            "/\\evil.example",
            "javascript:alert(1)",
            "/admin\\@evil.example",
            "/adminx",
            "/admin/../logout",
            "/admin//evil.example",
            "/admin/%2e%2E/logout",
            "/admin/tokens/.%2e/.%2E/authorize",
            "/admin/tokens?q=a\r\nb",
        ] {
            assert_eq!(page(path), ACCOUNT, "{path}");
        }
        assert_eq!(page("/admin/tokens?q=status%3Aactive"), "/admin/tokens?q=status%3Aactive");
    }
}
