//! Traces as files, less what the rules of redaction take out, and what those would be.

use std::io::{self, Write, sink};
use std::path::Path as FilePath;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use serde::Deserialize;
use spanglass_trace::span::TraceId;

use super::App;
use super::asked::{Asked, Sent};
use super::error::Failure;
use super::file_body;
use super::traces::parse;
use super::types::{ExportFormat, ExportPreview, ExportProgress, ExportRequest};
use crate::part_file::PartFile;
use crate::query::Filter;
use crate::share::{self, ExportError, Exported, Form, Rules, Viewer};

/// How much of a file is made in memory before it goes to disk.
const IN_MEMORY: usize = 4 << 20;

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
    Asked(asked): Asked<OneQuery>,
) -> Result<Response, Failure> {
    let trace_id: TraceId = parse(&id)?;
    file(&app, &[trace_id], asked.format, &parse(&asked.redact)?, "").await
}

/// Answers with traces as one file; as [`one`].
pub(crate) async fn several(State(app): State<App>, Sent(asked): Sent<ExportRequest>) -> Result<Response, Failure> {
    file(&app, &which(&app, &asked).await?, asked.format, &parse(&asked.redact)?, &asked.name).await
}

/// Answers with what an export would hold and what would be taken out of it.
pub(crate) async fn preview(
    State(app): State<App>,
    Sent(asked): Sent<ExportRequest>,
) -> Result<Json<ExportPreview>, Failure> {
    let (trace_ids, rules) = (which(&app, &asked).await?, parse(&asked.redact)?);
    let made = app.exports.begin(&asked.name, trace_ids.len());
    let _turn = app.room.export().await;
    let (exported, findings) =
        share::export_as(&app.query, &trace_ids, &Form::Lines, &rules, &made.progress, &mut sink()).await?;
    Ok(Json(ExportPreview { traces: exported.traces, spans: exported.spans, findings }))
}

/// Answers with how far the export of this name is; null when there is none, for it is done or has not begun.
pub(crate) async fn progress(State(app): State<App>, Path(name): Path<String>) -> Json<Option<ExportProgress>> {
    Json(app.exports.progress(&name))
}

/// Stops the export of this name, if it is not done.
pub(crate) async fn stop(State(app): State<App>, Path(name): Path<String>) -> StatusCode {
    app.exports.stop(&name);
    StatusCode::NO_CONTENT
}

async fn which(app: &App, asked: &ExportRequest) -> Result<Vec<TraceId>, Failure> {
    if asked.traces.is_empty() {
        let filter: Filter = asked.filter.parse().map_err(Failure::BadFilter)?;
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
    let (kind, extension) = match format {
        ExportFormat::OtlpJson => ("application/jsonl; charset=utf-8", "jsonl"),
        // To be saved: shown from here it would be one of our own pages.
        ExportFormat::Html => ("application/octet-stream", "html"),
        ExportFormat::Markdown => ("text/markdown; charset=utf-8", "md"),
        ExportFormat::Chrome => ("application/json", "json"),
    };
    let form = form(app, format, trace_ids)?;
    // Beside the data, if anything can be written there: what is large lies on disk until it is sent, and goes with its last byte.
    let folder = if app.query.is_writable() { app.data_dir.clone() } else { std::env::temp_dir() };
    let mut content = tempfile::spooled_tempfile_in(IN_MEMORY, folder);
    let exported = write(app, trace_ids, &form, rules, name, &mut content).await?;
    let body = file_body::of(content).await.map_err(ExportError::from)?;
    let name = match trace_ids {
        [trace_id] => format!("trace-{trace_id}"),
        _ => format!("traces-{}", exported.traces),
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{extension}\"")),
        (HeaderName::from_static("x-damaged-spans"), exported.damaged.len().to_string()),
    ];
    Ok((headers, body).into_response())
}

fn form(app: &App, format: ExportFormat, trace_ids: &[TraceId]) -> Result<Form, Failure> {
    Ok(match format {
        ExportFormat::OtlpJson => Form::Lines,
        ExportFormat::Html => Form::Page(Viewer::of(&app.assets)?),
        ExportFormat::Markdown => Form::Markdown,
        ExportFormat::Chrome if trace_ids.len() == 1 => Form::Chrome,
        ExportFormat::Chrome => return Err(Failure::BadRequest("a Chrome trace holds one trace; choose one".into())),
    })
}

async fn write(
    app: &App,
    trace_ids: &[TraceId],
    form: &Form,
    rules: &Rules,
    name: &str,
    out: &mut impl Write,
) -> Result<Exported, Failure> {
    let made = app.exports.begin(name, trace_ids.len());
    let _turn = app.room.export().await;
    let (exported, _) = share::export_as(&app.query, trace_ids, form, rules, &made.progress, out).await?;
    if exported.traces == 0 {
        return Err(Failure::no_trace());
    }
    Ok(exported)
}

/// Writes traces to files of this machine, for a window that asked its person where.
#[derive(Clone)]
pub struct Exporter(App);

impl Exporter {
    pub(crate) fn new(app: App) -> Self {
        Self(app)
    }

    /// Writes what was asked for as it is read. The file is whole, or as it was before. How far it is, and a way to stop it, are
    /// where they are for every export of that name.
    ///
    /// # Errors
    ///
    /// A sentence that says why there is no file.
    pub async fn to_file(&self, asked: &ExportRequest, path: &FilePath) -> Result<(), String> {
        let Self(app) = self;
        let writing = |error: io::Error| format!("{} could not be written: {error}", path.display());
        let to_file = async {
            let (trace_ids, rules) = (which(app, asked).await?, parse(&asked.redact)?);
            let form = form(app, asked.format, &trace_ids)?;
            let mut file = PartFile::create(path).map_err(|error| Failure::Unavailable(writing(error)))?;
            write(app, &trace_ids, &form, &rules, &asked.name, &mut file).await?;
            share::aside(|| file.finish()).map_err(|error| Failure::Unavailable(writing(error)))
        };
        to_file.await.map_err(|failure| failure.to_string())
    }
}
