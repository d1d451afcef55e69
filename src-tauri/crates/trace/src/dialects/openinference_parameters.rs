//! What OpenInference says a call was asked to keep to: `llm.invocation_parameters`, one object.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::placeholders;
use super::proposal::{Found, Proposal};
use super::value;
use crate::reading::{Model, Reader};
use crate::shapes::{self, Side as PayloadSide, tools};

/// What a request calls its messages or its text; the last is that of speech.
const ASKED: &[&str] = &["messages", "inputText", "prompt", "input"];

/// Reads them, and what else stands among them: the model asked for, the tools offered, of some the whole request.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    let keys = ["llm.invocation_parameters", "embedding.invocation_parameters"];
    let Some((key, sent)) = keys.into_iter().find_map(|key| Some((key, reader.get(key)?))) else { return };
    let sent = value::json(sent);
    let Some(Value::Object(mut sent)) = sent else { return };
    // TanStack AI and Portkey keep some of them in an object within.
    for within in ["modelOptions", "kwargs"] {
        if sent.get(within).is_some_and(Value::is_object)
            && let Some(Value::Object(inner)) = sent.remove(within)
        {
            sent.extend(inner);
        }
    }
    placeholders::strip(&mut sent);
    // What the Mistral client was not given is an empty text.
    sent.retain(|_, value| value.as_str() != Some(""));
    if let Some(offered) =
        ["tools", "functions"].iter().find_map(|key| sent.remove(*key)).map(|list| tools::definitions(&list))
    {
        proposal.tools = Some(Found::new(key, offered)).filter(|found| !found.value.is_empty());
    }
    // The model asked for stands only here where `llm.model_name` holds the one that answered.
    if let Some(Value::String(asked)) = sent.remove("model") {
        match &mut proposal.model {
            Some(model) if model.value.request.as_ref() != Some(&asked) => {
                let model = &mut model.value;
                model.response = model.response.take().or_else(|| model.request.take());
                model.request = Some(asked);
            }
            Some(_) => {}
            none => *none = Some(Found::new(key, Model { request: Some(asked), ..Model::default() })),
        }
    }
    // Requests to Bedrock were recorded whole, before messages had keys of their own; those of models without messages still are.
    if let Some(asked) =
        shapes::read_call(&sent, PayloadSide::Input).filter(|_| ASKED.iter().any(|name| sent.contains_key(*name)))
    {
        proposal.input.messages = Some(Found::new(key, asked.messages));
        ASKED.iter().chain(&["system"]).for_each(|name| drop(sent.remove(*name)));
    }
    let parameters: Map<String, Value> =
        sent.into_iter().map(|(name, sent)| (canonical(&name).to_owned(), sent)).collect();
    proposal.parameters = Some(Found::new(key, parameters)).filter(|found| !found.value.is_empty());
}

/// Takes the model that a request names. A call that failed may have told it nowhere else; Bedrock's is told without its maker and
/// version (`@arizeai/openinference-instrumentation-bedrock` 0.5, `extractModelName`).
pub(super) fn asked(model: &mut Model, named: String) {
    if model.request.as_ref().is_none_or(|known| named.contains(known.as_str())) {
        model.request = Some(named);
    }
}
