//! Requests that wait for their person.

use std::{net::IpAddr, time::Duration};

use crate::{
    acts::Error,
    app::App,
    model::{authorization_request::PendingRequest, secret::Secret, timestamp::Timestamp},
};

use super::{Asker, Judged, Stop, Unanswerable};

/// How long a request waits for its person.
const LIFETIME: Duration = Duration::from_hours(1);

/// How many requests are kept for one network in a minute. Anybody can make them, and each takes
/// room until it is over; people behind one address begin far fewer.
const KEPT: u32 = 600;

/// Keeps a request. Returns its name, which is not kept.
///
/// # Errors
///
/// What the store says, and the same where too many come from there.
pub(super) async fn keep(
    app: &App,
    judged: &Judged,
    browser: Option<&Secret>,
    (from, at): (IpAddr, Timestamp),
) -> Result<Secret, Stop> {
    app.hasher.count_try(("authorize", KEPT), (from, at)).await.map_err(Error::from)?;
    let name = Secret::generate(&app.random);
    let pending = PendingRequest {
        request_hash: name.hash(),
        request: judged.request.clone(),
        browser_hash: browser.map_or_else(PendingRequest::no_browser, Secret::hash),
        session_hash: None,
        granted_scope: None,
        decided_at: None,
        created_at: at,
        expires_at: at.plus(LIFETIME),
    };
    app.store.write().await?.insert_authorization_request(&pending).await?;
    Ok(name)
}

/// Finds the request of this name, if it is the browser's that asks. One that has no browser yet is
/// its from now on.
pub(super) async fn find(
    app: &App,
    name: &Secret,
    asker: Asker<'_>,
) -> Result<PendingRequest, Stop> {
    let browser = asker.browser.ok_or(Unanswerable::NoCookie)?.hash();
    let hash = name.hash();
    let found = app.store.read().await?.find_authorization_request(&hash, asker.at).await?;
    let mut pending = found.ok_or(Unanswerable::Over)?;
    if pending.has_no_browser() {
        let is_first =
            app.store.write().await?.claim_authorization_request(&hash, &browser).await?;
        if !is_first {
            return Err(Unanswerable::Over.into());
        }
        pending.browser_hash = browser.clone();
    }
    if pending.browser_hash.matches(browser.as_bytes()) {
        Ok(pending)
    } else {
        Err(Unanswerable::Over.into())
    }
}
