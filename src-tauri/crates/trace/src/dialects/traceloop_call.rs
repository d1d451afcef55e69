//! What OpenLLMetry says of a call of a model beside its messages: the model, the counts, the parameters.

use serde_json::{Map, Value};

use super::gen_ai;
use super::gen_ai_params::canonical;
use super::proposal::Found;
use super::value::{self, first_count, first_text};
use crate::reading::{Model, Reader};
use crate::span::AnyValue;
use crate::usage::normal::Counts;

/// A framework that names itself as the provider tells the real one in an association, which every span around has too.
pub(super) fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    let named = |keys: &[&'static str]| first_text(reader, keys).map(|(_, name)| name);
    let calls_model = reader.peek("gen_ai.request.model").or_else(|| reader.peek("llm.request.model")).is_some();
    let beside = reader.peek("traceloop.association.properties.ls_provider").and_then(value::text);
    let model = Model {
        request: named(&["llm.request.model"]),
        response: named(&["llm.response.model"]),
        provider: named(&["llm.vendor"]).or(beside.filter(|_| calls_model)),
    };
    (model != Model::default()).then(|| Found::new("llm.request.model", model))
}

/// Counts where any of them has this convention's own name; the total alone is read with GenAI's.
pub(super) fn usage(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let own = ["llm.usage.prompt_tokens", "llm.usage.completion_tokens", "llm.usage.reasoning_tokens"];
    own.iter().find_map(|key| reader.peek(key))?;
    let number = |keys: &[&'static str]| first_count(reader, keys).map(|(_, number)| number);
    let counts = Counts {
        input: number(&["llm.usage.prompt_tokens", "gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"]),
        output: number(&[
            "llm.usage.completion_tokens",
            "gen_ai.usage.completion_tokens",
            "gen_ai.usage.output_tokens",
        ]),
        total: number(&["llm.usage.total_tokens", "gen_ai.usage.total_tokens"]),
        cache_read: number(&["gen_ai.usage.cache_read_input_tokens", "llm.usage.cache_read_input_tokens"]),
        cache_write: number(&["gen_ai.usage.cache_creation_input_tokens", "llm.usage.cache_creation_input_tokens"]),
        reasoning: number(&["llm.usage.reasoning_tokens", "gen_ai.usage.reasoning_tokens"]),
        ..Counts::default()
    };
    (counts != Counts::default()).then(|| Found::new("llm.usage", counts))
}

/// Returns GenAI's parameters with those this convention has under names of its own.
pub(super) fn parameters(reader: &Reader<'_>) -> Option<Found<Map<String, Value>>> {
    const NAMES: [(&str, &str); 14] = [
        ("llm.temperature", "temperature"),
        ("llm.request.temperature", "temperature"),
        ("llm.top_p", "top_p"),
        ("llm.request.top_p", "top_p"),
        ("llm.top_k", "top_k"),
        ("llm.request.max_tokens", "max_tokens"),
        ("llm.frequency_penalty", "frequency_penalty"),
        ("llm.presence_penalty", "presence_penalty"),
        ("llm.chat.stop_sequences", "stop"),
        ("llm.request.repetition_penalty", "repetition_penalty"),
        ("llm.request.reasoning_effort", "reasoning_effort"),
        ("llm.request.structured_output_schema", "structured_output_schema"),
        ("llm.is_streaming", "stream"),
        ("gen_ai.is_streaming", "stream"),
    ];
    let own: Vec<(String, Value)> = NAMES
        .iter()
        .filter_map(|(key, name)| Some((canonical(name).to_owned(), reader.get(key).and_then(told)?)))
        .collect();
    if own.is_empty() {
        return None;
    }
    let mut parameters = gen_ai::parameters(reader).map(|found| found.value).unwrap_or_default();
    for (name, sent) in own {
        parameters.entry(name).or_insert(sent);
    }
    Some(Found::new("llm.request", parameters))
}

/// LiteLLM writes truth values as Python's text.
fn told(sent: &AnyValue) -> Option<Value> {
    match sent.as_str() {
        Some("True") => Some(Value::Bool(true)),
        Some("False") => Some(Value::Bool(false)),
        _ => value::json(sent),
    }
}
