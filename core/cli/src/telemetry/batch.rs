//! Spans as the protocol has them in JSON (OTLP 1.x: hexadecimal ids, 64-bit numbers as texts).

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// The protocol's kind for what happens within a program.
const INTERNAL: u8 = 1;
const STATUS_UNSET: u8 = 0;
const STATUS_ERROR: u8 = 2;

/// A span that has ended.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) name: &'static str,
    pub(super) started: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) events: Vec<Event>,
    pub(super) failed: bool,
}

/// A line of the log within a span.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) at: SystemTime,
    pub(super) message: String,
    pub(super) attributes: Vec<(&'static str, Value)>,
}

pub(super) fn batch(spans: &[Span]) -> Vec<u8> {
    let resource = [
        ("service.name", json!("counterfoil")),
        ("service.version", json!(env!("CARGO_PKG_VERSION"))),
    ];
    let batch = json!({
        "resourceSpans": [{
            "resource": { "attributes": attributes(&resource) },
            "scopeSpans": [{
                "scope": { "name": "counterfoil" },
                "spans": spans.iter().map(span).collect::<Vec<_>>(),
            }],
        }],
    });
    batch.to_string().into_bytes()
}

fn span(span: &Span) -> Value {
    let status = if span.failed {
        STATUS_ERROR
    } else {
        STATUS_UNSET
    };
    let events = span.events.iter().map(|event| {
        json!({
            "timeUnixNano": nanos(event.at),
            "name": event.message,
            "attributes": attributes(&event.attributes),
        })
    });
    json!({
        "traceId": span.trace,
        "spanId": span.id,
        "parentSpanId": span.parent.as_deref().unwrap_or_default(),
        "name": span.name,
        "kind": INTERNAL,
        "startTimeUnixNano": nanos(span.started),
        "endTimeUnixNano": nanos(span.ended),
        "attributes": attributes(&span.attributes),
        "events": events.collect::<Vec<_>>(),
        "status": { "code": status },
    })
}

fn attributes(attributes: &[(&'static str, Value)]) -> Value {
    let attribute = |(key, value): &(&'static str, Value)| {
        let value = match value {
            Value::Bool(truth) => json!({ "boolValue": truth }),
            Value::Number(number) => json!({ "intValue": number.to_string() }),
            Value::String(text) => json!({ "stringValue": text }),
            other => json!({ "stringValue": other.to_string() }),
        };
        json!({ "key": key, "value": value })
    };
    attributes.iter().map(attribute).collect()
}

fn nanos(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}
