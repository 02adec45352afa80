//! What people see when nobody may be sent anywhere: without a client and an address that are
//! proven, an answer could go to anybody.

use askama::{Template, filters::Safe};
use axum::{http::StatusCode, response::Response};
use metrics::counter;

use crate::{
    acts::authorize::{Stop, Unanswerable},
    app::{App, RequestId},
    error::{Error, Result},
    model::authorization_request::NOT_ANSWERED,
};

use crate::pages::{errors, html, html::Forms, layout::Layout, visit::Visit};

#[derive(Template)]
#[template(path = "authorize/error.html")]
struct AuthorizationErrorPage<'a> {
    layout: Layout<'a>,
    /// What that means for whoever reads it, as a key of the catalogue.
    lede: &'static str,
    /// What the developer may do about it.
    description: String,
    client_id: Option<&'a str>,
    reference: Safe<String>,
}

/// What a page of this kind is made of.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    pub(super) app: &'a App,
    pub(super) id: &'a RequestId,
    pub(super) visit: &'a Visit,
}

impl Refused<'_> {
    /// The page that says why nobody is sent anywhere.
    ///
    /// # Errors
    ///
    /// What failed, which is no fault of the request.
    pub(super) fn page(&self, stop: Stop) -> Result<Response> {
        match stop {
            Stop::Failed(error) => Err(error.into()),
            Stop::Unanswerable { reason, client_id } => {
                let lede = match reason {
                    Unanswerable::Over => "authorization-error-over",
                    Unanswerable::NoCookie => "authorization-error-cookie",
                    Unanswerable::Redirect(_) => "authorization-error-address",
                    _ => "authorization-error-request",
                };
                self.show(lede, &reason.to_string(), client_id.as_deref())
            }
        }
    }

    /// The page for parameters that cannot be read.
    ///
    /// # Errors
    ///
    /// `server_error` if the template fails.
    pub(super) fn page_of_fault(&self, fault: &str) -> Result<Response> {
        self.show("authorization-error-request", fault.trim_end_matches('.'), None)
    }

    fn show(&self, lede: &'static str, reason: &str, client_id: Option<&str>) -> Result<Response> {
        counter!("tessera_authorizations_total", "outcome" => NOT_ANSWERED).increment(1);
        let client = client_id.unwrap_or("somebody");
        tracing::info!(
            event = "authorization.not_answered",
            client.id = client_id,
            reason,
            "sent nobody back to {client}: {reason}"
        );
        let layout = self.visit.layout(&self.app.issuer);
        let page = AuthorizationErrorPage {
            reference: errors::reference(layout.words, self.id, self.visit.at),
            layout,
            lede,
            description: Error::sentence(reason),
            client_id,
        };
        let text = page.render().map_err(Error::internal)?;
        let mut response = html::put(text, Response::default(), Forms::None);
        *response.status_mut() = StatusCode::BAD_REQUEST;
        Ok(response)
    }
}
