//! The arguments of a call that MLflow's autologging copies under their own bare names: `model`, `temperature`, `tools`, …
//!
//! The OpenAI Agents integration copies the fields of the *answer* the same way (`id`, `usage`, `instructions`, `status`).

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::mlflow::Values;
use super::proposal::{Found, Proposal, Session};
use super::{identity, placeholders};
use crate::json::Json;
use crate::reading::{Kind, ToolDefinition};
use crate::shapes::{python, tools, usage};
use crate::usage::normal::Counts;

/// The arguments that are the content of a call, not parameters of it.
const CONTENT: &[&str] = &[
    "messages",
    "input",
    "prompt",
    "contents",
    "system",
    "instructions",
    "tools",
    "functions",
    "model",
    "config",
    "inputs",
    "self",
    "args",
    "kwargs",
];

/// Arguments that say how a model is to answer, whatever the library.
const PARAMETERS: &[&str] = &[
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "stop_sequences",
    "seed",
    "n",
    "stream",
    "stream_options",
    "response_format",
    "text_format",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "reasoning_effort",
    "service_tier",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "modalities",
    "audio",
    "verbosity",
    "truncation",
    "store",
    "include",
    "encoding_format",
    "dimensions",
    "size",
    "quality",
    "style",
    "background",
    "cache",
    "model_type",
    "num_retries",
    "rollout_id",
    "max_tool_calls",
    "function_call",
    "text",
    "thinking",
    "model_config",
    "generation_config",
    "timeout",
];

/// What a span's bare attributes say.
#[derive(Default)]
pub(super) struct Bare {
    pub(super) model: Option<String>,
    /// Whether the bare keys are fields of an answer.
    pub(super) is_answer: bool,
    pub(super) instructions: Option<Value>,
    pub(super) tool_name: Option<String>,
    pub(super) session: Option<Session>,
    response_id: Option<String>,
    counts: Option<Counts>,
    tools: Vec<ToolDefinition>,
    parameters: Map<String, Value>,
    others: Map<String, Value>,
}

/// Reads the bare attributes of a span of this kind whose inputs are these.
pub(super) fn read(values: &Values<'_, '_>, kind: Kind, inputs: Option<Json<'_>>) -> Bare {
    let arguments = inputs.and_then(Json::as_object);
    let mut fields = Map::new();
    for (key, sent) in values.reader.span.attributes.iter().filter(|(key, _)| !key.contains('.')) {
        values.reader.understand(key);
        if let Some(value) = values.decoded(sent).filter(|value| !placeholders::is_placeholder(value)) {
            fields.insert(key.clone(), value);
        }
    }
    expand_invocation(&mut fields);
    let text = |key: &str| fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut bare = Bare {
        // smolagents' agents have the client there.
        model: text("model").filter(|name| !python::is_object(name)).or_else(|| text("model_name")),
        is_answer: fields.get("object").and_then(Value::as_str) == Some("response"),
        instructions: fields.get("instructions").cloned(),
        tool_name: text("name").filter(|_| kind == Kind::Tool),
        counts: fields.get("usage").and_then(usage::counts),
        session: fields.get("metadata").and_then(Value::as_object).and_then(identity::among),
        ..Bare::default()
    };
    bare.response_id = text("id").filter(|_| bare.is_answer);
    let offered = ["tools", "functions"].iter().find_map(|key| fields.get(*key));
    bare.tools = offered.map(tools::definitions).unwrap_or_default();
    let is_read = |key: &str| match key {
        "model" | "model_name" | "tools" | "functions" => true,
        "instructions" => inputs.is_some_and(Json::is_array),
        "usage" => bare.counts.is_some(),
        "name" => bare.tool_name.is_some(),
        "id" => bare.response_id.is_some(),
        _ => false,
    };
    let copied = |key: &str, value: &Value| {
        arguments.and_then(|arguments| arguments.get(key)).is_some_and(|argument| argument.to_value() == *value)
    };
    let (mut parameters, mut others) = (Map::new(), Map::new());
    for (key, value) in fields {
        let is_copy = copied(&key, &value);
        if PARAMETERS.contains(&key.as_str()) || (is_copy && !CONTENT.contains(&key.as_str())) {
            parameters.extend(placeholders::given(value).map(|value| (canonical(&key).to_owned(), value)));
        } else if !is_copy && !is_read(&key) {
            others.insert(key, value);
        }
    }
    // Not every integration copies the arguments of a call.
    let calls_model = matches!(kind, Kind::Llm | Kind::Embedding);
    let passed = arguments.into_iter().flatten().filter(|(key, _)| calls_model && PARAMETERS.contains(key));
    for (key, value) in passed {
        if !parameters.contains_key(canonical(key)) {
            parameters.extend(placeholders::given(value.to_value()).map(|value| (canonical(key).to_owned(), value)));
        }
    }
    (bare.parameters, bare.others) = (parameters, others);
    bare
}

/// LangChain's integration keeps the arguments of a call together.
fn expand_invocation(fields: &mut Map<String, Value>) {
    let Some(Value::Object(arguments)) = fields.remove("invocation_params") else { return };
    let named = arguments.get("model_name").cloned();
    for (name, sent) in arguments.into_iter().chain(named.map(|named| ("model".to_owned(), named))) {
        if name != "model_name" && !name.starts_with('_') {
            fields.entry(name).or_insert(sent);
        }
    }
}

impl Bare {
    /// Adds what was found to what the span's own keys say. Without those (`spoken`), a bare key is only read when it is known.
    pub(super) fn propose(self, spoken: bool, proposal: &mut Proposal) {
        if proposal.tools.is_none() && !self.tools.is_empty() {
            proposal.tools = Some(Found::new("tools", self.tools));
        }
        // The objects that a request keeps them in were taken apart already.
        let told = proposal.parameters.take().map(|found| found.value).unwrap_or_default();
        let is_apart =
            |key: &str| !told.is_empty() && ["generation_config", "generationConfig", "options"].contains(&key);
        let mut parameters = self.parameters;
        parameters.retain(|key, _| !is_apart(key));
        for (name, sent) in told {
            parameters.entry(name).or_insert(sent);
        }
        proposal.parameters = Some(Found::new("mlflow.spanInputs", parameters)).filter(|found| !found.value.is_empty());
        if proposal.payload_usage.is_none() {
            proposal.payload_usage = self.counts.map(|counts| Found::new("usage", counts));
        }
        proposal.response_id = proposal.response_id.take().or(self.response_id);
        if proposal.session.is_none() {
            proposal.session = self.session.map(|session| Found::new("metadata", session));
        }
        if spoken {
            proposal.metadata.extend(self.others);
        }
    }
}

/// Returns a call's inputs without what is shown elsewhere: arguments not given, and for a model's call its parameters.
pub(super) fn without_parameters(kind: Kind, inputs: Value) -> Value {
    let Value::Object(mut arguments) = inputs else { return inputs };
    placeholders::strip(&mut arguments);
    if kind == Kind::Embedding && arguments.contains_key("input") {
        return arguments.remove("input").unwrap_or_default();
    }
    Value::Object(arguments)
}
