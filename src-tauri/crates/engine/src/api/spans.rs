//! One span, normalised and as sent.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde_json::Value;
use spanglass_trace::span::{SpanId, TraceId};
use spanglass_trace::views::document::{InspectedSpan, SpanDocument, span_document};

use super::App;
use super::asked::{Asked, Sent};
use super::bounded::bound;
use super::error::Failure;
use super::texts::{Cut, TextQuery, outline_ahead, text as one_text, tree};
use super::traces::{answer, apart, parse, unwritable};
use super::types::{Bounded, JsonTreeQuery};
use crate::query::OpenTrace;
use crate::share::request_of;

pub(crate) async fn span(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let made = cut(&app, &id, &span).await?;
    let room = app.room.making(made.bytes).await;
    let inspected = apart(room.during(|| bound(&(made.make)()?).map_err(unwritable))).await?;
    if let Some(pointer) = largest_json(&inspected) {
        outline_ahead(&app, cut(&app, &id, &span).await?, pointer);
    }
    answer(move || Ok(inspected)).await
}

/// JSON of so many bytes is outlined before it is asked for.
const WORTH_IT: u64 = 1 << 20;

/// Returns where the largest text of an answer is that stands cut in it and is JSON by its first sign, if it is large: whoever
/// asks for the span looks at it next.
fn largest_json(answer: &Bounded<Value>) -> Option<String> {
    let (pointer, bytes) = answer.cut.iter().max_by_key(|(_, bytes)| **bytes)?;
    let first = answer.value.pointer(pointer)?.as_str()?.trim_start().chars().next();
    (*bytes >= WORTH_IT && matches!(first, Some('{' | '['))).then(|| pointer.clone())
}

pub(crate) async fn text(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
    Asked(pointer): Asked<TextQuery>,
) -> Result<Response, Failure> {
    one_text(&app, cut(&app, &id, &span).await?, pointer).await
}

pub(crate) async fn json(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
    Sent(asked): Sent<JsonTreeQuery>,
) -> Result<Response, Failure> {
    tree(&app, cut(&app, &id, &span).await?, asked).await
}

async fn cut(
    app: &App,
    id: &str,
    span: &str,
) -> Result<Cut<impl FnOnce() -> Result<InspectedSpan, Failure> + Send + use<>>, Failure> {
    let (trace_id, span_id): (TraceId, SpanId) = (parse(id)?, parse(span)?);
    let trace = app.query.open_around(trace_id, span_id).await?.ok_or_else(Failure::no_trace)?;
    let timeline = app.query.timeline(trace_id).await?.ok_or_else(Failure::no_trace)?;
    let place = format!("{id} {span} {}", trace.version);
    let bytes = trace.largest;
    let make = move || Ok(InspectedSpan { span: document(&trace, span_id)?, own_ns: timeline.index.own_ns(span_id) });
    Ok(Cut { place, bytes, make })
}

pub(crate) async fn otlp(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (trace_id, span_id): (TraceId, SpanId) = (parse(&id)?, parse(&span)?);
    let trace = app.query.open_around(trace_id, span_id).await?.ok_or_else(Failure::no_trace)?;
    if trace.trace.spans.iter().any(|read| read.from_logs && read.span.span_id == span_id) {
        return Err(Failure::NotFound(FROM_LOGS.into()));
    }
    let room = app.room.sending(trace.largest).await;
    let making = app.room.making(trace.largest).await;
    let span = app.query.raw_span(trace_id, span_id).await?.ok_or_else(Failure::no_span)?;
    let span = span.map_err(|damage| Failure::Unavailable(damage.reason))?;
    let json = apart(making.during(move || Ok(request_of(&span))));
    Ok(([(CONTENT_TYPE, "application/json")], room.with(json.await?)).into_response())
}

const FROM_LOGS: &str =
    "this span was not received: it is made of log records, which stand in the export of the trace as they came";

const MISSING: &str = "this span was not received: others name it as their parent. It may still come, or was never sent (left out by sampling, \
     exported elsewhere, or lost when its program ended)";

fn document(trace: &OpenTrace, span_id: SpanId) -> Result<SpanDocument, Failure> {
    let is_missing = || trace.trace.tree.missing.iter().any(|missing| missing.span_id == span_id);
    let absent = || if is_missing() { Failure::NotFound(MISSING.into()) } else { Failure::no_span() };
    let at = trace.trace.find(span_id).ok_or_else(absent)?;
    Ok(span_document(&trace.trace, at))
}
