//! OpenInference (Arize): lists flattened into dotted keys, and `input.value` / `output.value` on every kind of span.
//!
//! Source: Arize-ai/openinference `spec/semantic_conventions.md` and the Python package 0.1.42.

use super::openinference_messages as messages;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value::{self, first_text};
use super::{
    beeai, flattened, openinference_chunks, openinference_facts as facts, openinference_google,
    openinference_judgements as judgements, openinference_media, openinference_parameters,
};
use crate::json;
use crate::reading::{Kind, Message, Model, Reader, ToolDefinition, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, python, tools};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing: openinference-instrumentation 0.1.72, `config.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "OpenInference",
    "OPENINFERENCE_HIDE_INPUTS=false OPENINFERENCE_HIDE_OUTPUTS=false",
    "OpenInference sends it unless its configuration hides inputs, outputs or messages.",
)
.by_side()];

const KIND: &str = "openinference.span.kind";
const TOOLS: &str = "llm.tools";

/// The convention's own, and that of traceAI, which spoke it until its version 0.1.5 under the name of its maker.
const KINDS: [&str; 2] = [KIND, "fi.span.kind"];

/// Key prefixes that are this convention's alone or mean the same wherever they occur.
const PREFIXES: &[&str] = &[
    "openinference.",
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.token_count.",
    "input.",
    "output.",
    "retrieval.documents.",
    "embedding.",
    "reranker.",
    "llm.invocation_parameters",
    "llm.model_name",
    "llm.tools.",
    "annotations.0.annotation.",
    "evaluations.0.evaluation.",
];

/// Reads a span's OpenInference attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let spoken = PREFIXES.iter().any(|prefix| reader.with_prefix(prefix).next().is_some());
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    read_kind(reader, &mut proposal);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    proposal.model = model(reader);
    openinference_parameters::read(reader, &mut proposal);
    let mut input = side(reader, kind, PayloadSide::Input, "llm.input_messages.", &mut proposal);
    openinference_media::read(reader, PayloadSide::Input, &mut input);
    if input != Side::default() {
        proposal.input = input;
    } else if proposal.input == Side::default() {
        proposal.input.value = facts::given(reader, kind);
    }
    // Anthropic's clients ask with the system's message beside the others, and it is told as one of them.
    let asked = proposal.input.messages.as_ref().and_then(|found| found.value.first());
    if let Some(found) = proposal.parameters.as_mut().filter(|_| asked.is_some_and(|first| first.role == "system")) {
        found.value.remove("system");
    }
    proposal.output = side(reader, kind, PayloadSide::Output, "llm.output_messages.", &mut proposal);
    openinference_media::read(reader, PayloadSide::Output, &mut proposal.output);
    if kind == Some(Kind::Llm) {
        openinference_google::read(reader, &mut proposal);
    }
    if let Some((_, reason)) = first_text(reader, &["llm.finish_reason", "llm.stop_reason"]) {
        // One attribute for all choices; the answer has a reason for each.
        if proposal.finish_reasons.len() < 2 {
            proposal.finish_reasons = vec![reason];
        }
    }
    read_tools(reader, kind, &mut proposal);
    facts::read(reader, &mut proposal);
    judgements::read(reader, &mut proposal);
    Some(proposal)
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) {
    let Some((key, raw)) = first_text(reader, &KINDS) else {
        if reader.peek("llm.model_name").is_some() {
            proposal.kind =
                Some(KindVote { kind: Kind::Llm, raw: None, evidence: Evidence::ModelKeys, key: "llm.model_name" });
        }
        return;
    };
    match kind_of(&raw) {
        Some(kind) => proposal.kind = Some(KindVote { kind, raw: Some(raw), evidence: Evidence::Word, key }),
        None => proposal.raw_kind = Some(raw),
    }
}

/// Returns the kind that a word of the convention's means; `None` where it says that nobody knows.
pub(super) fn kind_of(word: &str) -> Option<Kind> {
    Some(match word.to_ascii_uppercase().as_str() {
        "LLM" => Kind::Llm,
        "EMBEDDING" => Kind::Embedding,
        "CHAIN" => Kind::Chain,
        "RETRIEVER" => Kind::Retriever,
        "RERANKER" => Kind::Reranker,
        "TOOL" => Kind::Tool,
        "AGENT" => Kind::Agent,
        "GUARDRAIL" => Kind::Guardrail,
        "EVALUATOR" => Kind::Evaluator,
        "PROMPT" => Kind::Prompt,
        _ => return None,
    })
}

fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    let named = |keys: &[&'static str]| first_text(reader, keys).map(|(_, name)| name);
    let request = named(&["llm.request.model_name"]);
    let response = named(&["llm.response.model_name"]);
    // "The model that answered if known, else the one asked for."
    let either = named(&["llm.model_name", "embedding.model_name", "reranker.model_name"]);
    let model = Model {
        request: request.clone().or_else(|| either.clone().filter(|_| response.is_none())),
        response: response.or_else(|| either.filter(|_| request.is_some())),
        provider: named(&["llm.provider", "llm.system"]),
    };
    let keys = [
        "llm.request.model_name",
        "llm.model_name",
        "embedding.model_name",
        "reranker.model_name",
        "llm.provider",
        "llm.response.model_name",
    ];
    let key = keys.into_iter().find(|key| reader.peek(key).is_some()).unwrap_or("llm.system");
    (model != Model::default()).then(|| Found::new(key, model))
}

/// Reads one side: the messages under `list`, which ends in a dot, and the value beside it.
pub(super) fn side(
    reader: &Reader<'_>,
    kind: Option<Kind>,
    side: PayloadSide,
    list: &'static str,
    proposal: &mut Proposal,
) -> Side {
    let (value_key, mime_key) = match side {
        PayloadSide::Input => ("input.value", "input.mime_type"),
        PayloadSide::Output => ("output.value", "output.mime_type"),
    };
    let list_key = list.trim_end_matches('.');
    let mut list = messages::read(reader, side, list);
    let whole = reader.get(value_key).and_then(|sent| {
        let is_json = reader.get(mime_key).and_then(value::text).is_some_and(|mime| mime.contains("json"));
        if is_json { value::document(sent) } else { value::something(json::Document::from(sent)) }
    });
    let whole = whole.as_ref().map(json::Document::root);
    // Python's `str` of nothing, or of a stream that was not read, is no answer.
    let is_answer = |text: &str| text != "None" && !python::is_object(text);
    let whole = whole.filter(|whole| kind != Some(Kind::Llm) || whole.as_str().is_none_or(is_answer));
    // Haystack's embedders answer with the counts among what they say of the answer.
    if let (Some(Kind::Embedding), PayloadSide::Output, Some(whole)) = (kind, side, whole) {
        let counted = whole.get("usage").or_else(|| whole.get("meta")?.get("usage"));
        let counts = counted.and_then(shapes::usage::counts);
        proposal.payload_usage = counts.map(|counts| Found::new(value_key, counts));
    }
    let payload = whole.and_then(|whole| match kind {
        Some(Kind::Llm) => openinference_chunks::answer(whole).or_else(|| shapes::read_call(whole, side)),
        Some(Kind::Embedding | Kind::Retriever | Kind::Reranker | Kind::Tool) => None,
        _ => shapes::read(whole, side),
    });
    if let Some(payload) = payload.as_ref().filter(|_| kind == Some(Kind::Llm)) {
        proposal.take_payload(value_key, payload);
        if let Some(named) = payload.model.clone() {
            let model = &mut proposal.model.get_or_insert_with(|| Found::new(value_key, Model::default())).value;
            match side {
                PayloadSide::Output => _ = model.response.get_or_insert(named),
                PayloadSide::Input => openinference_parameters::asked(model, named),
            }
        }
    }
    // The list is what the convention asks for, but emitters leave out of it what they do not know (reasoning blocks, empty
    // arguments); the payload beside it is the provider's own.
    let whole_said = payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty());
    // LangChain's steps are listed with the first message of what goes in alone (0.1).
    let is_part = |said: &[Message]| said.len() > list.len() && list.iter().all(|message| said.contains(message));
    let is_fuller = whole_said.as_deref().is_some_and(|said| match kind {
        Some(Kind::Llm) => messages::detail(said) > messages::detail(&list),
        _ => side == PayloadSide::Input && is_part(said),
    });
    if let Some(said) = &whole_said {
        messages::fill(&mut list, said);
    }
    if let Some(whole) = whole {
        messages::name_calls(&mut list, whole);
    }
    if !list.is_empty() && !is_fuller {
        return Side { messages: Some(Found::new(list_key, list)), value: None };
    }
    match whole_said {
        Some(mut messages) => {
            // Instructions may stand beside the messages of a request, and be listed as one of them.
            let system = list.into_iter().filter(|message| message.role == "system").flat_map(|message| message.parts);
            shapes::prepend_system(&mut messages, system.collect());
            Side { messages: Some(Found::new(value_key, messages)), value: None }
        }
        None => Side { messages: None, value: whole.map(|whole| Found::new(value_key, whole.to_value())) },
    }
}

fn read_tools(reader: &Reader<'_>, kind: Option<Kind>, proposal: &mut Proposal) {
    let mut offered: Vec<ToolDefinition> = flattened::list(reader, "llm.tools.")
        .iter()
        .flat_map(|entry| match entry.pointer("/tool/json_schema") {
            Some(schema) => tools::definition(schema),
            None => entry.get("tool").map(tools::definition).unwrap_or_default(),
        })
        .collect();
    // BeeAI's (0.1) once told no more than the names.
    let named = reader.peek(TOOLS).filter(|sent| matches!(sent, AnyValue::Array(_))).and_then(|_| reader.get(TOOLS));
    let named = named.map(value::texts).unwrap_or_default().into_iter();
    offered.extend(named.map(|name| ToolDefinition { name, ..ToolDefinition::default() }));
    if !offered.is_empty() {
        proposal.tools = Some(Found::new(TOOLS, offered));
    }
    let name = first_text(reader, &["tool.name"]).map(|(_, name)| name);
    if kind != Some(Kind::Tool) && name.is_none() {
        return;
    }
    let parameters = reader.get("tool.parameters").and_then(value::json);
    let key = if name.is_some() { "tool.name" } else { KIND };
    proposal.tool = Some(Found::new(
        key,
        ToolExecution {
            name: name.or_else(|| Some(value::tool_named(&reader.span.name))),
            call_id: first_text(reader, &["tool_call.id", "tool.call_id", "tool.id"]).map(|(_, id)| id),
            arguments: proposal
                .input
                .of_tool()
                .map(|sent| value::called_with(beeai::called_with(reader, sent)))
                .or(parameters),
            // Google's ADK hands on what it sends to the model.
            result: proposal.output.of_tool().map(|said| shapes::function_answer(&said).unwrap_or(said)),
        },
    ));
}
