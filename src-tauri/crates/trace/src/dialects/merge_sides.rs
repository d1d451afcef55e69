//! What went in and came out, and the stream it came in, from what all dialects propose.

use serde_json::Value;

use super::cut::is_of as is_cut;
use super::merge::{Proposals, sorted, take_best};
use super::precedence::{MESSAGES, OTHERS, VALUES, rank};
use super::proposal::{Found, Proposal, Side, Streamed};
use crate::reading::{FieldGroup, Message, Part, Reading, Stream};
use crate::span::Span;

/// By how much two clocks of one program disagree at most, in nanoseconds.
const CLOCKS: u64 = 1_000_000;

pub(super) fn merge_sides(span: &Span, reading: &mut Reading, proposals: &mut Proposals, cut: &[String]) {
    let dropped = span.dropped_attributes > 0;
    let (source, messages, value) = merge_side(proposals, |found| &mut found.input, dropped, cut);
    (reading.input.messages, reading.input.value) = (messages, value);
    if let Some(messages) = &mut reading.input.messages {
        add_instructions(messages, proposals);
    }
    reading.sources.extend(source.map(|source| (FieldGroup::Input, source)));
    let (source, messages, value) = merge_side(proposals, |found| &mut found.output, dropped, cut);
    (reading.output.messages, reading.output.value) = (messages, value);
    reading.output.finish_reasons = finish_reasons(proposals, source.as_deref());
    reading.sources.extend(source.map(|source| (FieldGroup::Output, source)));
}

fn instructs(message: &Message) -> bool {
    matches!(message.role.as_str(), "system" | "developer")
}

type Chosen = (Option<String>, Option<Vec<Message>>, Option<Value>);

fn merge_side(proposals: &mut Proposals, of: fn(&mut Proposal) -> &mut Side, dropped: bool, cut: &[String]) -> Chosen {
    // A payload may be a provider's without a message in it; one that was cut is behind those that were not. Where attributes are
    // missing, a source that kept more of the conversation is nearer to what happened. Who knows nothing but the instructions
    // knows less of it than anyone else.
    let kept = |found: &Found<Vec<Message>>| {
        let messages = found.value.len();
        let known = messages.min(1) + usize::from(!found.value.iter().all(instructs));
        (known, !is_cut(cut, &found.key), if dropped { messages } else { 0 })
    };
    let said = take_best(proposals, MESSAGES, |found| &mut of(found).messages, kept);
    if let Some((source, messages)) = said.filter(|(_, messages)| !messages.is_empty()) {
        return (Some(source), Some(messages), None);
    }
    // `{}` and `""` are written for "nothing" and must not hide another source's value.
    let is_full = |found: &Found<Value>| !matches!(&found.value, Value::Object(entries) if entries.is_empty());
    match take_best(proposals, VALUES, |found| &mut of(found).value, is_full) {
        Some((source, value)) => (Some(source), None, Some(value)),
        None => (None, None, None),
    }
}

/// Puts what the model was told before what it was asked, where another dialect knows that alone.
fn add_instructions(messages: &mut Vec<Message>, proposals: &mut Proposals) {
    if messages.iter().any(instructs) {
        return;
    }
    let told = proposals.iter_mut().find_map(|(_, found)| {
        found.input.messages.take_if(|told| !told.value.is_empty() && told.value.iter().all(instructs))
    });
    messages.splice(0..0, told.into_iter().flat_map(|told| told.value));
}

/// The reasons of whoever gave the messages, else of the first dialect that has any.
fn finish_reasons(proposals: &Proposals, source: Option<&str>) -> Vec<String> {
    let giver = source.and_then(|source| source.split(':').next());
    let mut found: Vec<_> = proposals.iter().filter(|(_, found)| !found.finish_reasons.is_empty()).collect();
    found.sort_by_key(|(name, _)| (Some(*name) != giver, rank(MESSAGES, name)));
    found.first().map(|(_, found)| found.finish_reasons.clone()).unwrap_or_default()
}

/// The chunks win where they disagree with the output and none was dropped: libraries put streamed tool calls and several choices
/// together wrongly. An output that is missing altogether (the stream broke off) is what came.
pub(super) fn merge_stream(span: &Span, reading: &mut Reading, proposals: &mut Proposals) {
    if let Some((source, streamed)) = take_best(proposals, MESSAGES, |found| &mut found.stream, |_| 0) {
        let Streamed { stream, assembled } = *streamed;
        reading.response_id = assembled.response_id;
        let is_whole = stream.dropped_chunks == 0 && !assembled.messages.is_empty();
        let mut came = assembled.messages;
        if is_whole && !same(reading.output.messages.as_deref().unwrap_or_default(), &came) {
            think(&mut came, reading.output.messages.take().unwrap_or_default());
            reading.output.messages = Some(came);
            reading.output.value = None;
            reading.output.finish_reasons = assembled.finish_reasons;
            reading.sources.insert(FieldGroup::Output, source.clone());
        } else {
            if is_whole {
                think(reading.output.messages.as_deref_mut().unwrap_or_default(), came);
            }
            if reading.output.finish_reasons.is_empty() {
                reading.output.finish_reasons = assembled.finish_reasons;
            }
        }
        if let Some(error) = assembled.error {
            reading.error = Some(error);
            reading.sources.insert(FieldGroup::Error, source.clone());
        }
        // Where the answer itself tells what it cites, that is taken afterwards.
        if !assembled.cited.is_empty() {
            reading.documents = assembled.cited;
            reading.sources.insert(FieldGroup::Documents, source.clone());
        }
        reading.stream = Some(stream);
        reading.sources.insert(FieldGroup::Stream, source);
        if let (Some(model), Some(answered)) = (&mut reading.model, assembled.model) {
            model.response.get_or_insert(answered);
        }
    }
    // What came first came before the end: a longer time is one in another unit.
    let took = (span.end_time_unix_nano != 0).then(|| span.duration_ns().saturating_add(CLOCKS));
    let first = sorted(proposals, OTHERS, |found| found.time_to_first_chunk_ns.as_ref());
    let first = first.into_iter().find(|(_, after)| took.is_none_or(|took| **after <= took));
    if let Some((source, after)) =
        first.filter(|_| reading.stream.as_ref().is_none_or(|stream| stream.time_to_first_chunk_ns.is_none()))
    {
        let stream = reading.stream.get_or_insert_with(Stream::default);
        stream.time_to_first_chunk_ns = Some(*after);
        stream.time_to_first_chunk_source = Some(source.clone());
        reading.sources.entry(FieldGroup::Stream).or_insert(source);
    }
    let told = proposals.iter().filter_map(|(_, found)| found.response_id.clone());
    reading.response_id = reading.response_id.take().or_else(|| told.into_iter().next());
}

/// Adds the thoughts of one telling of an answer to another that has none: libraries put together what their client knows of, and
/// the thoughts of many servers are beside that.
fn think(messages: &mut [Message], other: Vec<Message>) {
    let is_thought = |part: &Part| matches!(part, Part::Reasoning { .. });
    if messages.iter().flat_map(|message| &message.parts).any(is_thought) {
        return;
    }
    for (message, other) in messages.iter_mut().zip(other) {
        message.parts.splice(0..0, other.parts.into_iter().filter(is_thought));
    }
}

/// Says whether two answers say the same: per message its text, its refusal and its calls. Reasoning is often left out of outputs
/// and chunks alike, and media never stream.
fn same(output: &[Message], chunks: &[Message]) -> bool {
    output.iter().map(digest).eq(chunks.iter().map(digest))
}

fn digest(message: &Message) -> (String, Vec<(&Option<String>, &Value)>) {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for part in &message.parts {
        match part {
            Part::Text { text: more } | Part::Refusal { text: more } => text.push_str(more),
            Part::ToolCall { name, arguments, .. } => calls.push((name, arguments)),
            _ => {}
        }
    }
    (text, calls)
}
