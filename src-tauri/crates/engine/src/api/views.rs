//! The views of an opened trace.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use spanglass_trace::span::SpanId;
use spanglass_trace::views;
use spanglass_trace::views::timeline::{RowWindow, TimelineIndex};

use super::App;
use super::bounded::{bound, text_at};
use super::error::Failure;
use super::traces::{answer, apart, open, parse};
use super::types::TimelineQuery;
use crate::query::OpenTrace;

/// How many spans a timeline's window may name as collapsed or expanded.
const NAMED_SPANS: usize = 100_000;

pub(crate) async fn timeline(
    State(app): State<App>,
    Path(id): Path<String>,
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
    let trace = open(&app, &id).await?;
    answer(move || {
        let index = app.timelines.index(&trace);
        Ok(index.window(&trace.trace, trace.version, &window))
    })
    .await
}

/// The indexes of the timelines looked at last: a scrolling page asks for many windows of one.
#[derive(Clone, Default)]
pub(crate) struct Timelines(Arc<Mutex<VecDeque<IndexOf>>>);

type IndexOf = (Arc<OpenTrace>, Arc<TimelineIndex>);

impl Timelines {
    const KEPT: usize = 3;

    fn index(&self, trace: &Arc<OpenTrace>) -> Arc<TimelineIndex> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = kept().iter().find(|(of, _)| Arc::ptr_eq(of, trace)) {
            return index.clone();
        }
        // Made without the lock: for a large trace this takes a while.
        let index = Arc::new(TimelineIndex::new(&trace.trace));
        let mut kept = kept();
        kept.retain(|(of, _)| of.trace.trace_id != trace.trace.trace_id);
        kept.truncate(Self::KEPT - 1);
        kept.push_front((trace.clone(), index.clone()));
        index
    }
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
