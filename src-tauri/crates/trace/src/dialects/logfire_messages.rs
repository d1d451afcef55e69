//! The conversations on Logfire's and Pydantic AI's spans: provider payloads, and lists of GenAI events in one attribute.

use serde_json::{Map, Value, json};

use super::gen_ai_events::{self, Told};
use super::gen_ai_params::canonical;
use super::logfire::model;
use super::proposal::{Found, Proposal, Side};
use super::value;
use crate::reading::{Kind, Message, Part, Reader};
use crate::shapes::{self, Payload, Side as PayloadSide, usage};

/// What of a request is not a parameter.
const NO_PARAMETERS: &[&str] = &[
    "model",
    "messages",
    "input",
    "prompt",
    "system",
    "instructions",
    "tools",
    "functions",
    "extra_headers",
    "timeout",
];

/// Reads a call of a model: `raw_input` and `response` (Responses of the Agents SDK), `input` and `output` (its chat
/// completions), `request_data` and `response_data` (instrumented clients), or `events`.
pub(super) fn read_call(reader: &Reader<'_>, kind: Option<Kind>, proposal: &mut Proposal) {
    let get = |key: &str| reader.get(key).and_then(value::json).filter(|sent| !sent.is_null());
    let events = get("events");
    let request = get("request_data");
    let (raw_input, response) = (get("raw_input"), get("response"));
    let (input, output) = (get("input"), get("output"));
    let answer = get("response_data");
    read_parameters(request.as_ref(), proposal);
    if kind == Some(Kind::Embedding) {
        proposal.input.value =
            request.as_ref().and_then(|sent| sent.get("input")).map(|said| Found::new("request_data", said.clone()));
        let counts = answer.as_ref().and_then(|answer| usage::counts(answer.get("usage")?));
        proposal.payload_usage = counts.map(|counts| Found::new("response_data", counts));
        return;
    }
    let asked = [("raw_input", &raw_input), ("input", &input), ("request_data", &request)]
        .into_iter()
        .find_map(|(key, said)| Some((key, shapes::read_call(said.as_ref()?, PayloadSide::Input)?)));
    if let Some((key, mut payload)) = asked {
        let instructions = response.as_ref().and_then(|response| response.get("instructions"));
        if let Some(instructions) = instructions.filter(|told| !told.is_null()) {
            shapes::prepend_system(&mut payload.messages, shapes::content(instructions));
        }
        take(PayloadSide::Input, key, payload, proposal);
    }
    let said = response
        .as_ref()
        .and_then(|response| Some(("response", shapes::read_call(response, PayloadSide::Output)?)))
        .or_else(|| Some(("output", shapes::read_call(output.as_ref()?, PayloadSide::Output)?)))
        .or_else(|| Some(("response_data", answered(answer.as_ref()?)?)));
    if let Some((key, payload)) = said {
        take(PayloadSide::Output, key, payload, proposal);
    }
    if let Some(offered) = response.as_ref().and_then(|response| response.get("tools")).map(shapes::tools::definitions)
    {
        proposal.tools = Some(Found::new("response", offered)).filter(|offered| !offered.value.is_empty());
    }
    proposal.response_id = proposal.response_id.take().or_else(|| reader.get("response_id").and_then(value::text));
    read_events(events.as_ref(), "events", proposal);
}

fn take(side: PayloadSide, key: &str, payload: Payload, proposal: &mut Proposal) {
    proposal.take_payload(key, &payload);
    if payload.messages.is_empty() {
        return;
    }
    let found = Side { messages: Some(Found::new(key, payload.messages)), value: None };
    match side {
        PayloadSide::Input => proposal.input = found,
        PayloadSide::Output => proposal.output = found,
    }
}

/// `{message, usage}` of an answer, or what a stream's chunks were put together to.
fn answered(answer: &Value) -> Option<Payload> {
    let streamed = answer.get("combined_chunk_content").filter(|text| text.is_string());
    let said = ["message", "text"].iter().find_map(|key| answer.get(*key).filter(|said| !said.is_null()));
    let mut payload = match said.or(streamed) {
        Some(Value::Object(message)) if !message.contains_key("role") => {
            let mut message = message.clone();
            message.insert("role".to_owned(), "assistant".into());
            shapes::read_call(&Value::Object(message), PayloadSide::Output)
        }
        Some(said) => shapes::read_call(said, PayloadSide::Output),
        None => shapes::read_call(answer, PayloadSide::Output),
    }?;
    payload.counts = payload.counts.or_else(|| usage::counts(answer.get("usage")?));
    if payload.finish_reasons.is_empty() {
        payload.finish_reasons.extend(answer.get("finish_reason").and_then(Value::as_str).map(str::to_owned));
    }
    payload.messages.iter_mut().flat_map(|message| &mut message.parts).for_each(without_wrapper);
    Some(payload)
}

/// Logfire 2 wrote a call that Claude makes without its id, and its arguments as the one field `input` of an object.
fn without_wrapper(part: &mut Part) {
    if let Part::ToolCall { id: None, arguments, .. } = part
        && let Some(call) = arguments.as_object_mut().filter(|call| call.len() == 1)
        && let Some(inside) = call.remove("input")
    {
        *arguments = if inside.is_object() { inside } else { json!({"input": inside}) };
    }
}

fn read_parameters(request: Option<&Value>, proposal: &mut Proposal) {
    let Some(sent) = request.and_then(Value::as_object) else { return };
    let named = sent.get("model").and_then(Value::as_str).map(str::to_owned);
    proposal.model = model(named, None, "request_data");
    let given = sent.iter().filter(|(name, sent)| !sent.is_null() && !NO_PARAMETERS.contains(&name.as_str()));
    let given: Map<String, Value> = given.map(|(name, sent)| (canonical(name).to_owned(), sent.clone())).collect();
    proposal.parameters = (!given.is_empty()).then(|| Found::new("request_data", given));
}

/// Reads a list of events, each with its name as `event.name`; a side that is known already stays as it is.
pub(super) fn read_events(list: Option<&Value>, key: &str, proposal: &mut Proposal) {
    let Some(list) = list.and_then(Value::as_array) else { return };
    let told: Vec<Told> = list
        .iter()
        .filter_map(|event| {
            let fields = event.as_object()?;
            let name = fields.get("event.name")?.as_str()?;
            Some(item(name, fields).unwrap_or_else(|| Told { name: name.to_owned(), fields: fields.clone() }))
        })
        .collect();
    let mut events = Proposal::default();
    gen_ai_events::propose(&told, &mut events);
    let mut asked = events.input.messages.map(|found| found.value).unwrap_or_default();
    // Without a choice, what the assistant said last is the answer.
    let answered = events.output.messages.map_or_else(|| split_answer(&mut asked), |found| found.value);
    propose_sides(key, asked, answered, proposal);
    if proposal.finish_reasons.is_empty() {
        proposal.finish_reasons = events.finish_reasons;
    }
}

/// An item of the Responses API that Logfire (3.20 to 4.20, `llm_providers/openai.py`) has no event for, such as a thought: the item
/// itself stands beside words that only say so.
fn item(name: &str, fields: &Map<String, Value>) -> Option<Told> {
    let item = fields.get("data").filter(|item| name == "gen_ai.unknown" && item.is_object())?;
    let said = json!({"role": "assistant", "content": [item]});
    Some(Told { name: "gen_ai.assistant.message".to_owned(), fields: said.as_object()?.clone() })
}

/// Takes the assistant's last words off a conversation.
pub(super) fn split_answer(messages: &mut Vec<Message>) -> Vec<Message> {
    let answers = messages.iter().rev().take_while(|message| message.role == "assistant").count();
    messages.split_off(messages.len() - answers)
}

/// Proposes the sides that are not known yet.
pub(super) fn propose_sides(key: &str, asked: Vec<Message>, answered: Vec<Message>, proposal: &mut Proposal) {
    for (side, messages) in [(&mut proposal.input, asked), (&mut proposal.output, answered)] {
        if side.messages.is_none() && !messages.is_empty() {
            *side = Side { messages: Some(Found::new(key, messages)), value: None };
        }
    }
}
