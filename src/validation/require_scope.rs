//! What a route asks of a token beyond being good.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::{Request, Response, StatusCode};
use tower::{Layer, Service};

use crate::model::scope::{NotAScope, Scope};

use super::{ValidToken, challenge::Refused};

/// Lets requests through whose token has a scope; made by [`require_scope`].
#[derive(Debug, Clone)]
pub struct RequireScopeLayer(Arc<Scope>);

/// A service behind a [`RequireScopeLayer`].
#[derive(Debug, Clone)]
pub struct RequireScope<S> {
    needed: Arc<Scope>,
    inner: S,
}

/// A layer for single routes, inside a [`super::BearerLayer`]: it lets requests through whose token
/// has every scope token of `scope`, and answers others with 403 `insufficient_scope`.
///
/// # Errors
///
/// [`NotAScope`] for text that is none, and for an empty one: that would ask for nothing.
pub fn require_scope(scope: &str) -> Result<RequireScopeLayer, NotAScope> {
    let needed = Scope::parse(scope)?;
    if needed.is_empty() { Err(NotAScope) } else { Ok(RequireScopeLayer(Arc::new(needed))) }
}

impl<S> Layer<S> for RequireScopeLayer {
    type Service = RequireScope<S>;

    fn layer(&self, inner: S) -> RequireScope<S> {
        RequireScope { needed: Arc::clone(&self.0), inner }
    }
}

impl<S> RequireScope<S> {
    /// What to answer instead of letting a request through, if it may not pass.
    fn refuse<B, R: Default>(&self, request: &Request<B>) -> Option<Response<R>> {
        let Some(token) = request.extensions().get::<ValidToken>() else {
            tracing::error!(
                event = "validation.misplaced",
                "a scope is asked for where no BearerLayer stands in front: nobody is let through"
            );
            let mut answer = Response::new(R::default());
            *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return Some(answer);
        };
        if self.needed.iter().all(|one| token.scope().contains(one)) {
            return None;
        }
        tracing::info!(
            event = "validation.not_allowed",
            client.id = token.client_id(),
            needed = %self.needed,
            "a token of {} lacks the scope {}", token.client_id(), self.needed
        );
        Some(Refused::InsufficientScope(self.needed.to_string()).answer(None))
    }
}

impl<S, B, R> Service<Request<B>> for RequireScope<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: Default + Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.refuse(&request) {
            Some(answer) => Box::pin(std::future::ready(Ok(answer))),
            None => Box::pin(self.inner.call(request)),
        }
    }
}
