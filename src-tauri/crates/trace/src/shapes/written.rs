//! Messages that an instrumentation wrote as Python's `repr` of a framework's own, tools likewise.
//!
//! Source: openinference-instrumentation-llama-index 2 and 3 (the arguments of `LLM.chat`), openinference-instrumentation-haystack 0.1
//! and Haystack's own tracer (what goes into and comes out of a chat generator), openinference-instrumentation-agno 0.1.4 to 0.1.20,
//! opentelemetry-instrumentation-langchain 0.20 to 0.62 (a `ChatPromptValue`).

use serde_json::{Value, json};

use super::{Payload, Side, haystack, message, python, tools};
use crate::json::{AsJson, Json};

/// A request with `messages`, or an answer with `replies`, all of them written.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    if let Some(text) = value.as_str() {
        return langchains(text, side).or_else(|| haystacks(text)?.with(|whole| envelope(whole, side)));
    }
    let object = value.as_object()?;
    let key = if side == Side::Input { "messages" } else { "replies" };
    let texts = object.get(key)?.as_array().filter(|texts| !texts.is_empty())?;
    let written: Option<Vec<Value>> = texts.map(fields).collect();
    let written = written?;
    if side == Side::Output {
        return json!({"replies": written}).with(|answer| haystack::envelope(answer, side));
    }
    let messages = written.iter().map(|fields| message::read(fields, "user")).collect::<Option<Vec<_>>>()?;
    let offered = object.get("tools").or_else(|| object.get("kwargs")?.get("tools")).map(tools::definitions);
    Some(Payload { tools: offered.unwrap_or_default(), ..Payload::of(messages) })
}

/// LangChain's messages, in a list or in the prompt they make.
fn langchains(text: &str, side: Side) -> Option<Payload> {
    let text = text.trim();
    let is_one = |text: &str| text.starts_with('[') && text.ends_with(']') && text.contains("Message(content=");
    let list = text.strip_prefix("messages=").filter(|list| is_one(list)).or_else(|| is_one(text).then_some(text))?;
    let written = python::repr(list)?;
    let read = written.with(|list| message::all(list, side.role()))?;
    Some(Payload::of(read))
}

/// Haystack (2.9 to 3.4) writes a request or an answer as a whole where one of the tools is a function that it cannot name.
fn haystacks(text: &str) -> Option<Value> {
    let text = text.trim();
    let is_one =
        ["{'messages': [ChatMessage(", "{'replies': [ChatMessage("].iter().any(|begin| text.starts_with(begin));
    is_one.then(|| python::dict(text)).flatten()
}

fn fields(written: Json<'_>) -> Option<Value> {
    let Some(text) = written.as_str() else {
        return written.get("_role").map(|_| written.to_value());
    };
    // Agno's messages, as Pydantic's `str` writes them.
    if text.starts_with("role=") {
        return python::fields_of_object(text).map(Value::Object);
    }
    let mut fields = python::object(text).filter(|_| text.starts_with("ChatMessage("))?;
    // A tool's message of LlamaIndex names its call among what is the provider's own.
    if let Some(id) = fields.pointer("/additional_kwargs/tool_call_id").cloned() {
        fields["tool_call_id"] = id;
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Part;

    #[test]
    fn langchains_prompt_is_its_messages() {
        let prompt = "messages=[SystemMessage(content='Be brief.', additional_kwargs={}), HumanMessage(content=\"It's?\", id=None)]";
        for text in [prompt, prompt.trim_start_matches("messages=")] {
            let said = Value::from(text).with(|text| envelope(text, Side::Output)).expect("messages");
            let roles: Vec<&str> = said.messages.iter().map(|message| message.role.as_str()).collect();
            assert_eq!(roles, ["system", "user"], "{text}");
        }
        for text in ["[a list of HumanMessage(content=]", "messages=[1]", "hello"] {
            assert_eq!(Value::from(text).with(|text| envelope(text, Side::Output)), None, "{text}");
        }
    }

    #[test]
    fn haystacks_messages_and_tools_are_read() {
        let call = "ToolCall(tool_name='f', arguments={'a': 1}, id='c', extra=None)";
        let asked = json!({"messages": [
            "ChatMessage(_role=<ChatRole.USER: 'user'>, _content=[TextContent(text='Weather?')], _name=None, _meta={})",
            format!("ChatMessage(_role=<ChatRole.ASSISTANT: 'assistant'>, _content=[{call}], _name=None, _meta={{}})"),
            format!("ChatMessage(_role=<ChatRole.TOOL: 'tool'>, _content=[ToolCallResult(result='sunny', origin={call}, error=False)], _name=None, _meta={{}})"),
        ], "tools": ["Tool(name='f', description='F.', parameters={'type': 'object'}, function=<function f at 0x7f>, outputs=None)"]});
        let payload = asked.with(|asked| envelope(asked, Side::Input)).expect("messages");
        let parts: Vec<&Part> = payload.messages.iter().flat_map(|message| &message.parts).collect();
        let id = Some("c".to_owned());
        let name = Some("f".to_owned());
        assert_eq!(parts[1], &Part::ToolCall { id: id.clone(), name: name.clone(), arguments: json!({"a": 1}) });
        assert_eq!(parts[2], &Part::ToolResult { id, name, result: "sunny".into(), is_error: Some(false) });
        assert_eq!(payload.tools[0].name, "f");

        let listed = |key: &str| {
            let texts: Vec<&str> = asked[key].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
            texts.join(", ").replace("<function f at", "<function <lambda> at")
        };
        let whole = format!("{{'messages': [{}], 'tools': [{}]}}", listed("messages"), listed("tools"));
        assert_eq!(Value::from(whole).with(|asked| envelope(asked, Side::Input)), Some(payload));
    }
}
