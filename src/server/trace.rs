//! The span of a request in traces, and whose trace it is part of.

use axum::extract::Request;
use tracing::{Span, field::Empty, trace_span};

use crate::{app::RequestId, model::trace::SPANS};

/// The span of a request in traces, on its way through the layers.
#[derive(Clone)]
pub(super) struct RequestSpan(pub(super) Span);

impl Default for RequestSpan {
    fn default() -> Self {
        Self(Span::none())
    }
}

/// The span of `request`, as OpenTelemetry names its parts. Disabled, and free, unless traces are
/// exported. It carries no address, no header and no parameter.
pub(super) fn of_request(request: &Request, (id, route): (&RequestId, &str)) -> Span {
    let method = request.method();
    let span = trace_span!(
        target: SPANS,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        request.id = %id,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = Empty,
    );
    #[cfg(feature = "otel")]
    join(&span, request.headers());
    span
}

/// Makes the span part of the trace that `traceparent` names (W3C Trace Context §3.2).
///
/// Only version 00 in its one length is read, and no `tracestate`: whatever else was sent, the
/// request begins a trace of its own.
#[cfg(feature = "otel")]
fn join(span: &Span, headers: &axum::http::HeaderMap) {
    use opentelemetry::trace::TraceContextExt;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    let mut sent = headers.get_all("traceparent").iter();
    let (Some(text), None) = (sent.next(), sent.next()) else { return };
    if let Some(parent) = text.to_str().ok().and_then(parent)
        && !span.is_disabled()
    {
        // It fails only for a span that has begun or that nobody exports.
        let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
    }
}

/// Reads `00-TRACE-SPAN-FLAGS`: 32, 16 and 2 small hexadecimal digits, the ids not all zero.
#[cfg(feature = "otel")]
fn parent(text: &str) -> Option<opentelemetry::trace::SpanContext> {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let mut parts = text.split('-');
    let parts =
        [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next().unwrap_or("")];
    let [version, trace, span, flags, rest] = parts;
    let is_sound = version == "00" && rest.is_empty() && text.len() == 55;
    let lengths = [(trace, 32), (span, 16), (flags, 2)];
    if !is_sound
        || !lengths.iter().all(|(part, length)| part.len() == *length && part.bytes().all(is_hex))
    {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

#[cfg(all(test, feature = "otel"))]
mod tests {
    use super::parent;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_parent_is_read() {
        let found = parent(GOOD).unwrap();

        assert_eq!(found.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(found.span_id().to_string(), "00f067aa0ba902b7");
        assert!(found.is_sampled() && found.is_remote());
        assert!(!parent(&GOOD.replace("-01", "-00")).unwrap().is_sampled());
    }

    #[test]
    fn whatever_else_is_sent_is_no_parent() {
        for text in [
            "",
            "00",
            "----",
            &GOOD[..54],
            &format!("{GOOD}-"),
            &format!("{GOOD}0"),
            &GOOD.replace("00-4", "01-4"),
            &GOOD.replace("00-4", "ff-4"),
            &GOOD.to_uppercase(),
            &GOOD.replace("4bf9", "+bf9"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            &"0".repeat(100_000),
        ] {
            assert_eq!(parent(text), None, "{text}");
        }
    }
}
