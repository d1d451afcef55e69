use serde_json::json;

use super::*;
use crate::reading::{Input, Model, ToolDefinition};

/// A call with every kind of part that most formats carry.
fn call(provider: &str, model: &str) -> Reading {
    let messages = vec![
        Message::new("system", vec![Part::Text { text: "Be kind.".to_owned() }]),
        Message::new("user", vec![Part::Text { text: "Weather?".to_owned() }]),
        Message::new(
            "assistant",
            vec![
                Part::Reasoning { text: "hm".to_owned() },
                Part::ToolCall {
                    id: Some("c1".to_owned()),
                    name: Some("look".to_owned()),
                    arguments: json!({ "city": "Paris" }),
                },
            ],
        ),
        Message::new(
            "tool",
            vec![Part::ToolResult {
                id: Some("c1".to_owned()),
                name: Some("look".to_owned()),
                result: json!("rainy"),
                is_error: None,
            }],
        ),
    ];
    Reading {
        model: Some(Model {
            request: Some(model.to_owned()),
            response: None,
            provider: (!provider.is_empty()).then(|| provider.to_owned()),
        }),
        input: Input { messages: Some(messages), value: None },
        tools: vec![ToolDefinition {
            name: "look".to_owned(),
            description: Some("Looks".to_owned()),
            parameters: Some(json!({ "type": "object" }).into()),
        }],
        parameters: [("temperature", json!(0.2)), ("max_tokens", json!(50))]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        ..Reading::default()
    }
}

#[test]
fn openai_takes_results_as_messages() {
    let request = request(&call("openai", "gpt-4o-mini")).expect("it was recorded");
    let wanted = json!({
        "model": "gpt-4o-mini",
        "messages": [
            { "role": "system", "content": "Be kind." },
            { "role": "user", "content": "Weather?" },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "c1", "type": "function", "function": { "name": "look", "arguments": "{\"city\":\"Paris\"}" } },
            ] },
            { "role": "tool", "tool_call_id": "c1", "content": "rainy" },
        ],
        "tools": [{ "type": "function", "function": { "name": "look", "description": "Looks", "parameters": { "type": "object" } } }],
        "temperature": 0.2,
        "max_tokens": 50,
    });
    assert_eq!(Value::Object(request.body), wanted);
    assert_eq!((request.notes, request.key_variable), (Vec::new(), "OPENAI_API_KEY"));
}

#[test]
fn anthropic_and_gemini_have_words_of_their_own() {
    let anthropic = request(&call("anthropic", "claude-sonnet-4-5")).expect("it was recorded");
    assert_eq!(anthropic.body["system"], "Be kind.");
    let said = &anthropic.body["messages"];
    assert_eq!(
        said[1]["content"][0],
        json!({ "type": "tool_use", "id": "c1", "name": "look", "input": { "city": "Paris" } })
    );
    assert_eq!((&said[2]["role"], &said[2]["content"][0]["type"]), (&json!("user"), &json!("tool_result")));
    assert_eq!(anthropic.notes.len(), 1, "what the model thought: {:?}", anthropic.notes);

    let gemini = request(&call("", "gemini-2.5-flash")).expect("it was recorded");
    assert!(gemini.url.ends_with("/models/gemini-2.5-flash:generateContent"));
    let hostile = request(&call("google", "gemini\"$(id)`")).expect("it was recorded");
    assert!(hostile.url.ends_with("/models/gemini%22%24%28id%29%60:generateContent"), "{}", hostile.url);
    assert_eq!(gemini.body["generationConfig"], json!({ "temperature": 0.2, "maxOutputTokens": 50 }));
    assert_eq!(gemini.body["contents"][1]["parts"][0]["functionCall"]["name"], "look");
}

#[test]
fn what_is_not_known_is_said() {
    let mut other = call("mistral", "mistral-small");
    other.parameters.clear();
    assert!(request(&other).expect("it was recorded").notes[0].contains("mistral"));
    let mut claude = call("anthropic", "claude-sonnet-4-5");
    claude.parameters.clear();
    let notes = request(&claude).expect("it was recorded").notes;
    assert!(notes.iter().any(|note| note.contains("max_tokens")), "{notes:?}");
    assert_eq!(request(&Reading::default()), None);
}
