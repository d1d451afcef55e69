//! Neatlogs: OpenInference's lists with entries of its own, under its own prefix. What goes in and comes out of other steps is
//! OpenInference's as it is.
//!
//! Source: `neatlogs` 1.4 (`openai.py`, `anthropic.py`, `langchain.py`, `core/choice_accumulator.py`).

use serde_json::{Map, Value, json};

use super::proposal::{Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value::{self, first_count, first_text};
use super::{flattened, identity, openinference};
use crate::reading::{Message, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Neatlogs", "", "Neatlogs sends it unless a mask of the program's takes it out.")];

const PREFIX: &str = "neatlogs.";
const KIND: &str = "neatlogs.span.kind";
const LLM: &str = "neatlogs.llm.";
const ASKED: &str = "neatlogs.llm.input_messages.";
const ANSWERED: &str = "neatlogs.llm.output_messages.";
const CALLED: &str = "neatlogs.llm.tool_calls.";
const OFFERED: &str = "neatlogs.llm.tools.";
const COUNTS: &str = "neatlogs.llm.token_count.";
const TOOL: &str = "neatlogs.tool.name";
const ID: &str = "neatlogs.llm.response_id";
const NAMES: &[&str] = &["neatlogs.llm.model_name", "neatlogs.embedding.model_name", "neatlogs.reranker.model_name"];
const SESSIONS: &[&str] = &["neatlogs.session.id", "neatlogs.conversation.id"];
const USERS: &[&str] = &["neatlogs.end_user.id", "neatlogs.user.id"];

/// What a call was asked to keep to.
const PARAMETERS: &[&str] =
    &["temperature", "max_tokens", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed"];

/// What is read into a field, or told a second time.
const READ: &[&str] = &[
    KIND,
    TOOL,
    ID,
    "neatlogs.llm.usage",
    "neatlogs.llm.provider",
    "neatlogs.llm.system",
    "neatlogs.llm.cost_usd",
    "neatlogs.llm.metrics.ttft_ms",
    "neatlogs.embedding.token_count",
    "neatlogs.tool_call.id",
    "neatlogs.tool.call_id",
    "neatlogs.tool.input",
    "neatlogs.tool.output",
];

/// Reads a span of Neatlogs'.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, KIND, |word| openinference::kind_of(word.trim_start_matches("MCP_")));
    let asked = messages(flattened::list(reader, ASKED), Vec::new(), PayloadSide::Input);
    let answered = messages(flattened::list(reader, ANSWERED), flattened::list(reader, CALLED), PayloadSide::Output);
    proposal.input = side(ASKED, asked);
    proposal.output = side(ANSWERED, answered);
    proposal.finish_reasons =
        first_text(reader, &["neatlogs.llm.finish_reason"]).into_iter().map(|(_, why)| why).collect();
    let offered: Vec<_> = flattened::list(reader, OFFERED).iter().flat_map(offered).collect();
    proposal.tools = (!offered.is_empty()).then(|| Found::new(OFFERED.trim_end_matches('.'), offered));
    proposal.model = first_text(reader, NAMES).map(|(key, name)| {
        let provider = first_text(reader, &["neatlogs.llm.provider", "neatlogs.llm.system"]);
        Found::new(key, Model { request: Some(name), response: None, provider: provider.map(|(_, name)| name) })
    });
    let asked: Map<String, Value> = PARAMETERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), reader.get(&[LLM, name].concat()).and_then(value::json)?)))
        .collect();
    proposal.parameters = (!asked.is_empty()).then(|| Found::new(LLM.trim_end_matches('.'), asked));
    proposal.response_id = reader.get(ID).and_then(value::text);
    let count = |keys: &[&'static str]| first_count(reader, keys).map(|(_, count)| count);
    let counts = Counts {
        input: count(&["neatlogs.llm.token_count.prompt", "neatlogs.embedding.token_count"]),
        output: count(&["neatlogs.llm.token_count.completion"]),
        total: count(&["neatlogs.llm.token_count.total"]),
        cache_read: count(&["neatlogs.llm.token_count.cache_read"]),
        cache_write: count(&["neatlogs.llm.token_count.cache_write"]),
        reasoning: count(&["neatlogs.llm.token_count.reasoning"]),
        ..Counts::default()
    };
    proposal.usage = (counts != Counts::default()).then(|| Found::new(COUNTS.trim_end_matches('.'), counts));
    proposal.cost_usd = reader
        .get("neatlogs.llm.cost_usd")
        .and_then(|sent| Some(Found::new("neatlogs.llm.cost_usd", value::amount(&sent.to_json())?)));
    let first = reader.get("neatlogs.llm.metrics.ttft_ms").and_then(|sent| value::amount(&sent.to_json()));
    proposal.time_to_first_chunk_ns =
        first.map(|millis| Found::new("neatlogs.llm.metrics.ttft_ms", (millis.max(0.0) * 1e6) as u64));
    if let Some((key, name)) = first_text(reader, &[TOOL]) {
        let of_tool = |key: &str| reader.get(key).and_then(value::of_tool);
        proposal.tool = Some(Found::new(
            key,
            ToolExecution {
                name: Some(name),
                call_id: first_text(reader, &["neatlogs.tool_call.id", "neatlogs.tool.call_id"]).map(|(_, id)| id),
                arguments: of_tool("neatlogs.tool.input").or_else(|| of_tool("input.value")),
                result: of_tool("neatlogs.tool.output").or_else(|| of_tool("output.value")),
            },
        ));
    }
    let told = |keys: &[&'static str]| first_text(reader, keys).map_or(keys[0], |(key, _)| key);
    proposal.session = identity::told(reader, told(SESSIONS), told(USERS));
    let lists = [ASKED, ANSWERED, CALLED, OFFERED, COUNTS];
    proposal.keep_facts(reader, &[PREFIX], |key, _| {
        READ.contains(&key)
            || NAMES.contains(&key)
            || SESSIONS.contains(&key)
            || USERS.contains(&key)
            || lists.iter().any(|list| key.starts_with(list))
            || key.strip_prefix(LLM).is_some_and(|name| PARAMETERS.contains(&name) || name.ends_with("finish_reason"))
    });
    Some(proposal)
}

fn side(list: &'static str, messages: Vec<Message>) -> Side {
    let key = list.trim_end_matches('.');
    Side { messages: (!messages.is_empty()).then(|| Found::new(key, messages)), value: None }
}

/// Returns the messages of a list whose contents are texts, those in several parts written as JSON; thoughts and calls stand beside.
fn messages(list: Vec<Value>, calls: Vec<Value>, side: PayloadSide) -> Vec<Message> {
    let mut list: Vec<Map<String, Value>> = list.into_iter().filter_map(|entry| entry.as_object().cloned()).collect();
    if list.is_empty() && !calls.is_empty() {
        list.push(Map::new());
    }
    for message in &mut list {
        message.remove("media");
        let parts = message.get("content").and_then(Value::as_str).filter(|said| said.starts_with('['));
        if let Some(parts @ Value::Array(_)) = parts.and_then(text::json) {
            message.insert("content".to_owned(), parts);
        }
        if let Some(thought) = message.remove("thinking") {
            message.insert("reasoning_content".to_owned(), thought);
        }
    }
    for call in calls {
        let at = call.get("choice_index").and_then(Value::as_u64).unwrap_or(0) as usize;
        let at = at.min(list.len().saturating_sub(1));
        let call = json!({"type": "function", "id": call.get("id"), "function": {"name": call.get("name"), "arguments": call.get("arguments")}});
        if let Some(Value::Array(calls)) =
            list.get_mut(at).map(|message| message.entry("tool_calls").or_insert_with(|| json!([])))
        {
            calls.push(call);
        }
    }
    let list = Value::Array(list.into_iter().map(Value::Object).collect());
    shapes::read_call(&list, side).map(|payload| payload.messages).unwrap_or_default()
}

fn offered(entry: &Value) -> Vec<crate::reading::ToolDefinition> {
    let whole = entry.get("definition").and_then(Value::as_str).and_then(text::json);
    whole.map_or_else(|| tools::definition(entry), |whole| tools::definition(&whole))
}
