//! The trace list, and traces as a whole.

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};

use spanglass_trace::span::TraceId;
use spanglass_trace::views;

use super::App;
use super::error::Failure;
use super::types::TraceList;
use crate::query::{Filter, OpenTrace};
use crate::share::{self, Form, Viewer};

/// How many rows a page has when nobody says.
const ROWS: u32 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    limit: Option<u32>,
    before: Option<String>,
    filter: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    parameters: Result<Parameters<ListQuery>, QueryRejection>,
) -> Result<Json<TraceList>, Failure> {
    let Parameters(asked) = parameters.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let filter: Filter = asked.filter.parse().map_err(|error| Failure::BadRequest(format!("{error}")))?;
    let before = asked.before.as_deref().filter(|before| !before.is_empty());
    Ok(Json(app.query.traces(asked.limit.unwrap_or(ROWS), before, &filter).await?))
}

pub(crate) async fn head(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    answer(move || Ok(views::summary::head(&trace.trace, trace.row.clone()))).await
}

pub(crate) async fn document(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let trace = open(&app, &id).await?;
    answer(move || Ok(views::document::document(&trace.trace, trace.row.summary.clone()))).await
}

/// What a trace is exported as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    #[default]
    OtlpJson,
    Html,
    Markdown,
    Chrome,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExportQuery {
    format: Format,
}

/// Answers with the trace as a file. What of it cannot be read from disk is left out, which a header says.
pub(crate) async fn export(
    State(app): State<App>,
    Path(id): Path<String>,
    parameters: Result<Parameters<ExportQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let trace_id: TraceId = parse(&id)?;
    let Parameters(asked) = parameters.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let (traces, mut content) = ([trace_id], Vec::new());
    let exported = match asked.format {
        Format::OtlpJson => share::export(&app.query, &traces, &mut content).await?,
        Format::Html => share::page(&app.query, &traces, &Viewer::of(&app.assets)?, &mut content).await?,
        Format::Markdown => share::export_as(&app.query, &traces, Form::Markdown, &mut content).await?,
        Format::Chrome => share::export_as(&app.query, &traces, Form::Chrome, &mut content).await?,
    };
    if exported.traces == 0 {
        return Err(Failure::no_trace());
    }
    let (kind, extension) = match asked.format {
        Format::OtlpJson => ("application/jsonl; charset=utf-8", "jsonl"),
        // To be saved: shown from here it would be one of our own pages.
        Format::Html => ("application/octet-stream", "html"),
        Format::Markdown => ("text/markdown; charset=utf-8", "md"),
        Format::Chrome => ("application/json", "json"),
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"trace-{trace_id}.{extension}\"")),
        (HeaderName::from_static("x-damaged-spans"), exported.damaged.len().to_string()),
    ];
    Ok((headers, content).into_response())
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
    let json = apart(move || {
        let answer = make()?;
        serde_json::to_vec(&answer).map_err(|error| Failure::Internal(format!("the answer cannot be written: {error}")))
    })
    .await?;
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}

/// Runs work on a thread that may block. A panic in it costs the answer, not the program.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::Internal("making this answer failed in a way that is a bug of Spanglass".into()))
    })
}
