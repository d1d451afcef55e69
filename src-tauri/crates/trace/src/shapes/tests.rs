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
