//! Eino (CloudWeGo): components of a graph, as its callbacks for APMPlus tell them beside OpenLLMetry's indexed messages.
//!
//! Source: `callbacks/apmplus/apmplus.go` of cloudwego/eino-ext 0.1. A component that is given or answers no text has the JSON of Go's
//! own value where the text of the first message is.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Reader};
use crate::shapes::{self, Side as PayloadSide, text};
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Eino", "", "Eino's callbacks send what goes into and comes out of every component.")];

const COMPONENT: &str = "runinfo.component";
const NAME: &str = "runinfo.name";
const SENT: [&str; 2] = ["gen_ai.prompt.0.content", "gen_ai.completion.0.content"];

/// Reads a span of Eino's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let component = reader.get(COMPONENT).and_then(value::text)?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = kind(&component);
    proposal.kind = Some(KindVote { kind, raw: Some(component), evidence: Evidence::Own, key: COMPONENT });
    proposal.input = side(reader, kind, PayloadSide::Input, &mut proposal.finish_reasons);
    proposal.output = side(reader, kind, PayloadSide::Output, &mut proposal.finish_reasons);
    if kind == Kind::Tool {
        let name = reader.get(NAME).and_then(value::text);
        proposal.tool = Some(Found::new(COMPONENT, proposal.execution(name)));
    }
    // A root repeats under these names what its messages say.
    for key in ["gen_ai.input", "gen_ai.output"] {
        reader.understand(key);
    }
    proposal.keep_facts(reader, &["runinfo."], |key, _| key == COMPONENT);
    Some(proposal)
}

fn kind(component: &str) -> Kind {
    match component {
        "ChatModel" => Kind::Llm,
        "Embedding" => Kind::Embedding,
        "Retriever" => Kind::Retriever,
        "Tool" => Kind::Tool,
        "ChatTemplate" => Kind::Prompt,
        "Agent" => Kind::Agent,
        "Graph" | "Chain" | "Workflow" | "ToolsNode" => Kind::Chain,
        "Lambda" => Kind::Task,
        _ => Kind::Other,
    }
}

/// One side, where it is the JSON of a value and no text.
fn side(reader: &Reader<'_>, kind: Kind, side: PayloadSide, finish_reasons: &mut Vec<String>) -> Side {
    let key = SENT[usize::from(side == PayloadSide::Output)];
    let written = reader.peek(key).and_then(|sent| text::json(sent.as_str()?));
    let Some(written) = written.filter(|written| written.is_object() || written.is_array()) else {
        return Side::default();
    };
    let messages = messages(&written, side);
    if let Some(messages) = messages.filter(|_| kind != Kind::Tool) {
        if kind == Kind::Llm {
            let told = |answer: &Value| Some(answer.pointer("/response_meta/finish_reason")?.as_str()?.to_owned());
            finish_reasons.extend(written.as_array().into_iter().flatten().filter_map(told));
        }
        return Side { messages: Some(Found::new(key, messages)), value: None };
    }
    Side { messages: None, value: Some(Found::new(key, given(written))) }
}

fn messages(written: &Value, side: PayloadSide) -> Option<Vec<Message>> {
    let said = written.get("Messages").unwrap_or(written);
    shapes::read(said, side).map(|payload| payload.messages).filter(|messages| !messages.is_empty())
}

/// What a tool is called with and answers stands in a field of its own.
fn given(written: Value) -> Value {
    let inside = ["ArgumentsInJSON", "Response"].iter().find_map(|key| written.get(key).map(text::result));
    inside.unwrap_or(written)
}
