//! Whether the issuer answers at its address, as a client would ask it: through DNS, proxies and
//! all, with a certificate that this machine trusts.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};
use url::Url;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{app::App, model::timestamp::Timestamp};

use super::Finding;

/// What every server answers under its issuer.
const DOCUMENT: &str = "/.well-known/openid-configuration";

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of an answer that are read.
const LIMIT: usize = 64 * 1024;

/// From when on the end of a certificate is near.
const NEAR: Duration = Duration::from_hours(14 * 24);

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What came back.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    certificate_ends: Option<Timestamp>,
}

/// Asks the issuer who it is.
pub(super) async fn issuer(app: &App, now: Timestamp) -> Finding {
    let issuer = app.issuer.as_str();
    if app.config().server.issuer.is_none() {
        return Finding::fine("Issuer", "server.issuer is not set, which is fine for trying out");
    }
    let url = app.issuer.join(DOCUMENT);
    let asked = tokio::time::timeout(PATIENCE, ask(&url)).await;
    match asked.unwrap_or_else(|_| Err("no answer within 5 s".into())) {
        Ok(answer) => judge(issuer, &answer, now),
        Err(fault) => {
            let remedy = "is the server running? then check DNS, the proxy and the certificate";
            Finding::warning("Issuer", format!("{issuer} doesn't answer: {fault}"), remedy)
        }
    }
}

fn judge(issuer: &str, answer: &Answer, now: Timestamp) -> Finding {
    if answer.status != StatusCode::OK {
        let says = format!("{issuer}{DOCUMENT} answers {}", answer.status);
        return Finding::broken("Issuer", says, "send requests for this address to Tessera");
    }
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let theirs = document["issuer"].as_str().unwrap_or_default();
    if theirs != issuer {
        let says = format!("{issuer} says that its issuer is {theirs:?}");
        let remedy = "another server answers there: check DNS, the proxy and server.issuer";
        return Finding::broken("Issuer", says, remedy);
    }
    let Some(ends) = answer.certificate_ends else {
        return Finding::fine("Issuer", format!("{issuer} answers"));
    };
    let left = ends.since(now);
    let says = format!("{issuer} answers, certificate good for {} days", left.as_secs() / 86400);
    if left < NEAR {
        return Finding::warning("Issuer", says, "renew the certificate");
    }
    Finding::fine("Issuer", says)
}

async fn ask(url: &str) -> Result<Answer, Fault> {
    let url = Url::parse(url)?;
    let host = url.host_str().unwrap_or_default();
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((name.as_str(), url.port_or_known_default().unwrap_or(443)));
    let stream = stream.await?;
    if url.scheme() == "http" {
        return exchange(stream, &url, None).await;
    }
    let connector = TlsConnector::from(Arc::new(client_config()?));
    let stream = connector.connect(ServerName::try_from(name)?, stream).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let ends = certificates.and_then(|chain| chain.first()).and_then(|leaf| not_after(leaf));
    exchange(stream, &url, ends).await
}

/// What this machine trusts.
fn client_config() -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(Timestamp(certificate.validity().not_after.timestamp().checked_mul(1000)?))
}

/// One request over `stream`. A redirect is an answer like any other.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    certificate_ends: Option<Timestamp>,
) -> Result<Answer, Fault> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let authority = url.authority();
    let request = Request::get(url.path())
        .header(header::HOST, authority)
        .header(header::CONNECTION, "close")
        .body(Body::empty())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LIMIT).collect().await?.to_bytes().to_vec();
    drop(sender);
    connection.abort();
    Ok(Answer { status, body, certificate_ends })
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn verdict(status: StatusCode, body: &str, ends: Option<i64>) -> (Verdict, String) {
        let certificate_ends = ends.map(|days| Timestamp(days * DAY));
        let answer = Answer { status, body: body.as_bytes().to_vec(), certificate_ends };
        let finding = judge("https://id.example", &answer, Timestamp(0));
        (finding.verdict, finding.says)
    }

    #[test]
    fn an_answer_is_judged_by_who_it_says_it_is() {
        let ours = r#"{"issuer":"https://id.example"}"#;

        assert_eq!(verdict(StatusCode::OK, ours, None).0, Verdict::Fine);
        assert_eq!(
            verdict(StatusCode::OK, ours, Some(71)).1,
            "https://id.example answers, certificate good for 71 days"
        );
        assert_eq!(verdict(StatusCode::OK, ours, Some(13)).0, Verdict::Warning);
        assert_eq!(verdict(StatusCode::OK, r#"{"issuer":"x"}"#, None).0, Verdict::Broken);
        assert_eq!(verdict(StatusCode::OK, "<html>", None).0, Verdict::Broken);
        assert_eq!(verdict(StatusCode::FOUND, ours, None).0, Verdict::Broken);
    }
}
