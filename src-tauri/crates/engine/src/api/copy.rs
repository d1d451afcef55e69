//! A trace, or one span of it, as text to be pasted elsewhere.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use spanglass_trace::shapes::requests::request;
use spanglass_trace::span::{SpanId, TraceId};
use spanglass_trace::views::conversation::{Block, conversation};

use super::App;
use super::asked::Asked;
use super::error::Failure;
use super::traces::{apart, parse};
use crate::query::OpenTrace;
use crate::share::{Reader, curl, python, transcript};

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum As {
    /// A person.
    Text,
    /// A model.
    Model,
    /// A shell.
    Curl,
    /// Python.
    Python,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CopyQuery {
    r#as: As,
    span: Option<String>,
}

pub(crate) async fn copy(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<CopyQuery>,
) -> Result<Response, Failure> {
    let trace_id: TraceId = parse(&id)?;
    let span: Option<SpanId> = asked.span.as_deref().map(parse).transpose()?;
    let trace = match span {
        Some(span) => app.query.open_around(trace_id, span).await?,
        None => app.query.open(trace_id).await?,
    };
    let trace = trace.ok_or_else(Failure::no_trace)?;
    let room = app.room.sending(trace.bytes).await;
    let making = app.room.making(trace.bytes).await;
    let text = apart(making.during(move || match asked.r#as {
        As::Text => said(&trace, span, Reader::Person),
        As::Model => said(&trace, span, Reader::Model),
        As::Curl => Ok(curl(&asked_again(&trace, span)?)),
        As::Python => Ok(python(&asked_again(&trace, span)?)),
    }));
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], room.with(text.await?)).into_response())
}

/// Returns the transcript of the trace, or of a span and what is below it.
fn said(trace: &OpenTrace, span: Option<SpanId>, reader: Reader) -> Result<String, Failure> {
    let conversation = conversation(&trace.trace, trace.version);
    let Some(span) = span else { return Ok(transcript(&conversation.blocks, reader)) };
    let at = trace.trace.find(span).ok_or_else(Failure::no_span)?;
    let below = at..=at + trace.trace.tree.descendants[at] as usize;
    let ids: Vec<String> = below.map(|place| trace.trace.spans[place].span.span_id.to_string()).collect();
    let is_of_it = |block: &&Block| ids.iter().any(|id| id == block.span_id());
    let text = transcript(conversation.blocks.iter().filter(is_of_it), reader);
    match text.is_empty() {
        true => {
            Err(Failure::NotFound("nothing was said in this span, or it stands in the transcript of another".into()))
        }
        false => Ok(text),
    }
}

fn asked_again(trace: &OpenTrace, span: Option<SpanId>) -> Result<spanglass_trace::shapes::requests::Request, Failure> {
    let at = span.and_then(|span| trace.trace.find(span)).ok_or_else(Failure::no_span)?;
    let not_recorded = || Failure::NotFound("what was asked was not recorded: there is nothing to send again".into());
    request(&trace.trace.spans[at].reading).ok_or_else(not_recorded)
}
