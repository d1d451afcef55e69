//! Where what a transcript shows stands in the documents of the spans, so that what was cut is read in full there: a span id and a
//! JSON pointer.

use serde_json::Value;
use spanglass_trace::reading::{Message, Part};
use spanglass_trace::span::SpanId;
use spanglass_trace::views::conversation::{MessageView, ToolCallView};
use spanglass_trace::views::{ReadSpan, ReadTrace};

use super::failures;

/// The trace whose places are named.
#[derive(Clone, Copy)]
pub(super) struct Places<'a>(pub(super) &'a ReadTrace);

impl<'a> Places<'a> {
    /// Returns where the text of a message's part stands.
    pub(super) fn part(self, span_id: &str, message: &MessageView, part: &Part) -> String {
        let at = self.said(span_id, message).and_then(|said| said.parts.iter().position(|said| said == part));
        // What no message says stands as a message that is a value.
        let Some(at) = at else { return format!("{span_id} {}", message.pointer) };
        let within = match part {
            Part::Text { .. } | Part::Reasoning { .. } | Part::Refusal { .. } => "/text",
            Part::ToolCall { .. } => "/arguments",
            Part::ToolResult { .. } => "/result",
            Part::Json { .. } => "/value",
            Part::Image(_) | Part::Audio(_) | Part::Video(_) | Part::File(_) => "",
        };
        format!("{span_id} {}/parts/{at}{within}", message.pointer)
    }

    /// Returns where the arguments of a tool call stand.
    pub(super) fn arguments(self, span_id: &str, message: &MessageView, call: &ToolCallView) -> String {
        let parts = self.said(span_id, message).map(|said| said.parts.iter()).unwrap_or_default();
        let is_call = |part: &&Part| matches!(part, Part::ToolCall { id, arguments, .. } if *id == call.id && *arguments == call.arguments);
        let part = parts.clone().find(is_call);
        part.map_or_else(|| format!("{span_id} {}", message.pointer), |part| self.part(span_id, message, part))
    }

    /// Returns where the result of a tool call stands: in what the model was told of it, else where it was executed.
    pub(super) fn result(self, call: &ToolCallView) -> Option<String> {
        let result = call.result.as_ref()?;
        let told = call.answered_in.as_deref().and_then(|span_id| {
            let messages = self.span(span_id)?.reading.input.messages.as_deref()?;
            let places = (0..).zip(messages).flat_map(|(at, message)| {
                (0..).zip(&message.parts).map(move |(part, said)| (format!("/input/messages/{at}/parts/{part}"), said))
            });
            let is_result = |said: &Part| match said {
                Part::ToolResult { id, result: said, .. } if said == result => Some(*id == call.id),
                _ => None,
            };
            // Of results that say the same, the one with the call's id.
            let found = places.filter_map(|(place, said)| is_result(said).map(|is_named| (is_named, place)));
            found.max_by_key(|(is_named, _)| *is_named).map(|(_, place)| format!("{span_id} {place}/result"))
        });
        told.or_else(|| {
            let span_id = call.executed_by.as_deref()?;
            let tool = self.span(span_id)?.reading.tool.as_ref();
            let of_tool = tool.is_some_and(|tool| tool.result.as_ref() == Some(result));
            Some(format!("{span_id} {}", if of_tool { "/tool/result" } else { "/output/value" }))
        })
    }

    /// Returns where it stands what went wrong in a span.
    pub(super) fn error(self, span_id: &str) -> String {
        let error = self.span(span_id).and_then(|read| read.reading.error.as_ref());
        let pointer = match error {
            Some(error) if failures::reason(error).is_some() => "/error",
            Some(error) if error.message.is_some() => "/error/message",
            Some(_) => "/error/type",
            None => "/status/message",
        };
        format!("{span_id} {pointer}")
    }

    /// Returns where a value stands that a span was given.
    pub(super) fn given(self, span_id: &str, value: Option<&Value>) -> String {
        let read = self.span(span_id).map(|read| &read.reading);
        let of_tool = read.and_then(|reading| reading.tool.as_ref()?.arguments.as_ref());
        let pointer = match read.and_then(|reading| reading.input.value.as_ref()) {
            _ if value.is_some() && of_tool == value => "/tool/arguments",
            given if given.is_some() && given == value => "/input/value",
            _ => "/input",
        };
        format!("{span_id} {pointer}")
    }

    /// Returns where a value stands that a span answered.
    pub(super) fn answered(self, span_id: &str, value: Option<&Value>) -> String {
        let read = self.span(span_id).map(|read| &read.reading);
        let of_tool = read.and_then(|reading| reading.tool.as_ref()?.result.as_ref());
        let pointer = match read {
            _ if value.is_some() && of_tool == value => "/tool/result",
            Some(reading) if value.is_some() && reading.output.value.as_ref() == value => "/output/value",
            Some(reading) if reading.output.messages.is_none() && !reading.documents.is_empty() => "/documents",
            _ => "/output",
        };
        format!("{span_id} {pointer}")
    }

    fn span(self, span_id: &str) -> Option<&'a ReadSpan> {
        let span_id: SpanId = span_id.parse().ok()?;
        Some(&self.0.spans[self.0.find(span_id)?])
    }

    /// Returns the message as it was sent: what is shown of it may be less.
    fn said(self, span_id: &str, message: &MessageView) -> Option<&'a Message> {
        let reading = &self.span(span_id)?.reading;
        let (side, at) = message.pointer.rsplit_once("/messages/")?;
        let messages = if side == "/input" { &reading.input.messages } else { &reading.output.messages };
        messages.as_ref()?.get(at.parse::<usize>().ok()?)
    }
}
