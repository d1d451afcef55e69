//! Streamed answers: a provider's stream events put together again to messages, with the time of each.
//!
//! Where the events were found on a span is the business of [`crate::dialects`]. Nothing is guessed: what is assembled is exactly
//! what the events say, and whether to trust it when events are missing is for the caller to decide.

mod alike;
mod answers;
mod anthropic;
mod bedrock;
mod calls;
mod langchain;
mod openai_chat;
mod openai_responses;
mod plain;

use alike::Alike;

use crate::json::{Document, Json};
use crate::reading::{Chunk, ChunkType, Stream};
use crate::shapes::{Payload, settle, text};
use crate::span::AnyValue;

/// One stream event as received.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Its place in the stream as the sender counted, from 0.
    pub index: u64,
    /// When it arrived, in nanoseconds after the span's start; negative when clocks disagree.
    pub offset_ns: i64,
    /// What it says.
    pub value: Said<'a>,
}

/// What a stream event says.
#[derive(Clone, Debug)]
pub enum Said<'a> {
    /// As it was sent: text that is JSON is yet to be read.
    Sent(&'a AnyValue),
    /// Read already.
    Read(Document<'a>),
}

impl Said<'_> {
    /// Calls `look` with the JSON.
    fn with<R>(&self, look: impl FnOnce(Json<'_>) -> R) -> R {
        match self {
            Self::Sent(sent) => look(text::sent(sent).root()),
            Self::Read(document) => look(document.root()),
        }
    }

    /// Returns the text it was sent as.
    fn as_text(&self) -> Option<&str> {
        if let Self::Sent(sent) = self { sent.as_str() } else { None }
    }
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
struct Delta {
    kind: ChunkType,
    text: String,
    choice: u32,
    tool_call: Option<u32>,
}

impl Delta {
    /// Returns a delta of the first choice that is not part of a tool call.
    fn of(kind: ChunkType, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), choice: 0, tool_call: None }
    }
}

/// Puts one provider's events together.
trait Assembler {
    /// Takes the next event and says what it carries; `None` when it is not this provider's.
    fn take(&mut self, event: Json<'_>) -> Option<Delta>;
    /// Returns the text that the event taken last went on with, if that is all that is new in it, so that others like it need
    /// not be taken.
    fn goes_on_with(&mut self) -> Option<&mut String> {
        None
    }
    /// Returns what the events so far amount to.
    fn assembled(self: Box<Self>) -> Payload;
}

/// The providers' formats; the one that knows the first event reads the whole stream.
const FORMATS: &[fn() -> Box<dyn Assembler>] = &[
    || Box::<openai_chat::Chat>::default(),
    || Box::<openai_responses::Responses>::default(),
    || Box::<anthropic::Messages>::default(),
    || Box::<bedrock::Converse>::default(),
    || Box::<answers::Answers>::default(),
    || Box::<langchain::Generation>::default(),
    || Box::<plain::Texts>::default(),
];

/// Choices and tool calls beyond this index are not assembled: no provider has so many, and a hostile index must cost nothing.
const MAX_INDEX: u64 = 10_000;

/// Returns the stream the events make, and the answer they amount to: no messages in it when the format is unknown.
///
/// `dropped` is how many events the sender says it left out; gaps in the numbering are found here.
pub fn assemble(mut events: Vec<Event<'_>>, dropped: u64) -> (Stream, Payload) {
    events.sort_by_key(|event| (event.index, event.offset_ns));
    let knows = |format: &fn() -> Box<dyn Assembler>, event: Json<'_>| format().take(event).is_some();
    let format_of = |event: &Event<'_>| event.value.with(|said| FORMATS.iter().find(|format| knows(format, said)));
    let mut assembler = events.iter().find_map(format_of).map(|format| format());
    let mut items = Vec::with_capacity(events.len());
    let mut alike: Option<Alike<'_>> = None;
    for event in &events {
        let text = event.value.as_text();
        let again = text.zip(alike.as_ref()).and_then(|(text, alike)| alike.again(text));
        let delta = if let Some(delta) = again
            && let Some(whole) = assembler.as_mut().and_then(|assembler| assembler.goes_on_with())
        {
            whole.push_str(&delta.text);
            delta
        } else {
            let delta = event.value.with(|said| {
                let delta = assembler.as_mut().and_then(|assembler| assembler.take(said));
                delta.unwrap_or_else(|| Delta::of(ChunkType::Other, said.to_value().to_string()))
            });
            let goes_on = assembler.as_mut().is_some_and(|assembler| assembler.goes_on_with().is_some());
            alike = text.filter(|_| goes_on).and_then(|text| Alike::of(text, &delta));
            delta
        };
        items.push(Chunk {
            index: event.index,
            offset_ns: event.offset_ns,
            kind: delta.kind,
            text: delta.text,
            choice: delta.choice,
            tool_call: delta.tool_call,
        });
    }
    let sent = events.last().map_or(0, |last| last.index.saturating_add(1));
    let missing = sent.saturating_sub(events.len() as u64);
    let first = events.first().filter(|first| first.index == 0 && first.offset_ns >= 0);
    let text =
        items.iter().filter(|item| item.kind == ChunkType::Text && item.choice == 0).map(|item| item.text.as_str());
    let stream = Stream {
        chunks: events.len() as u64,
        dropped_chunks: missing.max(dropped),
        time_to_first_chunk_ns: first.map(|first| first.offset_ns.unsigned_abs()),
        time_to_first_chunk_source: None,
        text: text.collect(),
        items,
    };
    let mut payload = assembler.map(Assembler::assembled).unwrap_or_default();
    payload.messages = settle(payload.messages);
    (stream, payload)
}

/// Returns an index given in an event, when it is one this reader assembles.
fn index(value: Option<Json<'_>>) -> Option<u32> {
    match value.filter(|value| !value.is_null()) {
        None => Some(0),
        Some(value) => value.as_u64().filter(|index| *index < MAX_INDEX).and_then(|index| u32::try_from(index).ok()),
    }
}

#[cfg(test)]
mod tests;
