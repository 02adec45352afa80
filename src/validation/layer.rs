//! The layer that stands before the services of an API.

use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::{
    Request, Response,
    http::{header, request::Parts},
};
use tower::{Layer, Service};

use super::{PresentedFrom, ValidToken, Validator, bearer, challenge::Refused};

/// Lets requests through that carry a good access token, each with its [`ValidToken`] in its
/// extensions, and answers all others: 401, 400 or 503, with the challenge of RFC 6750 §3.
///
/// Where browsers send preflight requests, the layer that answers those (CORS) stands in front.
#[derive(Debug, Clone)]
pub struct BearerLayer {
    validator: Validator,
    realm: Option<Arc<str>>,
}

/// A service behind a [`BearerLayer`].
#[derive(Debug, Clone)]
pub struct BearerService<S> {
    layer: BearerLayer,
    inner: S,
}

impl BearerLayer {
    /// A layer that asks `validator`.
    #[must_use]
    pub fn new(validator: Validator) -> Self {
        Self { validator, realm: None }
    }

    /// The same, naming what it protects in its challenges. Quotes, backslashes and what is no
    /// printable ASCII are left out of the name.
    #[must_use]
    pub fn realm(self, name: &str) -> Self {
        let is_plain = |c: &char| matches!(*c, ' '..='~') && !matches!(*c, '"' | '\\');
        let name: String = name.chars().filter(is_plain).collect();
        Self { realm: Some(name.into()), ..self }
    }

    /// Judges a request by its head.
    async fn judge(&self, head: &mut Parts) -> Result<ValidToken, Refused> {
        let token = bearer::read(&head.headers, &head.uri)?;
        let from = head.extensions.get::<PresentedFrom>().map(|from| from.0);
        let valid = self.validator.validate(token, from).await?;
        // It goes on to the service, but into no log that writes headers down.
        if let Some(carried) = head.headers.get_mut(header::AUTHORIZATION) {
            carried.set_sensitive(true);
        }
        Ok(valid)
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService { layer: self.clone(), inner }
    }
}

impl<S, B, R> Service<Request<B>> for BearerService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let layer = self.layer.clone();
        // The service that said it is ready, not a copy that did not.
        let copy = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, copy);
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            match layer.judge(&mut head).await {
                Ok(valid) => {
                    head.extensions.insert(valid);
                    inner.call(Request::from_parts(head, body)).await
                }
                Err(refused) => Ok(refused.answer(layer.realm.as_deref())),
            }
        })
    }
}
