//! The trace list, and traces as a whole; as files they are the business of [`super::export`].

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};

use spanglass_trace::views::document::write_piece;

use super::App;
use super::asked::Asked;
use super::error::Failure;
use super::made_body;
use super::types::{Completions, ReadSoFar, TraceList};
use crate::query::{Filter, OpenTrace};

/// How many spans of a trace document are made at once, and how many bytes suffice.
const PIECE_SPANS: usize = 64;
const PIECE: usize = 256 << 10;

/// How many rows a page has when nobody says.
const ROWS: u32 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    limit: Option<u32>,
    before: Option<String>,
    filter: String,
    /// How many places of the filter's texts are told of each trace; left out = one.
    hits: Option<u32>,
}

pub(crate) async fn list(State(app): State<App>, Asked(asked): Asked<ListQuery>) -> Result<Json<TraceList>, Failure> {
    let filter: Filter = asked.filter.parse()?;
    let before = asked.before.as_deref().filter(|before| !before.is_empty());
    let (limit, hits) = (asked.limit.unwrap_or(ROWS), asked.hits.unwrap_or(1));
    Ok(Json(app.query.traces_with_hits(limit, before, &filter, hits).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CompleteQuery {
    filter: String,
    /// In characters; left out = at the end.
    at: Option<usize>,
}

/// Offers how to go on writing a filter.
pub(crate) async fn complete(
    State(app): State<App>,
    Asked(asked): Asked<CompleteQuery>,
) -> Result<Json<Completions>, Failure> {
    Ok(Json(app.query.complete(asked.filter, asked.at.unwrap_or(usize::MAX)).await?))
}

pub(crate) async fn head(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let head = app.query.head(parse(&id)?).await?.ok_or_else(Failure::no_trace)?;
    answer(move || Ok(head)).await
}

/// Answers with how far the reading of a trace is; null when it is not being read.
pub(crate) async fn reading(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Option<ReadSoFar>>, Failure> {
    Ok(Json(app.query.read_so_far(parse(&id)?)))
}

pub(crate) async fn document(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    // A document says most of a span twice: as it was sent, and as it was read.
    let room = app.room.sending(2 * trace.largest).await;
    let spans = trace.trace.spans.len();
    // A trace without spans has a document all the same.
    let pieces = (0..spans.max(1)).step_by(PIECE_SPANS).map(move |from| from..(from + PIECE_SPANS).min(spans));
    let body = made_body::of(pieces, app.room.turns(), move |piece| {
        let mut text = Vec::with_capacity(PIECE);
        let rest = write_piece(&trace.trace, &trace.row.summary, piece, PIECE, &mut text)?;
        Ok((room.clone().with(text), Some(rest).filter(|rest| !rest.is_empty())))
    });
    Ok(([(CONTENT_TYPE, "application/json")], body.await?).into_response())
}

/// Answers with the trace of the same name in which nothing failed that began last before this one; null when there is none.
pub(crate) async fn good_before(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Option<String>>, Failure> {
    app.query.good_before(parse(&id)?).await?.map(Json).ok_or_else(Failure::no_trace)
}

/// Whose failure comes next.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FailureQuery {
    after: Option<String>,
}

/// Answers with the next failed span, where a failure began before what failed with it, round to the first; null when none failed.
pub(crate) async fn next_failure(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<FailureQuery>,
) -> Result<Response, Failure> {
    let after = asked.after.as_deref().map(parse).transpose()?;
    let timeline = app.query.timeline(parse(&id)?).await?.ok_or_else(Failure::no_trace)?;
    answer(move || Ok(timeline.index.next_failure(after).map(|span_id| span_id.to_string()))).await
}

pub(crate) async fn delete(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    match app.query.delete(&[parse(&id)?]).await? {
        0 => Err(Failure::no_trace()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// Opens the trace a path names.
pub(super) async fn open(app: &App, id: &str) -> Result<Arc<OpenTrace>, Failure> {
    app.query.open(parse(id)?).await?.ok_or_else(Failure::no_trace)
}

/// Reads an id from a path.
pub(super) fn parse<T: FromStr<Err: std::fmt::Display>>(id: &str) -> Result<T, Failure> {
    id.parse().map_err(|error| Failure::BadRequest(format!("{error}")))
}

/// Makes an answer on a thread that may take its time: a view of a large trace is many milliseconds of work.
pub(super) async fn answer<T: Serialize>(
    make: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    written(move || serde_json::to_vec(&make()?).map_err(unwritable)).await
}

/// Makes an answer as [`answer`] does, of JSON.
pub(super) async fn written(
    write: impl FnOnce() -> Result<Vec<u8>, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    Ok(([(CONTENT_TYPE, "application/json")], apart(write).await?).into_response())
}

pub(super) fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Internal(format!("the answer cannot be written: {error}"))
}

/// Runs work on a thread that may block. A panic in it costs the answer, not the program.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::Internal("making this answer failed in a way that is a bug of Spanglass".into()))
    })
}
