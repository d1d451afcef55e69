//! Traces as files, less what the rules of redaction take out, and what those would be.

use std::io::sink;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use serde::Deserialize;
use spanglass_trace::span::TraceId;

use super::App;
use super::error::Failure;
use super::traces::parse;
use super::types::{ExportFormat, ExportPreview, ExportProgress, ExportRequest};
use crate::query::Filter;
use crate::share::{self, Form, Rules, Viewer};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OneQuery {
    format: ExportFormat,
    redact: String,
}

/// Answers with one trace as a file. What of it cannot be read from disk is left out, which a header says.
pub(crate) async fn one(
    State(app): State<App>,
    Path(id): Path<String>,
    parameters: Result<Parameters<OneQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let Parameters(asked) = parameters.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let trace_id: TraceId = parse(&id)?;
    file(&app, &[trace_id], asked.format, &parse(&asked.redact)?, "").await
}

/// Answers with traces as one file; as [`one`].
pub(crate) async fn several(
    State(app): State<App>,
    asked: Result<Json<ExportRequest>, JsonRejection>,
) -> Result<Response, Failure> {
    let Json(asked) = asked.map_err(|error| Failure::BadRequest(error.body_text()))?;
    file(&app, &which(&app, &asked).await?, asked.format, &parse(&asked.redact)?, &asked.name).await
}

/// Answers with what an export would hold and what would be taken out of it.
pub(crate) async fn preview(
    State(app): State<App>,
    asked: Result<Json<ExportRequest>, JsonRejection>,
) -> Result<Json<ExportPreview>, Failure> {
    let Json(asked) = asked.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let (trace_ids, rules) = (which(&app, &asked).await?, parse(&asked.redact)?);
    let made = app.exports.begin(&asked.name, trace_ids.len());
    let (exported, findings) =
        share::export_as(&app.query, &trace_ids, &Form::Lines, &rules, &made.progress, &mut sink()).await?;
    Ok(Json(ExportPreview { traces: exported.traces, spans: exported.spans, findings }))
}

/// Answers with how far the export of this name is.
pub(crate) async fn progress(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<ExportProgress>, Failure> {
    let none = || Failure::NotFound("there is no such export; it may be done".into());
    app.exports.progress(&name).map(Json).ok_or_else(none)
}

/// Stops the export of this name, if it is not done.
pub(crate) async fn stop(State(app): State<App>, Path(name): Path<String>) -> StatusCode {
    app.exports.stop(&name);
    StatusCode::NO_CONTENT
}

async fn which(app: &App, asked: &ExportRequest) -> Result<Vec<TraceId>, Failure> {
    if asked.traces.is_empty() {
        let filter: Filter = asked.filter.parse().map_err(|error| Failure::BadRequest(format!("{error}")))?;
        return Ok(share::selected(&app.query, &filter).await?);
    }
    asked.traces.iter().map(|id| parse(id)).collect()
}

async fn file(
    app: &App,
    trace_ids: &[TraceId],
    format: ExportFormat,
    rules: &Rules,
    name: &str,
) -> Result<Response, Failure> {
    let (form, kind, extension) = match format {
        ExportFormat::OtlpJson => (Form::Lines, "application/jsonl; charset=utf-8", "jsonl"),
        // To be saved: shown from here it would be one of our own pages.
        ExportFormat::Html => (Form::Page(Viewer::of(&app.assets)?), "application/octet-stream", "html"),
        ExportFormat::Markdown => (Form::Markdown, "text/markdown; charset=utf-8", "md"),
        ExportFormat::Chrome => (Form::Chrome, "application/json", "json"),
    };
    if format == ExportFormat::Chrome && trace_ids.len() != 1 {
        return Err(Failure::BadRequest("a Chrome trace holds one trace; choose one".into()));
    }
    let mut content = Vec::new();
    let made = app.exports.begin(name, trace_ids.len());
    let (exported, _) = share::export_as(&app.query, trace_ids, &form, rules, &made.progress, &mut content).await?;
    if exported.traces == 0 {
        return Err(Failure::no_trace());
    }
    let name = match trace_ids {
        [trace_id] => format!("trace-{trace_id}"),
        _ => format!("traces-{}", exported.traces),
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{extension}\"")),
        (HeaderName::from_static("x-damaged-spans"), exported.damaged.len().to_string()),
    ];
    Ok((headers, content).into_response())
}
