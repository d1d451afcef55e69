//! One span, normalised and as sent.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query as Parameters, State};
use axum::response::Response;
use spanglass_trace::span::SpanId;
use spanglass_trace::views::document::{SpanDocument, span_document};

use super::App;
use super::error::Failure;
use super::traces::{open, parse};
use super::views::{TextQuery, bounded, text as one_text};
use crate::query::OpenTrace;

pub(crate) async fn span(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let span_id = parse(&span)?;
    let trace = open(&app, &id).await?;
    bounded(move || document(&trace, span_id)).await
}

pub(crate) async fn text(
    State(app): State<App>,
    Path((id, span)): Path<(String, String)>,
    pointer: Result<Parameters<TextQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let span_id = parse(&span)?;
    let trace = open(&app, &id).await?;
    one_text(pointer, move || document(&trace, span_id)).await
}

fn document(trace: &OpenTrace, span_id: SpanId) -> Result<SpanDocument, Failure> {
    let at = trace.trace.find(span_id).ok_or_else(Failure::no_span)?;
    Ok(span_document(&trace.trace, at))
}
