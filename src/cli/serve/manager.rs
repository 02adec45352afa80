//! What the service manager is told: systemd's protocol (`sd_notify(3)`), where it listens.

use sd_notify::NotifyState;

/// Requests are taken, or taken again with other settings.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Settings are being read again; [`ready`] says when that is over.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => log(&error.to_string()),
    }
}

/// The server is about to stop.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Without a manager that listens there is nobody to tell.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        log(&error.to_string());
    }
}

fn log(reason: &str) {
    tracing::debug!(
        event = "manager.not_told",
        reason,
        "the service manager is not told: {reason}"
    );
}
