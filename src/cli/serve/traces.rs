//! Traces: where the spans of requests go, in a build that can send them.
//!
//! Only spans made to be exported leave this process, never a log event. They are sent in batches,
//! from a thread of the library's own; what does not fit into its queue is dropped, so a collector
//! that is gone costs memory for some thousand spans and no request anything.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use axum::http::{Uri, header::HOST};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{IdGenerator, Sampler, SdkTracerProvider},
};
use tokio::{net::TcpStream, runtime::Handle, time::timeout};
use tracing_subscriber::{Layer, Registry, filter::filter_fn};

use crate::{
    cli::problem::{Exit, Problem},
    config::Tracing,
    model::{secret::Random, trace::SPANS},
};

/// How long a batch may take to be sent, and a stop to send the last one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer of a collector that is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// What sends traces, if anything does.
pub(super) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Begins to send traces where the settings name a collector. It need not be there yet.
    pub(super) fn start(settings: &Tracing, random: &Random) -> Result<Self, Problem> {
        let Some(endpoint) = &settings.otlp_endpoint else { return Ok(Self(None)) };
        let address = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector { runtime: Handle::current() })
            .with_endpoint(address)
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| {
                Problem::new(Exit::Unreachable, "can't send traces")
                    .said(error.to_string())
                    .origin("tracing.otlp_endpoint")
            })?;
        let resource = Resource::builder().with_service_name("tessera").with_attribute(
            opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        );
        let sampler = Sampler::TraceIdRatioBased(settings.sample);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_id_generator(Ids(random.clone()))
            .with_resource(resource.build())
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(Some(provider)))
    }

    /// What takes the spans that are made to be exported, and nothing else.
    pub(super) fn layer(&self) -> Option<impl Layer<Registry> + Send + Sync + use<>> {
        let provider = self.0.as_ref()?;
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("tessera"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false);
        Some(layer.with_filter(filter_fn(|of| of.is_span() && of.target() == SPANS)))
    }

    /// Sends what is left, and then no more.
    pub(super) async fn end(self) {
        let Some(provider) = self.0 else { return };
        // It waits for its own thread, which sends by this runtime.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE));
        if let Ok(Err(error)) = ended.await {
            tracing::warn!(
                event = "traces.lost",
                reason = %error,
                "the last traces could not be sent: {error}"
            );
        }
    }
}

/// The ids of traces and spans, from the one source of randomness.
struct Ids(Random);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes(self.0.bytes())
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_bytes(self.0.bytes())
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

/// Posts batches to a collector, each on a connection of its own: one every few seconds.
#[derive(Debug)]
struct Collector {
    /// What the sockets live on; batches come from a thread outside of it.
    runtime: Handle,
}

type Sending<'s> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 's>>;

impl HttpClient for Collector {
    fn send_bytes<'s, 'r>(&'s self, request: Request<Bytes>) -> Sending<'r>
    where
        's: 'r,
        Self: 'r,
    {
        let sending = self.runtime.spawn(send(request));
        Box::pin(async move { sending.await? })
    }
}

/// Sends a batch, and logs if it is lost: the library drops it without a word.
async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let sent = timeout(PATIENCE, post(request)).await.map_err(HttpError::from).flatten();
    let reason = match &sent {
        Ok(response) if response.status().is_success() => return sent,
        Ok(response) => format!("the collector answered {}", response.status()),
        Err(error) => error.to_string(),
    };
    tracing::warn!(event = "traces.not_sent", reason, "a batch of traces is lost: {reason}");
    sent
}

async fn post(mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let authority = request.uri().authority().ok_or("the collector has no host")?.clone();
    let port = authority.port_u16().unwrap_or(80);
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);

    request.headers_mut().insert(HOST, authority.as_str().parse()?);
    *request.uri_mut() = request.uri().path().parse::<Uri>()?;
    let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, ANSWER_LIMIT).collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(head, body))
}
