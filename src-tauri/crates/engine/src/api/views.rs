//! The views of an opened trace.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use spanglass_trace::span::SpanId;
use spanglass_trace::views;
use spanglass_trace::views::ledger::{Column, Ledger};
use spanglass_trace::views::timeline::{Fold, RowWindow, Stretch, packed};
use spanglass_trace::views::tools::{Tools, ToolsRow};
use spanglass_trace::views::transcript::{Transcript, TranscriptRow};

use super::App;
use super::asked::{Asked, Sent};
use super::bounded::bound;
use super::error::Failure;
use super::room::MAKING;
use super::texts::{Cut, TextQuery, text, tree};
use super::traces::{answer, apart, open, parse, unwritable, written};
use super::types::{JsonTreeQuery, TimelineQuery};

/// How many spans a timeline's window may name as collapsed or expanded.
const NAMED_SPANS: usize = 100_000;

/// Whoever accepts this is answered with [`packed`] rows, others with JSON.
const PACKED: &str = "application/octet-stream";

pub(crate) async fn timeline(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Sent(asked): Sent<TimelineQuery>,
) -> Result<Response, Failure> {
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
        alike: asked.alike,
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

/// Which rows of a ledger.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct LedgerQuery {
    from: u32,
    rows: u32,
}

impl Default for LedgerQuery {
    fn default() -> Self {
        Self { from: 0, rows: 200 }
    }
}

pub(crate) async fn ledger(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(LedgerQuery { from, rows }): Asked<LedgerQuery>,
) -> Result<Response, Failure> {
    let ledger = open_ledger(&app, &id).await?;
    written(move || serde_json::to_vec(&ledger.window(from, rows)).map_err(unwritable)).await
}

/// Which total.
#[derive(Debug, Deserialize)]
pub(crate) struct SumQuery {
    column: Column,
}

pub(crate) async fn ledger_sum(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(SumQuery { column }): Asked<SumQuery>,
) -> Result<Response, Failure> {
    let ledger = open_ledger(&app, &id).await?;
    answer(move || Ok(ledger.sum(column))).await
}

/// Which agent: by its place, else by the span of one of its calls.
#[derive(Debug, Deserialize)]
pub(crate) struct ChartQuery {
    agent: Option<u32>,
    span: Option<String>,
}

pub(crate) async fn ledger_chart(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(ChartQuery { agent, span }): Asked<ChartQuery>,
) -> Result<Response, Failure> {
    let ledger = open_ledger(&app, &id).await?;
    answer(move || Ok(ledger.chart(agent, span.as_deref()))).await
}

async fn open_ledger(app: &App, id: &str) -> Result<Arc<Ledger>, Failure> {
    app.query.ledger(parse(id)?).await?.ok_or_else(Failure::no_trace)
}

/// Which rows of a transcript, or of tools.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WindowQuery {
    from: u32,
    /// Left out = as many as one answer holds.
    rows: Option<u32>,
    /// The key or the span of the row in whose middle the window lies, or the name of its tool.
    around: Option<String>,
}

pub(crate) async fn conversation(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<WindowQuery>,
) -> Result<Response, Failure> {
    let transcript = transcript(&app, &id).await?;
    let around = asked.around.filter(|name| !name.is_empty());
    answer(move || {
        let window = transcript.window(asked.from, asked.rows.unwrap_or(u32::MAX), around.as_deref());
        bound(&window).map_err(unwritable)
    })
    .await
}

/// Which words.
#[derive(Debug, Deserialize)]
pub(crate) struct FindQuery {
    text: String,
}

pub(crate) async fn conversation_find(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<FindQuery>,
) -> Result<Response, Failure> {
    let transcript = transcript(&app, &id).await?;
    answer(move || Ok(transcript.find(&asked.text))).await
}

/// Pointers lead into the row that `row` names.
pub(crate) async fn conversation_text(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<TextQuery>,
) -> Result<Response, Failure> {
    let row = asked.row.clone();
    text(&app, cut_row(&app, &id, row).await?, asked).await
}

/// Pointers lead into the row that `row` names.
pub(crate) async fn conversation_json(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent(asked): Sent<JsonTreeQuery>,
) -> Result<Response, Failure> {
    let row = asked.row.clone();
    tree(&app, cut_row(&app, &id, row).await?, asked).await
}

async fn cut_row(
    app: &App,
    id: &str,
    row: Option<String>,
) -> Result<Cut<impl FnOnce() -> Result<TranscriptRow, Failure> + Send + use<>>, Failure> {
    let transcript = transcript(app, id).await?;
    let row = row.unwrap_or_default();
    let place = format!("{id} conversation {} {row}", transcript.version());
    let make = move || {
        let gone = || Failure::NotFound(format!("the transcript has no row {row:?}; the trace may have changed"));
        transcript.row(&row).cloned().ok_or_else(gone)
    };
    // How large a row is nobody knows before it is written.
    Ok(Cut { place, bytes: MAKING / 2, make })
}

async fn transcript(app: &App, id: &str) -> Result<Arc<Transcript>, Failure> {
    app.query.transcript(parse(id)?).await?.ok_or_else(Failure::no_trace)
}

pub(crate) async fn tools(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<WindowQuery>,
) -> Result<Response, Failure> {
    let tools = open_tools(&app, &id).await?;
    let around = asked.around.filter(|name| !name.is_empty());
    answer(move || {
        let window = tools.window(asked.from, asked.rows.unwrap_or(u32::MAX), around.as_deref());
        bound(&window).map_err(unwritable)
    })
    .await
}

/// Pointers lead into the row that `row` names.
pub(crate) async fn tools_text(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<TextQuery>,
) -> Result<Response, Failure> {
    let row = asked.row.clone();
    text(&app, cut_tools(&app, &id, row).await?, asked).await
}

/// Pointers lead into the row that `row` names.
pub(crate) async fn tools_json(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent(asked): Sent<JsonTreeQuery>,
) -> Result<Response, Failure> {
    let row = asked.row.clone();
    tree(&app, cut_tools(&app, &id, row).await?, asked).await
}

async fn cut_tools(
    app: &App,
    id: &str,
    row: Option<String>,
) -> Result<Cut<impl FnOnce() -> Result<ToolsRow<'static>, Failure> + Send + use<>>, Failure> {
    let tools = open_tools(app, id).await?;
    let row = row.unwrap_or_default();
    let place = format!("{id} tools {} {row}", tools.version);
    let make = move || {
        let gone = || Failure::NotFound(format!("the tools have no row {row:?}; the trace may have changed"));
        tools.row(&row).map(ToolsRow::into_owned).ok_or_else(gone)
    };
    Ok(Cut { place, bytes: MAKING / 2, make })
}

async fn open_tools(app: &App, id: &str) -> Result<Arc<Tools>, Failure> {
    app.query.tools(parse(id)?).await?.ok_or_else(Failure::no_trace)
}
