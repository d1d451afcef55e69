//! The views of an opened trace.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use spanglass_trace::span::SpanId;
use spanglass_trace::views;
use spanglass_trace::views::timeline::{Fold, RowWindow, Stretch, packed};

use super::App;
use super::bounded::{bound, text_at};
use super::error::Failure;
use super::traces::{answer, apart, open, parse};
use super::types::TimelineQuery;
use crate::query::OpenTrace;

/// How many spans a timeline's window may name as collapsed or expanded.
const NAMED_SPANS: usize = 100_000;

/// Whoever accepts this is answered with [`packed`] rows, others with JSON.
const PACKED: &str = "application/octet-stream";

pub(crate) async fn timeline(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    window: Result<Json<TimelineQuery>, JsonRejection>,
) -> Result<Response, Failure> {
    let Json(asked) = window.map_err(|error| Failure::BadRequest(error.body_text()))?;
    if asked.collapsed.len().max(asked.expanded.len()) > NAMED_SPANS {
        return Err(Failure::BadRequest(format!("name at most {NAMED_SPANS} spans; use max_depth for more")));
    }
    let spans = |ids: &[String]| ids.iter().map(|id| parse(id)).collect::<Result<Vec<SpanId>, _>>();
    let window = RowWindow {
        from: asked.from,
        rows: asked.rows,
        collapsed: spans(&asked.collapsed)?,
        max_depth: asked.max_depth,
        expanded: spans(&asked.expanded)?,
        reveal: asked.reveal.as_deref().map(parse).transpose()?,
    };
    let timeline = app.query.timeline(parse(&id)?).await?.ok_or_else(Failure::no_trace)?;
    let is_packed = headers.get(ACCEPT).is_some_and(|accept| accept == PACKED);
    if !is_packed {
        return answer(move || {
            let shown = timeline.shown(Fold::of(&window));
            Ok(timeline.index.among(&shown, timeline.version, &window))
        })
        .await;
    }
    let stretch = Stretch { from_ns: asked.from_ns, to_ns: asked.to_ns, pieces: asked.pieces };
    let buffer = apart(move || {
        let shown = timeline.shown(Fold::of(&window));
        let with_minimap = asked.known != Some(timeline.version);
        Ok(packed(&timeline.index, &shown, timeline.version, &window, stretch, with_minimap))
    });
    Ok(([(CONTENT_TYPE, PACKED)], buffer.await?).into_response())
}

pub(crate) async fn streams(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    answer(move || Ok(views::stream::streams(&trace.trace))).await
}

pub(crate) async fn stream(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let span_id: SpanId = parse(&span)?;
    let trace = open(&app, &id).await?;
    answer(move || {
        views::stream::stream(&trace.trace, span_id).ok_or_else(|| {
            Failure::NotFound("there is no such span in this trace, or its answer was not streamed".into())
        })
    })
    .await
}

pub(crate) async fn ledger(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    answer(move || Ok(views::ledger::ledger(&trace.trace, trace.version))).await
}

pub(crate) async fn conversation(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    bounded(move || Ok(read_conversation(&trace))).await
}

pub(crate) async fn conversation_text(
    State(app): State<App>,
    Path(id): Path<String>,
    pointer: Result<Parameters<TextQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    text(pointer, move || Ok(read_conversation(&trace))).await
}

fn read_conversation(trace: &OpenTrace) -> views::conversation::Conversation {
    views::conversation::conversation(&trace.trace, trace.version)
}

pub(crate) async fn tools(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    bounded(move || Ok(views::tools::tools(&trace.trace, trace.version))).await
}

pub(crate) async fn tools_text(
    State(app): State<App>,
    Path(id): Path<String>,
    pointer: Result<Parameters<TextQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    text(pointer, move || Ok(views::tools::tools(&trace.trace, trace.version))).await
}

/// Answers with long texts cut.
pub(super) async fn bounded<T: Serialize>(
    make: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    answer(move || bound(&make()?).map_err(unwritable)).await
}

/// Which text of an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct TextQuery {
    pointer: String,
}

/// Answers with one whole text of what [`bounded`] answers.
pub(super) async fn text<T: Serialize>(
    pointer: Result<Parameters<TextQuery>, QueryRejection>,
    make: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    let Parameters(asked) = pointer.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let text = apart(move || {
        let text = text_at(&make()?, &asked.pointer).map_err(unwritable)?;
        text.ok_or_else(|| Failure::NotFound(format!("no text is at {:?}; the trace may have grown", asked.pointer)))
    });
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text.await?).into_response())
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Internal(format!("the answer cannot be written: {error}"))
}
