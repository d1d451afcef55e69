//! What Langfuse's JavaScript wrappers put where nobody looks for it.
//!
//! Source: `@langfuse/openai` 4 and 5 (`parseOpenAI.ts`, `getToolCallOutput`) and `@langfuse/langchain` 4 and 5
//! (`extractChatMessageContent`).

use serde_json::Value;

use super::proposal::{Found, Proposal, Side};
use crate::shapes::{self, message, tools};

/// The LangChain handler writes a tool's name where its role belongs; only answers of tools have `additional_kwargs` beside.
pub(super) fn name_tools(said: &mut Value) {
    let messages = match said {
        Value::Array(list) => list,
        Value::Object(object) => match object.get_mut("messages") {
            Some(Value::Array(list)) => list,
            _ => return,
        },
        _ => return,
    };
    for object in messages.iter_mut().filter_map(Value::as_object_mut) {
        let is_answer = object.contains_key("additional_kwargs") && object.contains_key("content");
        let Some(Value::String(role)) = object.get("role").filter(|_| is_answer) else { continue };
        let known = ["system", "developer", "user", "assistant", "tool"];
        if !known.contains(&message::role(role).as_str()) {
            let name = role.clone();
            object.insert("name".to_owned(), name.into());
            object.insert("role".to_owned(), "tool".into());
        }
    }
}

/// The wrapper of OpenAI's Responses keeps a request's instructions and tools among the metadata.
pub(super) fn take_request(proposal: &mut Proposal) {
    if let Side { messages: Some(said), .. } = &mut proposal.input {
        let instructions = proposal.metadata.remove("instructions");
        let instructions = instructions.as_ref().map(shapes::content).unwrap_or_default();
        shapes::prepend_system(&mut said.value, instructions);
    }
    let offered = proposal.metadata.get("tools").map(tools::definitions).unwrap_or_default();
    if proposal.tools.is_none() && !offered.is_empty() {
        proposal.metadata.remove("tools");
        proposal.tools = Some(Found::new("langfuse.observation.metadata.tools", offered));
    }
}
