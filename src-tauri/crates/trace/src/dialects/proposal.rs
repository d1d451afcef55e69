//! What one dialect says about a span, by field group.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::{placeholders, value};
use crate::reading::{Document, ErrorInfo, Half, Kind, Message, Model, Reader, Stream, ToolDefinition, ToolExecution};
use crate::shapes::{Payload, text};
use crate::usage::normal::Counts;

/// Something found, and the attribute or event it was found in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) key: String,
}

impl<T> Found<T> {
    pub(super) fn new(key: impl Into<String>, value: T) -> Self {
        Self { value, key: key.into() }
    }
}

/// How sure a dialect is of the kind it proposes, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// Attributes of a kind of call that any program may set: HTTP, database, RPC.
    Protocol,
    /// A model is named.
    ModelKeys,
    /// A tool is named.
    ToolKeys,
    /// The operation is named.
    Operation,
    /// The sender says the kind in a word of its own.
    Word,
    /// The library that made the span does, and not only who translated it into another convention.
    Own,
}

/// Stands for the span's own name where that tells something.
pub(super) const NAME: &str = "name";

/// A kind and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KindVote {
    pub(super) kind: Kind,
    pub(super) raw: Option<String>,
    pub(super) evidence: Evidence,
    /// The attribute it was read from, or [`NAME`].
    pub(super) key: &'static str,
}

impl KindVote {
    /// Returns the kind that the sender says in a word of its own; `None` where it says none, or one that `kind` does not know.
    pub(super) fn of_word(
        reader: &Reader<'_>,
        key: &'static str,
        kind: impl FnOnce(&str) -> Option<Kind>,
    ) -> Option<Self> {
        let word = reader.get(key).and_then(value::text)?;
        Some(Self { kind: kind(&word)?, raw: Some(word), evidence: Evidence::Word, key })
    }
}

/// One side of a span: messages, or what is not messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Side {
    pub(super) messages: Option<Found<Vec<Message>>>,
    pub(super) value: Option<Found<Value>>,
}

/// Chunk events, and what they amount to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Streamed {
    pub(super) stream: Stream,
    pub(super) assembled: Payload,
}

/// Who, and in which conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Session {
    pub(super) session_id: Option<String>,
    pub(super) user_id: Option<String>,
}

/// Everything one dialect found; absent is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Proposal {
    /// Whether the span speaks this dialect at all, though nothing in it may be more than understood.
    pub(super) spoken: bool,
    pub(super) kind: Option<KindVote>,
    pub(super) raw_kind: Option<String>,
    pub(super) model: Option<Found<Model>>,
    pub(super) parameters: Option<Found<Map<String, Value>>>,
    pub(super) input: Side,
    pub(super) output: Side,
    pub(super) finish_reasons: Vec<String>,
    pub(super) tools: Option<Found<Vec<ToolDefinition>>>,
    pub(super) tool: Option<Found<ToolExecution>>,
    pub(super) documents: Option<Found<Vec<Document>>>,
    /// Counts under the dialect's own keys.
    pub(super) usage: Option<Found<Counts>>,
    /// Counts inside a provider's payload.
    pub(super) payload_usage: Option<Found<Counts>>,
    pub(super) usage_is_aggregate: bool,
    pub(super) response_id: Option<String>,
    pub(super) cost_usd: Option<Found<f64>>,
    /// Boxed as the largest, and rare: every proposal is moved a few times.
    pub(super) stream: Option<Found<Box<Streamed>>>,
    /// From the span's start to the first chunk, where no chunk events tell it.
    pub(super) time_to_first_chunk_ns: Option<Found<u64>>,
    pub(super) session: Option<Found<Session>>,
    pub(super) metadata: Map<String, Value>,
    pub(super) tags: Vec<String>,
    pub(super) trace_name: Option<String>,
    pub(super) trace_metadata: Map<String, Value>,
    pub(super) error: Option<Found<ErrorInfo>>,
    pub(super) running: bool,
    pub(super) half: Option<Half>,
    /// See [`crate::reading::Reading::as_root`].
    pub(super) as_root: bool,
}

impl Side {
    /// Returns its value as what a tool was given or answered: text that is JSON is read.
    pub(super) fn of_tool(&self) -> Option<Value> {
        self.value.as_ref().map(|found| text::result(&found.value))
    }
}

impl Proposal {
    /// Says whether the dialect found anything.
    pub(super) fn is_something(&self) -> bool {
        self.spoken || *self != Self::default()
    }

    /// Returns the execution of a tool that was given what went in and answered what came out.
    pub(super) fn execution(&self, name: Option<String>) -> ToolExecution {
        ToolExecution { name, call_id: None, arguments: self.input.of_tool(), result: self.output.of_tool() }
    }

    /// Keeps what stands under prefixes as facts under their own keys, except for what `is_read` into a field of its own: it is
    /// asked with the key and what follows the prefix.
    pub(super) fn keep_facts(
        &mut self,
        reader: &Reader<'_>,
        prefixes: &[&'static str],
        is_read: impl Fn(&str, &str) -> bool,
    ) {
        for (key, name, sent) in prefixes.iter().flat_map(|prefix| reader.with_prefix(prefix)) {
            reader.understand(key);
            if !is_read(key, name)
                && let Some(sent) = value::json(sent)
            {
                self.metadata.insert(key.to_owned(), sent);
            }
        }
    }

    /// Keeps what stands under these keys as facts.
    pub(super) fn keep_keys(&mut self, reader: &Reader<'_>, keys: &[&'static str]) {
        for key in keys {
            if let Some(sent) = reader.get(key).and_then(value::json) {
                self.metadata.insert((*key).to_owned(), sent);
            }
        }
    }

    /// Returns one side of a span: what was `said` under a key as the messages of the payload it was read as, else as it is. What the
    /// payload says beside its messages is added.
    pub(super) fn side(&mut self, key: &'static str, said: Value, payload: Option<Payload>) -> Side {
        match payload.filter(|payload| !payload.messages.is_empty()) {
            Some(payload) => {
                self.take_payload(key, &payload);
                Side { messages: Some(Found::new(key, payload.messages)), value: None }
            }
            None => Side { messages: None, value: Some(Found::new(key, said)) },
        }
    }

    /// Adds what a provider's payload says beside its messages.
    pub(super) fn take_payload(&mut self, key: &str, payload: &Payload) {
        if let Some(counts) = payload.counts {
            self.payload_usage.get_or_insert_with(|| Found::new(key, counts));
        }
        if self.finish_reasons.is_empty() {
            self.finish_reasons.clone_from(&payload.finish_reasons);
        }
        if self.response_id.is_none() {
            self.response_id.clone_from(&payload.response_id);
        }
        if self.tools.is_none() && !payload.tools.is_empty() {
            self.tools = Some(Found::new(key, payload.tools.clone()));
        }
        if self.parameters.is_none() && !payload.parameters.is_empty() {
            let named = payload.parameters.iter().filter(|(_, sent)| !placeholders::is_placeholder(sent));
            let named = named.map(|(name, sent)| (canonical(name).to_owned(), sent.clone())).collect();
            self.parameters = Some(Found::new(key, named));
        }
        if self.documents.is_none() && !payload.cited.is_empty() {
            self.documents = Some(Found::new(key, payload.cited.clone()));
        }
        if self.error.is_none() {
            self.error = payload.error.clone().map(|error| Found::new(key, error));
        }
    }
}
