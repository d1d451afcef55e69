//! Payloads through the front door: what no format alone decides.

use serde_json::{Value, json};

use super::*;

fn asked(value: &Value) -> Option<Vec<Message>> {
    read(value, Side::Input).map(|payload| payload.messages)
}

fn answered(value: &Value) -> Vec<Message> {
    read(value, Side::Output).expect("an answer").messages
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into() }
}

fn called(id: Option<&str>, name: &str, arguments: Value) -> Part {
    Part::ToolCall { id: id.map(str::to_owned), name: Some(name.into()), arguments }
}

#[test]
fn an_entry_that_is_no_message_does_not_hide_the_others() {
    let hi = Message::new("user", vec![text("hi")]);
    let sent = json!({"role": "user", "content": "hi"});
    let mark = json!({"type": "remove", "id": "1"});
    let kept = Message::new("user", vec![Part::Json { value: mark.clone() }]);
    for (odd, read) in [
        (json!({"role": "assistant"}), None),
        (json!({"role": "assistant", "id": "1", "content": null, "audio": null}), None),
        (json!("loose"), Some(Message::new("user", vec![text("loose")]))),
        (mark, Some(kept)),
    ] {
        let after = [vec![hi.clone()], read.clone().into_iter().collect()].concat();
        let before = [read.into_iter().collect(), vec![hi.clone()]].concat();
        assert_eq!(asked(&json!([sent, odd])), Some(after.clone()));
        assert_eq!(asked(&json!([odd, sent])), Some(before));
        assert_eq!(asked(&json!({"model": "m", "messages": [sent, odd]})), Some(after.clone()));
        assert_eq!(asked(&json!({"model": "m", "input": [sent, odd]})), Some(after));
    }
}

#[test]
fn a_list_without_a_message_is_no_list_of_messages() {
    for list in [
        json!(["a", "b"]),
        json!([{"role": "assistant"}]),
        json!([{"id": "1", "content": "found"}]),
        json!([{"role": "user", "content": "hi"}, 3]),
        json!([{"type": "reasoning", "reasoning": "so"}, {"type": "text", "text": "hi"}]),
    ] {
        assert_eq!(asked(&list), None, "{list}");
    }
}

#[test]
fn calls_whose_arguments_could_not_be_parsed_are_calls() {
    let call = |id: &str, args: Value| json!({"name": "g", "args": args, "id": id});
    let said = json!({"generations": [[{"text": "", "message": {
        "type": "ai", "content": "", "tool_calls": [call("c", json!({}))],
        "invalid_tool_calls": [call("c", json!("{bad")), call("d", json!("{bad")), {"name": null, "args": "}", "id": null}],
    }}]]});
    let calls = vec![called(Some("c"), "g", json!({})), called(Some("d"), "g", json!("{bad"))];
    assert_eq!(answered(&said), [Message::new("assistant", calls)]);
}

#[test]
fn a_calls_fuller_copy_is_kept() {
    let said = json!({"generations": [[{"text": "", "message": {
        "type": "AIMessageChunk",
        "content": [{"type": "text", "text": "x"}, {"type": "tool_use", "id": "c", "name": "f", "input": {}}],
        "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "c"}],
    }}]]});
    assert_eq!(answered(&said), [Message::new("assistant", vec![text("x"), called(Some("c"), "f", json!({"a": 1}))])]);
}

#[test]
fn an_answer_that_failed_says_why() {
    let failed =
        json!({"object": "response", "status": "failed", "output": [], "error": {"code": "e", "message": "no"}});
    let error = read(&failed, Side::Output).and_then(|payload| payload.error);
    assert_eq!(error.map(|error| (error.kind, error.message)), Some((Some("e".into()), Some("no".into()))));
    let whole = json!({"object": "response", "status": "completed", "output": [], "error": null});
    assert_eq!(read(&whole, Side::Output).and_then(|payload| payload.error), None);
}

#[test]
fn parts_are_kept_whatever_is_in_them() {
    let part = |sent: Value| content(&json!([sent]));
    let structured = json!({"answer": 1});
    assert_eq!(part(json!({"type": "text", "content": structured})), [Part::Json { value: structured }]);
    assert_eq!(part(json!({"type": "text", "content": 7})), [text("7")]);
    let thought =
        json!({"type": "thinking", "thinking": [{"type": "text", "text": "so "}, {"type": "text", "text": "what"}]});
    assert_eq!(part(thought), [Part::Reasoning { text: "so what".into() }]);
    let [Part::Image(at)] = &*part(json!({"kind": "image-url", "url": "https://example.com/a.png"})) else {
        panic!("no picture")
    };
    assert_eq!(at.uri.as_deref(), Some("https://example.com/a.png"));
    let bytes = json!({"kind": "binary", "media_type": "application/pdf", "binary_content": "aGVsbG8="});
    let [Part::File(file)] = &*part(bytes) else { panic!("no file") };
    assert_eq!((file.mime.as_deref(), file.bytes), (Some("application/pdf"), Some(5)));
}

#[test]
fn requests_tell_their_parameters_in_objects_of_their_own() {
    let said = json!([{"role": "user", "content": [{"text": "hi"}]}]);
    let schema = json!({"json": {"type": "object"}});
    let bedrock = json!({"modelId": "m", "messages": said, "inferenceConfig": {"temperature": 0.1, "maxTokens": 5, "topP": null},
        "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": schema}}]}});
    let payload = read(&bedrock, Side::Input).expect("a request");
    assert_eq!(Value::Object(payload.parameters), json!({"temperature": 0.1, "maxTokens": 5}));
    assert_eq!(payload.tools[0].name, "f");
    for name in ["config", "generationConfig"] {
        let gemini = json!({"model": "m", "contents": "hi", name: {"temperature": 0.1, "systemInstruction": "be brief", "topK": null}});
        let payload = read(&gemini, Side::Input).expect("a request");
        assert_eq!(Value::Object(payload.parameters), json!({"temperature": 0.1}), "{name}");
    }
    let ollama = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "options": {"num_ctx": 9}});
    let payload = read(&ollama, Side::Input).expect("a request");
    assert_eq!(Value::Object(payload.parameters), json!({"num_ctx": 9}));
}

#[test]
fn prompts_of_the_ai_sdk_have_answers_of_tools_in_their_role() {
    let answer =
        json!({"type": "tool-result", "toolCallId": "c", "toolName": "f", "output": {"type": "json", "value": 1}});
    let call = json!({"type": "tool-call", "toolCallId": "c", "toolName": "f", "input": {}});
    let prompt = ai_sdk::prompt(&json!([{"role": "assistant", "content": [call, answer]}])).expect("a prompt");
    let roles: Vec<&str> = prompt.messages.iter().map(|message| message.role.as_str()).collect();
    assert_eq!(roles, ["assistant", "tool"]);
}

#[test]
fn calls_of_openais_own_tools_are_calls() {
    let action = json!({"type": "click", "x": 1});
    let answer = answered(&json!({"object": "response", "output": [
        {"type": "computer_call", "id": "i", "call_id": "c", "action": action, "pending_safety_checks": [], "status": "completed"},
        {"type": "file_search_call", "id": "f", "queries": ["q"], "results": [{"file_id": "1"}], "status": "completed"},
        {"type": "web_search_call", "id": "w", "status": "completed"},
        {"type": "later_call", "id": "l", "new": 1},
    ]}));
    let unknown = Part::Json { value: json!({"type": "later_call", "id": "l", "new": 1}) };
    let result = Part::ToolResult {
        id: Some("f".into()),
        name: Some("file_search".into()),
        result: json!([{"file_id": "1"}]),
        is_error: None,
    };
    let searched = called(Some("f"), "file_search", json!({"queries": ["q"]}));
    let others = vec![called(Some("w"), "web_search", Value::Null), unknown];
    assert_eq!(
        answer,
        [
            Message::new("assistant", vec![called(Some("c"), "computer", action), searched]),
            Message::new("tool", vec![result]),
            Message::new("assistant", others),
        ]
    );
    let shown = json!({"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}});
    let asked = asked(&json!({"input": [{"role": "user", "content": "go"}, shown]})).expect("a request");
    assert!(matches!(&asked[1].parts[..], [Part::ToolResult { id: Some(id), .. }] if id == "c"), "{asked:?}");
    let offered =
        tools::definitions(&json!([{"type": "mcp", "server_label": "a"}, {"type": "mcp", "server_label": "b"}]));
    assert_eq!(offered.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["mcp:a", "mcp:b"]);
}
