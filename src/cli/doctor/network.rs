//! The certificate of our own, and who may say where callers come from.

use crate::{app::App, model::timestamp::Timestamp, server::Tls};

use super::{Finding, unanswered};

/// Whether the certificate that the settings name is good.
pub(super) fn tls(app: &App, now: Timestamp) -> Finding {
    let config = app.config();
    let Some((cert, key)) = config.server.tls.files() else {
        return Finding::fine("TLS", "spoken by the proxy, or not needed on this machine");
    };
    let certificate = match Tls::load(cert, key, now) {
        Ok(tls) => tls.certificate(),
        Err(fault) => {
            return Finding::broken("TLS", format!("{}: {fault}", fault.key), fault.remedy);
        }
    };
    let says = format!("{certificate}, good for {} days", certificate.days_left(now));
    match certificate.remarks(&app.issuer, now).as_slice() {
        [] => Finding::fine("TLS", says),
        remarks => Finding::warning("TLS", says, remarks.join("\n")),
    }
}

/// Whether addresses of callers come from somebody who is not believed.
pub(super) async fn proxies(app: &App) -> Finding {
    let config = app.config();
    let ignored = match ignored_at(app).await {
        Ok(ignored) => ignored,
        Err(error) => return unanswered("Proxies", error),
    };
    let is_any = !config.server.trusted_proxies.is_empty();
    let says = if is_any { "some are trusted, none is ignored" } else { "none is trusted" };
    let Some(peer) = ignored else { return Finding::fine("Proxies", says) };
    let says = format!("a forwarded address comes from {peer}, which is not trusted");
    let remedy = format!("if that is your proxy: trusted_proxies = [\"{peer}\"] in [server]");
    Finding::warning("Proxies", says, remedy)
}

/// Who sent one here, or to any node.
async fn ignored_at(app: &App) -> Result<Option<String>, crate::store::Error> {
    if let Some(peer) = app.ignored_forwarding.first() {
        return Ok(Some(peer.to_string()));
    }
    if app.store.is_disabled() {
        return Ok(None);
    }
    let nodes = app.store.read().await?.nodes().await?;
    Ok(nodes.into_iter().find_map(|node| node.ignored_forwarding))
}
