//! Answers on their way back to a client: in the query of its address, in the fragment, or as a form
//! that the browser posts.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use url::form_urlencoded;

use crate::{
    acts::authorize::{Outcome, Reply},
    app::App,
    error::{Error, Result},
    model::{authorization_request::ResponseMode, issuer::Issuer},
};

use crate::pages::{
    face::Face,
    html::{self, Forms},
    layout::Layout,
};

/// A form that goes to the client by itself, or by its button where there are no scripts.
#[derive(Template)]
#[template(path = "authorize/form_post.html")]
struct FormPostPage<'a> {
    layout: Layout<'a>,
    action: &'a str,
    members: &'a [(&'static str, String)],
}

/// The answer that takes the browser to the client.
///
/// # Errors
///
/// `server_error` if the page cannot be made, or the address is none that a header can hold.
pub(super) fn response(app: &App, reply: &Reply, face: Face) -> Result<Response> {
    let members = members(reply, &app.issuer);
    let redirect = &reply.back.redirect;
    match reply.back.mode {
        ResponseMode::Query => send(&redirect.with_query(&encoded(&members))),
        ResponseMode::Fragment => send(&redirect.with_fragment(&encoded(&members))),
        ResponseMode::FormPost => {
            let layout = Layout::of(&app.issuer, face);
            let page = FormPostPage { layout, action: redirect.as_str(), members: &members };
            html::answer_with(&page, Forms::AndBack)
        }
    }
}

/// The members of an answer, and no others: the issuer is in each (RFC 9207 §2).
fn members(reply: &Reply, issuer: &Issuer) -> Vec<(&'static str, String)> {
    let mut members = match &reply.outcome {
        Outcome::Code(code) => vec![("code", code.expose().to_owned())],
        Outcome::Refused(refusal) => vec![
            ("error", refusal.error.as_str().to_owned()),
            ("error_description", refusal.description().to_owned()),
        ],
    };
    members.extend(reply.back.state.clone().map(|state| ("state", state)));
    members.push(("iss", issuer.as_str().to_owned()));
    members
}

fn encoded(members: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish()
}

/// Sends the browser there by GET, whatever it did before (RFC 9700 §4.12).
fn send(address: &str) -> Result<Response> {
    let mut response = html::put(String::new(), Response::default(), Forms::None);
    *response.status_mut() = StatusCode::SEE_OTHER;
    let mut address = HeaderValue::try_from(address).map_err(Error::internal)?;
    // It may hold a code.
    address.set_sensitive(true);
    response.headers_mut().insert(header::LOCATION, address);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        authorization_request::{AuthorizationError, AuthorizationRefusal, WayBack},
        client::{Client, testing::website},
        redirect_uri::CheckedRedirect,
        secret::Secret,
        sign_in_settings::SignInSettings,
        space_delimited::SpaceDelimited,
    };

    #[test]
    fn an_error_has_registered_members_only_and_the_state_as_it_came() {
        let refusal = AuthorizationRefusal::new(AuthorizationError::AccessDenied, "No.");
        let reply = reply(Outcome::Refused(refusal), Some("a b&c=%20:é"));

        let text = encoded(&members(&reply, &Issuer::parse("https://id.example/t").unwrap()));

        let expected = "error=access_denied&error_description=No.\
            &state=a+b%26c%3D%2520%3A%C3%A9&iss=https%3A%2F%2Fid.example%2Ft";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_code_comes_with_the_issuer_and_no_state_that_was_not_sent() {
        let reply = reply(Outcome::Code(Secret::new("x".to_owned())), None);

        let text = encoded(&members(&reply, &Issuer::parse("https://id.example").unwrap()));

        assert_eq!(text, "code=x&iss=https%3A%2F%2Fid.example");
    }

    fn reply(outcome: Outcome, state: Option<&str>) -> Reply {
        let uri = "https://app.example/cb";
        let redirect_uris = SpaceDelimited::parse(uri);
        let sign_in = SignInSettings { redirect_uris, ..SignInSettings::default() };
        let client = Client { sign_in, ..website("") };
        let redirect = CheckedRedirect::check(&client, Some(uri), true).unwrap();
        let state = state.map(str::to_owned);
        Reply { back: WayBack { redirect, mode: ResponseMode::Query, state }, outcome }
    }
}
