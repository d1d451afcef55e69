//! What Langtrace tells of LangChain: each method that was called, with its arguments and what it returned.
//!
//! Source: langtrace-python-sdk 3.8.21, `instrumentation/langchain_core/patch.py` and `instrumentation/langchain_core/instrumentation.py`.

use serde_json::Value;

use super::proposal::{Found, Proposal, Side};
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::AnyValue;

const TASK: &str = "langchain.task.name";
const INPUTS: &str = "langchain.inputs";
const OUTPUTS: &str = "langchain.outputs";

/// Returns the kind of the method that was called. A model's methods call one another; what the program calls is the call.
pub(super) fn kind(reader: &Reader<'_>) -> Option<Kind> {
    let task = reader.peek(TASK).and_then(AnyValue::as_str)?;
    let method = reader.span.name.rsplit('.').next()?;
    Some(match task {
        "chatmodel" | "language_model" if matches!(method, "invoke" | "ainvoke" | "stream" | "astream") => Kind::Llm,
        "retriever" => Kind::Retriever,
        "prompt" => Kind::Prompt,
        "tool" => Kind::Tool,
        parser if parser.contains("parser") => Kind::Parser,
        _ => Kind::Chain,
    })
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>, kind: Kind, proposal: &mut Proposal) {
    for key in [TASK, "langchain.metadata", "langgraph.task.name", "langgraph.node", "langgraph.edge"] {
        let sent = reader
            .get(key)
            .and_then(value::json)
            .filter(|sent| sent.as_object().is_none_or(|fields| !fields.is_empty()));
        proposal.metadata.extend(sent.map(|sent| (key.to_owned(), sent)));
    }
    let given = reader.get(INPUTS).and_then(value::json);
    let answered = reader.get(OUTPUTS).and_then(value::json).filter(|sent| sent.as_str() != Some("null"));
    if kind == Kind::Llm {
        // The arguments of a method: what was said is the first, the run's configuration may follow.
        let said = given.map(|given| match given {
            Value::Array(arguments) => arguments.into_iter().next().unwrap_or_default(),
            other => other,
        });
        if let Some(said) = said {
            proposal.input = side(said, INPUTS, PayloadSide::Input, proposal);
        }
        if let Some(answered) = answered {
            if let Some(metadata) = answered.get("response_metadata") {
                answer_facts(metadata, proposal);
            }
            proposal.output = side(answered, OUTPUTS, PayloadSide::Output, proposal);
        }
        return;
    }
    let whole = |said: Option<Value>, key| Side { messages: None, value: said.map(|said| Found::new(key, said)) };
    proposal.input = whole(given, INPUTS);
    proposal.output = whole(answered, OUTPUTS);
    if kind == Kind::Tool {
        let name = reader.span.name.rsplit_once('.').map_or(reader.span.name.as_str(), |(name, _)| name);
        proposal.tool = Some(Found::new(INPUTS, proposal.execution(Some(name.to_owned()))));
    }
}

fn side(said: Value, key: &'static str, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let payload = shapes::read_call(&said, side);
    proposal.side(key, said, payload)
}

/// What LangChain notes beside an answer.
fn answer_facts(metadata: &Value, proposal: &mut Proposal) {
    let said = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
    proposal.finish_reasons.extend(said("finish_reason").or_else(|| said("stop_reason")));
    proposal.response_id = said("id");
    let model = Model { request: None, response: said("model_name"), provider: said("model_provider") };
    proposal.model = (model != Model::default()).then(|| Found::new(OUTPUTS, model));
}
