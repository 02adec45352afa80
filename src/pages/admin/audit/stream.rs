//! The log while it grows, as server-sent events: each is a line, ready to be put on the page.

use std::{convert::Infallible, sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, stream};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};
use uuid::Uuid;

use crate::{
    acts::audit::Tail,
    app::App,
    error::{Code, Error, Result},
    model::{
        audit::KeptEvent,
        parameters::Parameters,
        query::{AuditQuery, AuditSearch},
    },
    pages::{admin::guard::AdminVisit, words::Words},
};

use super::line::Line;

/// How often it looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long one answer goes on. The browser asks again by itself.
const LONGEST: Duration = Duration::from_mins(1);

/// Somebody who follows the log.
struct Follower {
    app: App,
    tail: Tail,
    query: AuditQuery,
    words: Words,
    until: Instant,
    /// Found, and not told yet, the newest first.
    waiting: Vec<KeptEvent>,
    is_first: bool,
    admin: AdminVisit,
    /// The place among those who follow at once.
    _place: OwnedSemaphorePermit,
}

/// Tells what is written from now on, or what came after the event that the browser saw last.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
    headers: HeaderMap,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let query = AuditQuery::parse(asked.get("q").unwrap_or_default())
        .map_err(|_| Error::new(Code::InvalidRequest, "The query cannot be read."))?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after: Option<Uuid> = seen.or(asked.get("after")).map(super::place).transpose()?;
    // Each keeps a connection, and looks into the store every second.
    let place = Arc::clone(&app.followers).try_acquire_owned();
    let place = place.map_err(|_| Error::busy().after(PAUSE))?;
    let follower = Follower {
        tail: after.map_or_else(|| Tail::from(admin.at()), Tail::after),
        query,
        words: admin.layout(&app).words,
        until: Instant::now() + LONGEST,
        waiting: Vec::new(),
        is_first: true,
        app,
        admin,
        _place: place,
    };
    let answer = Sse::new(follower.events()).keep_alive(KeepAlive::new().interval(LONGEST / 4));
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

impl Follower {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut follower| async {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    /// The next event to tell; `None` where the answer ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(kept) = self.waiting.pop() {
                if let Some(event) = self.told(&kept) {
                    return Some(event);
                }
            }
            if !self.is_first {
                if self.app.is_stopping() || Instant::now() >= self.until {
                    return None;
                }
                tokio::time::sleep(PAUSE).await;
                // Whoever signed out, was locked out or is no operator any more hears nothing more.
                if !self.admin.is_still_let_in(&self.app).await.ok()? {
                    return None;
                }
            }
            self.is_first = false;
            // What the store says of itself now, it says again at the next try of the browser.
            self.waiting = self.tail.next(&self.app).await.ok()?;
            self.waiting.reverse();
        }
    }

    /// An event as the browser gets it, if it is one of those that are meant.
    fn told(&self, kept: &KeptEvent) -> Option<Event> {
        let search = AuditSearch { query: self.query.clone(), at: self.app.now() };
        if !search.matches(&kept.event) {
            return None;
        }
        let html = Line::of(kept, self.words).render().ok()?;
        // What stands in it may break lines; an event must not.
        let html = html.replace(['\r', '\n'], " ");
        Some(Event::default().id(kept.event.audit_id.to_string()).data(html))
    }
}
