//! Clients that were not written for us.

mod oauth2;
mod openidconnect;

use std::{future::Future, pin::Pin};

use ::oauth2::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use axum::http::Request;

use crate::common::TestServer;

/// What carries their requests to a server.
struct Wire<'s>(&'s TestServer);

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = http::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().unwrap().as_str();
            let mut sent = Request::builder().method(parts.method).uri(path);
            for (name, value) in &parts.headers {
                sent = sent.header(name, value);
            }
            let answer = self.0.send(sent, std::str::from_utf8(&body).unwrap()).await;
            let mut response = http::Response::builder().status(answer.status);
            for (name, value) in &answer.headers {
                response = response.header(name, value);
            }
            response.body(answer.body.into_bytes())
        })
    }
}
