//! Asking the authorization server over HTTP, under bounds: what it may take, and how much it may say.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
    http::{HeaderValue, header},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, InvalidDnsNameError, ServerName, pem::PemObject},
    },
};
use url::Url;

use crate::model::issuer::Issuer;

/// How long an answer may take, connecting included.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of an answer that are read.
const LIMIT: usize = 64 * 1024;

/// How many connections lie ready at most.
const IDLE: usize = 8;

/// How long one may lie ready: whatever stands between may have forgotten it then.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// An HTTP client of one authorization server. Cheap to clone.
///
/// It speaks HTTPS, and plain HTTP with its own machine only; it trusts what the machine trusts; it
/// follows no redirect, waits five seconds at most and reads 64 KiB at most. No address that it
/// asks comes from a token.
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

struct Inner {
    base: Issuer,
    authority: String,
    port: u16,
    tls: Option<TlsConnector>,
    idle: Mutex<Vec<(Instant, Connection)>>,
}

type Connection = SendRequest<Full<Bytes>>;

/// What to ask.
pub(super) struct Question {
    pub(super) method: Method,
    /// Below the base address.
    pub(super) path: &'static str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Question {
    /// Whether it changes nothing to ask again after a connection broke: what only reads, and what
    /// was never sent. An introspection may spend a use of a token.
    fn may_be_asked_again(&self, error: &hyper::Error) -> bool {
        self.method.is_safe() || error.is_canceled() || error.is_closed()
    }
}

/// What came back, with status 200.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A server that is not to be asked.
#[derive(Debug, thiserror::Error)]
pub enum BadServer {
    /// Plain HTTP goes over a network.
    #[error("{0} is asked over plain HTTP, which only this machine may be")]
    PlainHttp(String),
    /// A certificate to trust that is none.
    #[error("no certificate that can be trusted is in the PEM text")]
    Certificate,
    /// The TLS library refused.
    #[error("TLS cannot be set up")]
    Tls(#[source] tokio_rustls::rustls::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nobody answers, or somebody whom we do not trust.
    #[error("it cannot be reached")]
    Unreachable(#[source] io::Error),
    /// The connection broke, or what came is no HTTP.
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    /// It took too long.
    #[error("it did not answer within {PATIENCE:?}")]
    Late,
    /// Another status than 200; a redirect is not followed.
    #[error("it answered {0}")]
    Status(StatusCode),
    /// The answer is too long, or broke off.
    #[error("its answer is longer than {LIMIT} bytes, or broke off")]
    Body,
    /// The answer is not what it should be.
    #[error("its answer cannot be used: {0}")]
    Content(String),
}

impl HttpClient {
    /// A client of the server at `base`: its issuer, or where else it can be reached from here.
    ///
    /// # Errors
    ///
    /// [`BadServer`] for plain HTTP with another machine.
    pub fn new(base: &Issuer) -> Result<Self, BadServer> {
        Self::trusting(base, &[])
    }

    /// The same, which also trusts the certificates in `pem`, such as those of one's own authority.
    ///
    /// # Errors
    ///
    /// [`BadServer`] for plain HTTP with another machine, and for what is no certificate.
    pub fn trusting(base: &Issuer, pem: &[u8]) -> Result<Self, BadServer> {
        if !base.is_https() && !base.is_loopback() {
            return Err(BadServer::PlainHttp(base.as_str().to_owned()));
        }
        let tls = if base.is_https() { Some(connector(pem)?) } else { None };
        let usual = if base.is_https() { 443 } else { 80 };
        let url = Url::parse(base.as_str()).ok();
        let port = url.as_ref().and_then(Url::port).unwrap_or(usual);
        let authority = url.map(|url| url.authority().to_owned()).unwrap_or_default();
        let idle = Mutex::default();
        Ok(Self(Arc::new(Inner { base: base.clone(), authority, port, tls, idle })))
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    ///
    /// [`Fault`] for everything but a whole answer with status 200.
    pub(super) async fn ask(&self, question: &Question) -> Result<Answer, Fault> {
        let asked = tokio::time::timeout(PATIENCE, self.ask_on_some_connection(question));
        asked.await.unwrap_or(Err(Fault::Late))
    }

    async fn ask_on_some_connection(&self, question: &Question) -> Result<Answer, Fault> {
        if let Some(connection) = self.idle() {
            match self.ask_on(connection, question).await {
                // The server may have closed it just then.
                Err(Fault::Broken(error)) if question.may_be_asked_again(&error) => {}
                answered => return answered,
            }
        }
        let connection = self.connect().await?;
        self.ask_on(connection, question).await
    }

    async fn ask_on(
        &self,
        mut connection: Connection,
        question: &Question,
    ) -> Result<Answer, Fault> {
        connection.ready().await.map_err(Fault::Broken)?;
        let response =
            connection.send_request(self.request(question)?).await.map_err(Fault::Broken)?;
        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK {
            return Err(Fault::Status(head.status));
        }
        let body = Limited::new(body, LIMIT).collect().await.map_err(|_| Fault::Body)?.to_bytes();
        self.keep(connection);
        Ok(Answer { headers: head.headers, body })
    }

    fn request(&self, question: &Question) -> Result<Request<Full<Bytes>>, Fault> {
        let path = format!("{}{}", self.0.base.path(), question.path);
        let request = Request::builder()
            .method(question.method.clone())
            .uri(path)
            .header(header::HOST, &self.0.authority)
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .body(Full::new(question.body.clone()));
        let mut request = request.map_err(|error| Fault::Content(error.to_string()))?;
        request.headers_mut().extend(question.headers.clone());
        Ok(request)
    }

    /// A connection that lies ready.
    fn idle(&self) -> Option<Connection> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, kept)| since.elapsed() < IDLE_TIME && !kept.is_closed());
        idle.pop().map(|(_, connection)| connection)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && !connection.is_closed() {
            idle.push((Instant::now(), connection));
        }
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let host = self.0.base.host();
        let stream = TcpStream::connect((host, self.0.port)).await.map_err(Fault::Unreachable)?;
        stream.set_nodelay(true).map_err(Fault::Unreachable)?;
        let Some(tls) = &self.0.tls else { return shake_hands(stream).await };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error: InvalidDnsNameError| Fault::Unreachable(io::Error::other(error)))?;
        shake_hands(tls.connect(name, stream).await.map_err(Fault::Unreachable)?).await
    }
}

async fn shake_hands(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Connection, Fault> {
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(Fault::Broken)?;
    // It ends with its sender. What goes wrong on it is told to whoever waits for an answer.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

/// TLS that trusts what this machine trusts, and the certificates in `pem`.
fn connector(pem: &[u8]) -> Result<TlsConnector, BadServer> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let given: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| BadServer::Certificate)?;
    if given.is_empty() && !pem.is_empty() {
        return Err(BadServer::Certificate);
    }
    for certificate in given {
        roots.add(certificate).map_err(|_| BadServer::Certificate)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(BadServer::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpClient({})", self.0.base.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        let client = |base: &str| HttpClient::new(&Issuer::parse(base).unwrap());

        assert!(client("http://127.0.0.1:8080").is_ok() && client("http://[::1]").is_ok());
        assert!(client("https://id.example/tenant").is_ok());
        for base in ["http://id.example", "http://10.0.0.7:8080", "http://localhost.example"] {
            assert!(matches!(client(base), Err(BadServer::PlainHttp(_))), "{base}");
        }
    }

    #[test]
    fn a_certificate_to_trust_must_be_one() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        for bad in ["nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let trusting = HttpClient::trusting(&issuer, bad.as_bytes());
            assert!(matches!(trusting, Err(BadServer::Certificate)), "{bad}");
        }
    }
}
