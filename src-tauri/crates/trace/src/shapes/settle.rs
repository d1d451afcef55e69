//! The last touch on messages, the same for every format: no empty messages, nothing twice in one, answers of tools in role `tool`,
//! one system message first.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::text;
use crate::reading::{Message, Part};

/// Returns the messages with empty ones left out and every tool's answer in a message of role `tool`, in the order said.
pub fn settle(messages: Vec<Message>) -> Vec<Message> {
    let mut settled = Vec::with_capacity(messages.len());
    for message in messages {
        let Message { role, name, parts } = once(message);
        if role == "tool" || !parts.iter().any(|part| matches!(part, Part::ToolResult { .. })) {
            settled.push(Message { role, name, parts });
            continue;
        }
        let mut run: Vec<Part> = Vec::new();
        let mut run_is_answer = false;
        for part in parts {
            let is_answer = matches!(part, Part::ToolResult { .. });
            if is_answer != run_is_answer && !run.is_empty() {
                settled.push(said(&role, name.as_ref(), std::mem::take(&mut run), run_is_answer));
            }
            run_is_answer = is_answer;
            run.push(part);
        }
        settled.push(said(&role, name.as_ref(), run, run_is_answer));
    }
    settled.retain(|message| !message.parts.is_empty());
    link(&mut settled);
    settled
}

/// Says which call is answered where a sender left that out and it can be one alone: the only call before without an answer, or
/// the only one of the tool that the answer names.
fn link(messages: &mut [Message]) {
    let is_loose = |part: &Part| matches!(part, Part::ToolResult { id: None, .. });
    if !messages.iter().any(|message| message.parts.iter().any(is_loose)) {
        return;
    }
    let mut at = 0;
    while at < messages.len() {
        // Calls, in one message or several, and the answers behind them.
        let calls = run(&messages[at..], |part| matches!(part, Part::ToolCall { .. }));
        let answers = run(&messages[at + calls..], |part| matches!(part, Part::ToolResult { .. }));
        if calls > 0 && answers > 0 {
            let (called, answered) = messages[at..at + calls + answers].split_at_mut(calls);
            link_run(called, answered);
        }
        at += (calls + answers).max(1);
    }
}

/// Returns how many messages at the beginning have such a part.
fn run(messages: &[Message], has: impl Fn(&Part) -> bool) -> usize {
    messages.iter().take_while(|message| message.parts.iter().any(&has)).count()
}

fn link_run(called: &[Message], answered: &mut [Message]) {
    fn parts(messages: &[Message]) -> impl Iterator<Item = &Part> {
        messages.iter().flat_map(|message| &message.parts)
    }
    let told: BTreeSet<String> = parts(answered)
        .filter_map(|part| match part {
            Part::ToolResult { id, .. } => id.clone(),
            _ => None,
        })
        .collect();
    // Each with its tool's name.
    let open: Vec<(String, Option<String>)> = parts(called)
        .filter_map(|part| match part {
            Part::ToolCall { id: Some(id), name, .. } if !told.contains(id) => Some((id.clone(), name.clone())),
            _ => None,
        })
        .collect();
    // How many answers without an id name a tool.
    let mut loose: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for part in parts(answered) {
        if let Part::ToolResult { id: None, name, .. } = part {
            *loose.entry(name.clone()).or_default() += 1;
        }
    }
    let is_alone = loose.values().sum::<usize>() == 1;
    let only = |answered_name: &Option<String>| {
        if answered_name.is_none() {
            return open.first().filter(|_| is_alone && open.len() == 1);
        }
        if loose.get(answered_name) != Some(&1) {
            return None;
        }
        let mut named = open.iter().filter(|(_, name)| name == answered_name);
        named.next().filter(|_| named.next().is_none())
    };
    for part in answered.iter_mut().flat_map(|message| &mut message.parts) {
        if let Part::ToolResult { id: id @ None, name, .. } = part {
            *id = only(name).map(|(call, _)| call.clone());
        }
    }
}

/// Leaves out what a message says twice: a call (senders write it as a part and again beside the parts), and the text of a tool's
/// message that is its answer.
fn once(mut message: Message) -> Message {
    if message.parts.len() < 2 {
        return message;
    }
    let is_tool = message.role == "tool";
    let has_text = is_tool && message.parts.iter().any(|part| matches!(part, Part::Text { .. }));
    let answers = message.parts.iter().filter(|_| has_text).filter_map(|part| match part {
        Part::ToolResult { result, .. } => Some(result.to_string()),
        _ => None,
    });
    let answers: BTreeSet<String> = answers.collect();
    message.parts.retain(|part| match part {
        Part::Text { text } if is_tool => !answers.contains(&text::parsed(&Value::String(text.clone())).to_string()),
        _ => true,
    });
    let mut ids = BTreeSet::new();
    let repeats = |part: &Part| matches!(part, Part::ToolCall { id: Some(id), .. } if !ids.insert(id.clone()));
    if message.parts.iter().any(repeats) {
        message.parts = called_once(message.parts);
    }
    message
}

/// Leaves out the copies of calls: those of the same id and function with the same arguments or, beside one with arguments, with
/// none. Some servers give every call of an answer one id.
fn called_once(parts: Vec<Part>) -> Vec<Part> {
    let is_nothing = |arguments: &Value| match arguments {
        Value::Null => true,
        Value::Object(object) => object.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    // Some copies leave out the name.
    let mut names = BTreeMap::new();
    for part in &parts {
        if let Part::ToolCall { id: Some(id), name: Some(name), .. } = part {
            names.entry(id.clone()).or_insert_with(|| name.clone());
        }
    }
    // Which calls were told, and where one without arguments stands that may be filled in.
    let (mut told, mut begun) = (BTreeSet::new(), BTreeMap::new());
    let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
    for mut part in parts {
        let Part::ToolCall { id: Some(id), name, arguments } = &mut part else {
            kept.push(part);
            continue;
        };
        *name = name.take().or_else(|| names.get(id).cloned());
        let call = (id.clone(), name.clone());
        if is_nothing(arguments) {
            if let Entry::Vacant(entry) = begun.entry(call) {
                entry.insert(Some(kept.len()));
                kept.push(part);
            }
        } else if told.insert((call.clone(), arguments.to_string())) {
            match begun.insert(call, None).flatten() {
                Some(at) => kept[at] = part,
                None => kept.push(part),
            }
        }
    }
    kept
}

/// Leaves out a call without an id that stands beside with one: OpenTelemetry's instrumentation of Vertex AI (2.1b0) tells an answer
/// as Gemini's content, which has no ids, and its calls again under ids of its own.
pub fn leave_nameless_copies(parts: &mut Vec<Part>) {
    let mut beside: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for part in &*parts {
        if let Part::ToolCall { id: Some(_), name, arguments } = part {
            *beside.entry((name.clone(), arguments.to_string())).or_default() += 1;
        }
    }
    parts.retain(|part| {
        let Part::ToolCall { id: None, name, arguments } = part else { return true };
        let left = beside.get_mut(&(name.clone(), arguments.to_string())).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_none()
    });
}

fn said(role: &str, name: Option<&String>, parts: Vec<Part>, is_answer: bool) -> Message {
    if is_answer { Message::new("tool", parts) } else { Message { role: role.to_owned(), name: name.cloned(), parts } }
}

/// Puts what was sent beside the messages as instructions in front, as one system message. What a message already says is not
/// said again.
pub fn prepend_system(messages: &mut Vec<Message>, instructions: Vec<Part>) {
    let told = |part: &Part| {
        let mut system = messages.iter().filter(|message| matches!(message.role.as_str(), "system" | "developer"));
        system.any(|message| message.parts.contains(part))
    };
    let parts: Vec<Part> = instructions.into_iter().filter(|part| !told(part)).collect();
    if !parts.is_empty() {
        messages.splice(0..0, settle(vec![Message::new("system", parts)]));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(text: &str) -> Part {
        Part::Text { text: text.into() }
    }

    #[test]
    fn tool_answers_leave_the_users_message_in_order() {
        let answer = Part::ToolResult { id: Some("1".into()), name: None, result: "rainy".into(), is_error: None };
        let settled = settle(vec![Message::new("user", vec![answer.clone(), text("and now?")])]);
        assert_eq!(settled, [Message::new("tool", vec![answer]), Message::new("user", vec![text("and now?")])]);
    }

    #[test]
    fn call_and_answer_are_said_once() {
        let call = Part::ToolCall { id: Some("1".into()), name: Some("f".into()), arguments: Value::Null };
        let nameless = Part::ToolCall { id: None, name: Some("f".into()), arguments: Value::Null };
        let answer = Part::ToolResult { id: Some("1".into()), name: None, result: json!({"a": 1}), is_error: None };
        let settled = settle(vec![
            Message::new("assistant", vec![call.clone(), nameless.clone(), nameless.clone(), call.clone()]),
            Message::new("tool", vec![text("{\"a\": 1}"), answer.clone()]),
        ]);
        let called = Message::new("assistant", vec![call, nameless.clone(), nameless]);
        assert_eq!(settled, [called, Message::new("tool", vec![answer])]);
    }

    #[test]
    fn calls_that_share_an_id_are_told_apart() {
        let call = |name: Option<&str>, arguments: Value| Part::ToolCall {
            id: Some("1".into()),
            name: name.map(str::to_owned),
            arguments,
        };
        let settled = |parts: Vec<Part>| settle(vec![Message::new("assistant", parts)])[0].parts.clone();
        let (f, full) = (call(Some("f"), json!({})), call(Some("f"), json!({"a": 1})));
        for different in [
            vec![f.clone(), call(Some("g"), json!({}))],
            vec![full.clone(), call(Some("f"), json!({"a": 2}))],
            vec![full.clone(), call(Some("f"), json!({"a": 2})), call(Some("g"), json!({"a": 1}))],
        ] {
            assert_eq!(settled(different.clone()), different);
            assert_eq!(settled([different.clone(), different.clone()].concat()), different);
        }
        for copies in [
            vec![f.clone(), text("so"), full.clone()],
            vec![full.clone(), text("so"), f.clone(), full.clone()],
            vec![call(None, json!({"a": 1})), text("so"), call(Some("f"), Value::Null), call(None, json!({"a": 1}))],
        ] {
            assert_eq!(settled(copies), [full.clone(), text("so")]);
        }
    }

    #[test]
    fn tool_answers_among_the_instructions_are_a_tools_too() {
        let answer = Part::ToolResult { id: None, name: None, result: "rainy".into(), is_error: None };
        let mut messages = vec![Message::new("user", vec![text("hi")])];
        prepend_system(&mut messages, vec![text("Be brief."), answer.clone()]);
        let roles: Vec<&str> = messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["system", "tool", "user"]);
    }

    #[test]
    fn answers_are_linked_to_the_one_call_they_can_be_of() {
        let call = |id: &str, name: &str| {
            let (id, name) = (Some(id.to_owned()), Some(name.to_owned()));
            Message::new("assistant", vec![Part::ToolCall { id, name, arguments: Value::Null }])
        };
        let answer = |id: Option<&str>, name: Option<&str>| {
            let (id, name) = (id.map(str::to_owned), name.map(str::to_owned));
            Message::new("tool", vec![Part::ToolResult { id, name, result: "rainy".into(), is_error: None }])
        };
        let alone = settle(vec![call("1", "f"), answer(None, None), call("2", "f"), answer(None, None)]);
        assert_eq!(alone, [call("1", "f"), answer(Some("1"), None), call("2", "f"), answer(Some("2"), None)]);
        let named = settle(vec![call("1", "f"), call("2", "g"), answer(None, Some("g")), answer(None, Some("f"))]);
        assert_eq!(named[2..], [answer(Some("2"), Some("g")), answer(Some("1"), Some("f"))]);
        let rest = settle(vec![call("1", "f"), call("2", "f"), answer(Some("2"), None), answer(None, None)]);
        assert_eq!(rest[2..], [answer(Some("2"), None), answer(Some("1"), None)]);
        for unclear in [
            vec![call("1", "f"), call("2", "g"), answer(None, None), answer(None, None)],
            vec![call("1", "f"), answer(None, Some("g"))],
            vec![call("1", "f"), call("2", "f"), answer(None, Some("f"))],
            vec![call("1", "f"), Message::new("user", vec![text("and?")]), answer(None, None)],
            vec![answer(None, None)],
        ] {
            assert_eq!(settle(unclear.clone()), unclear);
        }
    }

    #[test]
    fn message_without_parts_is_left_out() {
        assert_eq!(settle(vec![Message::new("user", vec![])]), []);
    }

    #[test]
    fn instructions_that_a_message_repeats_are_said_once() {
        let mut messages =
            vec![Message::new("system", vec![text("Be brief.")]), Message::new("user", vec![text("hi")])];
        prepend_system(&mut messages, vec![text("Be brief.")]);
        assert_eq!(messages.len(), 2);
        prepend_system(&mut messages, vec![text("Be kind.")]);
        assert_eq!(messages[0], Message::new("system", vec![text("Be kind.")]));
    }
}
