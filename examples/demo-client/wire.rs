//! HTTP for the `openidconnect` crate, in a few lines over hyper: one connection a request, and TLS
//! by what this machine trusts.

use std::{error::Error, future::Future, pin::Pin, sync::Arc};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

type Fault = Box<dyn Error + Send + Sync>;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Asks servers.
#[derive(Clone)]
pub(super) struct Wire(Arc<ClientConfig>);

/// What the crate takes for an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failed(Fault);

impl Wire {
    pub(super) fn new() -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let uri = request.uri().clone();
        let host = uri.host().ok_or("the address has no host")?.to_owned();
        let bare = host.trim_matches(['[', ']']).to_owned();
        let is_https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let stream = TcpStream::connect((bare.as_str(), port)).await?;
        if !is_https {
            return ask(stream, request, &uri).await;
        }
        let connector = TlsConnector::from(Arc::clone(&self.0));
        ask(connector.connect(ServerName::try_from(bare)?, stream).await?, request, &uri).await
    }
}

/// Sends one request over a fresh connection.
async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: HttpRequest,
    uri: &hyper::Uri,
) -> Result<HttpResponse, Fault> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    head.uri = uri.path_and_query().map_or("/", |path| path.as_str()).parse()?;
    let authority = uri.authority().ok_or("the address has no host")?;
    head.headers.insert(hyper::header::HOST, authority.as_str().parse()?);
    let request = Request::from_parts(head, Full::new(Bytes::from(body)));
    let answer = sender.send_request(request).await?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
    connection.abort();
    Ok(HttpResponse::from_parts(head, body.to_vec()))
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failed>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { self.send(request).await.map_err(Failed) })
    }
}
