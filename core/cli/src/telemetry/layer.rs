//! Collects spans while they live, and hands them on when they end.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::batch::{Event, Span};

/// A line a span; a span that tells more than this lost its sense.
const EVENTS_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Spans(Gate);

/// Where spans go until it is closed.
#[derive(Debug, Clone)]
pub(super) struct Gate(Arc<Mutex<Option<Sender<Span>>>>);

impl Gate {
    pub(super) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn pass(&self, span: Span) {
        let gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*gate {
            // Where too many wait, this one is lost: nobody waits for a trace.
            let _ = sender.try_send(span);
        }
    }
}

impl Spans {
    pub(super) fn new(sender: Sender<Span>) -> (Self, Gate) {
        let gate = Gate(Arc::new(Mutex::new(Some(sender))));
        (Self(gate.clone()), gate)
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn on_new_span(&self, about: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            let parent = extensions.get::<Span>()?;
            Some((parent.trace.clone(), parent.id.clone()))
        });
        let (trace, parent) = match above {
            Some((trace, parent)) => (trace, Some(parent)),
            None => (random(), None),
        };
        let mut fields = Fields::default();
        about.record(&mut fields);
        let now = SystemTime::now();
        span.extensions_mut().insert(Span {
            trace,
            id: random()[..16].to_owned(),
            parent,
            name: span.name(),
            started: now,
            ended: now,
            attributes: fields.fields,
            events: Vec::new(),
            failed: false,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(span) = span.extensions_mut().get_mut::<Span>() {
            span.attributes.extend(fields.fields);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(span) = span.extensions_mut().get_mut::<Span>() {
            span.failed |= *event.metadata().level() == Level::ERROR;
            if span.events.len() < EVENTS_MAX {
                span.events.push(Event {
                    at: SystemTime::now(),
                    message: fields.message,
                    attributes: fields.fields,
                });
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        let ended = span.extensions_mut().remove::<Span>();
        if let Some(mut ended) = ended {
            ended.ended = SystemTime::now();
            self.0.pass(ended);
        }
    }
}

/// 128 random bits in hexadecimal.
fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[derive(Default)]
struct Fields {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push((field.name(), json!(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push((field.name(), json!(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), json!(value)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), json!(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields
                .push((field.name(), json!(format!("{value:?}"))));
        }
    }
}
