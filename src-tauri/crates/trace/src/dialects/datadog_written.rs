//! Prompts and answers of Datadog's other integrations up to ddtrace 3.11: in tags, spread over dotted names and cut to 128
//! characters. Later versions have them in LLM Observability only, and earlier ones there too, unless the client's address is not
//! the provider's own.
//!
//! Source: ddtrace 2.9 to 3.5, `contrib/internal/{anthropic,langchain}`. Google's and Bedrock's are read in [`super::datadog_google`].

use serde_json::{Value, json};

use super::datadog_google as google;
use super::datadog_openai::unescaped;
use super::flattened;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::value;
use crate::reading::{Kind, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, python, text, tools};
use crate::usage::normal::Counts;

/// A side as a provider's payload, and the tags it was made of.
pub(super) type Said = Option<(&'static str, Value)>;

/// Reads what was asked and answered, where nothing else has told it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    let google = [google::read(reader, &google::GENERATIVE_AI), google::read(reader, &google::VERTEX)];
    let sides = [anthropic(reader), langchain(reader), google::bedrock(reader)];
    for (asked, answered) in sides.into_iter().chain(google) {
        let found = side(proposal, asked, PayloadSide::Input);
        if proposal.input == Side::default() {
            proposal.input = found;
        }
        let found = side(proposal, answered, PayloadSide::Output);
        if proposal.output == Side::default() {
            proposal.output = found;
        }
    }
    of_langchain(reader, proposal);
}

/// Takes the tools offered out of the parameters, among which Anthropic's stand in the tags and those of OpenAI's Responses in the
/// metadata of ddtrace 3.
pub(super) fn take_tools(proposal: &mut Proposal) {
    let Some(parameters) = proposal.parameters.as_mut().filter(|_| proposal.tools.is_none()) else { return };
    let offered = parameters.value.get("tools").map(tools::definitions).filter(|offered| !offered.is_empty());
    if let Some(offered) = offered {
        parameters.value.shift_remove("tools");
        proposal.tools = Some(Found::new(parameters.key.clone(), offered));
        proposal.parameters.take_if(|left| left.value.is_empty());
    }
}

fn side(proposal: &mut Proposal, said: Said, side: PayloadSide) -> Side {
    let Some((key, said)) = said else { return Side::default() };
    let key = key.trim_end_matches('.');
    let payload = shapes::read_call(&said, side);
    proposal.side(key, said, payload)
}

/// Returns the list under a prefix, with the line breaks that tags cannot have.
pub(super) fn list(reader: &Reader<'_>, prefix: &'static str) -> Option<Vec<Value>> {
    let list: Vec<Value> = flattened::list(reader, prefix).into_iter().map(unescaped).collect();
    (!list.is_empty()).then_some(list)
}

/// Returns what a tag says that holds Python's `str` of a value, or JSON; a text that is neither, and one that was cut, is a text.
pub(super) fn of_python(said: &str) -> Value {
    python::repr(said).unwrap_or_else(|| text::said(said))
}

fn anthropic(reader: &Reader<'_>) -> (Said, Said) {
    const ASKED: &str = "anthropic.request.messages.";
    const ANSWERED: &str = "anthropic.response.completions.";
    let system = reader.get("anthropic.request.system").and_then(value::text).map(|said| of_python(&said));
    let asked = list(reader, ASKED).map(|messages| {
        let messages: Vec<Value> = messages.into_iter().map(with_blocks).collect();
        (ASKED, json!({"system": system, "messages": messages}))
    });
    let answered = flattened::object(reader, ANSWERED).map(|said| {
        let mut message = with_blocks(unescaped(said));
        if let Some(fields) = message.as_object_mut() {
            let reason = fields.remove("finish_reason");
            fields.extend(reason.map(|reason| ("stop_reason".to_owned(), reason)));
        }
        (ANSWERED, message)
    });
    (asked, answered)
}

/// Puts Anthropic's blocks where the tags of them are.
fn with_blocks(mut message: Value) -> Value {
    for block in message.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(fields) = block.as_object_mut() else { continue };
        if let Some(Value::Object(call)) = fields.remove("tool_call") {
            let input = call.get("input").and_then(Value::as_str).map(text::said);
            fields.extend([("name".to_owned(), call.get("name").cloned().into()), ("input".to_owned(), input.into())]);
        }
        if let Some(Value::Object(mut answer)) = fields.remove("tool_result") {
            let mut content = answer.remove("content").unwrap_or_default();
            for part in content.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                part.entry("type").or_insert_with(|| "text".into());
            }
            fields.insert("content".to_owned(), content);
        }
        if fields.get("type").and_then(Value::as_str) == Some("image") {
            // What stands where the picture was.
            let data = fields.remove("text");
            fields.insert("source".to_owned(), json!({"type": "base64", "data": data}));
        }
    }
    message
}

fn langchain(reader: &Reader<'_>) -> (Said, Said) {
    const ASKED: &str = "langchain.request.messages.";
    const ANSWERED: &str = "langchain.response.completions.";
    const STREAMED: &str = "langchain.response.content";
    // Chats are asked in batches: `messages.0.1.content` is the second message of the first.
    let flat = |said: Vec<Value>| {
        said.into_iter().flat_map(|said| match said {
            Value::Array(batch) => batch,
            one => vec![one],
        })
    };
    let asked = list(reader, ASKED)
        .map(|said| (ASKED, flat(said).map(of_class).collect()))
        .or_else(|| Some(("langchain.request.prompts", Value::Array(list(reader, "langchain.request.prompts.")?))));
    let class = reader.get("langchain.response.message_type").and_then(value::text);
    let streamed = reader.get(STREAMED).and_then(value::text).filter(|said| !said.is_empty());
    let answered = list(reader, ANSWERED).map(|said| (ANSWERED, flat(said).map(of_class).collect())).or_else(|| {
        let class = class.as_deref().unwrap_or("AIMessage");
        Some((STREAMED, json!([{"type": class, "content": unescaped(Value::String(streamed?))}])))
    });
    (asked, answered)
}

/// Names a message's class as LangChain itself writes it; a completion of a model that does not chat has a text alone.
fn of_class(mut message: Value) -> Value {
    if let Some(fields) = message.as_object_mut() {
        let class = fields.remove("message_type").unwrap_or_else(|| "AIMessage".into());
        fields.insert("type".to_owned(), class);
        if let Some(said) = fields.remove("text") {
            fields.insert("content".to_owned(), said);
        }
        // The fields of a call's arguments are tags of their own.
        for call in fields.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(fields) = call.as_object_mut() {
                fields.insert("type".to_owned(), "tool_call".into());
            }
        }
    }
    message
}

/// What LangChain's integration says beside its messages: what kind of step it is, its counts, and what goes in and out of others.
fn of_langchain(reader: &Reader<'_>, proposal: &mut Proposal) {
    const KIND: &str = "langchain.request.type";
    const COST: &str = "langchain.tokens.total_cost";
    let Some(raw) = reader.get(KIND).and_then(value::text) else { return };
    let kind = match raw.as_str() {
        "llm" | "chat_model" => Kind::Llm,
        "chain" => Kind::Chain,
        "embedding" => Kind::Embedding,
        "similarity_search" => Kind::Retriever,
        "tool" => Kind::Tool,
        _ => return,
    };
    proposal.kind = Some(KindVote { kind, raw: Some(raw), evidence: Evidence::Operation, key: KIND });
    let one = |key: &'static str| Some((key, unescaped(Value::String(reader.get(key).and_then(value::text)?))));
    let many = |key: &'static str, prefix: &'static str| Some((key, Value::Array(list(reader, prefix)?)));
    let values = [
        many("langchain.request.inputs", "langchain.request.inputs.")
            .or_else(|| one("langchain.request.query"))
            .or_else(|| one("langchain.request.input")),
        many("langchain.response.outputs", "langchain.response.outputs.")
            .or_else(|| one("langchain.response.outputs"))
            .or_else(|| one("langchain.response.output")),
    ];
    for (side, found) in [&mut proposal.input, &mut proposal.output].into_iter().zip(values) {
        if let Some((key, said)) = found.filter(|_| *side == Side::default()) {
            side.value = Some(Found::new(key, said));
        }
    }
    if kind == Kind::Tool {
        let said = |side: &Side| side.value.as_ref()?.value.as_str().map(of_python);
        let name = reader.get("langchain.request.tool.name").and_then(value::text);
        let (arguments, result) = (said(&proposal.input), said(&proposal.output));
        proposal.tool = Some(Found::new(KIND, ToolExecution { name, call_id: None, arguments, result }));
    }
    if kind == Kind::Retriever {
        let found = shapes::documents(&Value::Array(list(reader, "langchain.response.document.").unwrap_or_default()));
        proposal.documents =
            Some(Found::new("langchain.response.document", found)).filter(|found| !found.value.is_empty());
    }
    let count = |name: &str| {
        let sent = |prefix: &str| {
            reader.get(&format!("{prefix}.{name}")).and_then(|sent| crate::usage::normal::count(&sent.to_json()))
        };
        sent("langchain.tokens").or_else(|| sent("langchain.response.usage_metadata"))
    };
    let counts = Counts {
        input: count("prompt_tokens").or_else(|| count("input_tokens")),
        output: count("completion_tokens").or_else(|| count("output_tokens")),
        total: count("total_tokens"),
        ..Counts::default()
    };
    // The callback writes 0 of a model whose price it does not know.
    let cost = reader.get(COST).and_then(|sent| value::amount(&sent.to_json())).filter(|cost| *cost > 0.0);
    proposal.cost_usd = cost.map(|cost| Found::new(COST, cost));
    if proposal.usage.is_none() && counts != Counts::default() {
        proposal.usage = Some(Found::new("langchain.tokens", counts));
    }
}
