//! Answers beside the schema they were asked to keep to, and arguments beside their tool's.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::ReadTrace;
use crate::json::Kept;
use crate::json_schema::{Fit, fit};
use crate::reading::{AnswerFormat, Kind, Message, Part, Reading};

/// A place where an answer does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Misfit {
    /// The place as a JSON pointer into the answer; empty = the whole of it.
    pub at: String,
    /// What is wrong there, in words that follow the place.
    pub problem: String,
}

/// A part of an answer that was asked to look in some way, and whether it does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Checked {
    /// The message of the answer, from 0.
    pub message: u32,
    /// The part of the message, from 0; the first of them when one JSON value is split over several texts.
    pub part: u32,
    /// How many texts of the message were judged as one, from `part` on.
    pub texts: u32,
    /// What the schema is called.
    pub name: Option<String>,
    /// Whether the provider was told to keep to it to the letter, when it was told anything.
    pub strict: Option<bool>,
    /// The JSON schema; `None` = JSON of whatever form was asked for, or the schema was not recorded.
    #[ts(as = "Option<Value>")]
    pub schema: Option<Kept>,
    /// Where the answer does not fit, at most 50 places.
    pub misfits: Vec<Misfit>,
    /// Whether there are more.
    pub more: bool,
    /// Keywords of the schema that nobody looked at.
    pub unchecked: Vec<String>,
}

/// Returns what of a span's answer was asked to look in some way. Where a library writes that on the span around its call (Vercel's
/// `generateObject`), it holds for the call as well.
pub(super) fn checks_of(trace: &ReadTrace, at: usize) -> Vec<Checked> {
    let reading = &trace.spans[at].reading;
    let around = trace.tree.parent[at].map(|up| &trace.spans[up as usize].reading);
    let around = around.filter(|around| reading.kind == Kind::Llm && around.kind != Kind::Agent);
    let format = reading.answer_format.as_deref().or_else(|| around?.answer_format.as_deref());
    checks(reading, format)
}

/// Returns what of an answer was asked to look in some way: the text of a message that says nothing else, and tool calls whose
/// arguments do not fit or that had to be made. An answer that the sender cut short is not judged.
fn checks(reading: &Reading, format: Option<&AnswerFormat>) -> Vec<Checked> {
    if reading.cut.as_ref().is_some_and(|cut| cut.output) || (format.is_none() && reading.tools.is_empty()) {
        return Vec::new();
    }
    let schema = format.and_then(|format| format.schema.as_ref()).map(Kept::to_value);
    let messages = reading.output.messages.iter().flatten().enumerate();
    let mut checks = Vec::new();
    for (message, said) in messages.filter(|(_, said)| said.role == "assistant") {
        let of_text = format.zip(only_text(said)).map(|(format, only)| {
            let check = of_text(format, schema.as_ref(), &only.text);
            (only.part, Checked { texts: only.texts, ..check })
        });
        let calls = said.parts.iter().enumerate().filter_map(|(part, said)| Some((part, of_call(reading, said)?)));
        for (part, check) in of_text.into_iter().chain(calls) {
            checks.push(Checked { message: message as u32, part: part as u32, ..check });
        }
    }
    checks
}

/// What a message says, and where.
struct OnlyText<'a> {
    part: usize,
    texts: u32,
    text: Cow<'a, str>,
}

/// The text of a message that says nothing else but what the model thought: beside tool calls, text may be of any form. Several texts
/// are one where a JSON value is split over them, and of any form otherwise.
fn only_text(message: &Message) -> Option<OnlyText<'_>> {
    let mut said = Vec::new();
    for (at, part) in message.parts.iter().enumerate() {
        match part {
            Part::Text { text } => said.push((at, text.as_str())),
            Part::Reasoning { .. } => {}
            _ => return None,
        }
    }
    let &(part, first) = said.first()?;
    if said.len() == 1 {
        return Some(OnlyText { part, texts: 1, text: first.into() });
    }
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let text: String = said.iter().map(|(_, text)| *text).collect();
    (!is_json(first) && is_json(&text)).then(|| OnlyText { part, texts: said.len() as u32, text: text.into() })
}

fn of_text(format: &AnswerFormat, schema: Option<&Value>, text: &str) -> Checked {
    let AnswerFormat { name, strict, schema: kept } = format.clone();
    let check = Checked { name, strict, schema: kept, ..Checked::default() };
    match serde_json::from_str::<Value>(text) {
        Ok(said) => judged(check, schema, &said),
        Err(error) => {
            let problem =
                if error.is_eof() { "ends before its JSON does".to_owned() } else { format!("is not JSON: {error}") };
            Checked { misfits: vec![Misfit { at: String::new(), problem }], ..check }
        }
    }
}

fn of_call(reading: &Reading, part: &Part) -> Option<Checked> {
    let Part::ToolCall { name: Some(name), arguments, .. } = part else { return None };
    let tool = reading.tools.iter().find(|tool| tool.name == *name)?;
    let kept = tool.parameters.as_ref()?;
    let check = Checked { name: Some(name.clone()), schema: Some(kept.clone()), texts: 1, ..Checked::default() };
    let check = judged(check, Some(&kept.to_value()), arguments);
    (!check.misfits.is_empty() || had_to_call(reading, name)).then_some(check)
}

fn judged(check: Checked, schema: Option<&Value>, said: &Value) -> Checked {
    let Fit { misfits, more, unchecked } = schema.map(|schema| fit(schema, said)).unwrap_or_default();
    let misfits = misfits.into_iter().map(|misfit| Misfit { at: misfit.at, problem: misfit.problem }).collect();
    Checked { misfits, more, unchecked: unchecked.into_iter().collect(), ..check }
}

/// Says whether the model was told to call this tool and no other: so an answer of some form is asked for where there is no other way.
fn had_to_call(reading: &Reading, name: &str) -> bool {
    let choice = reading.parameters.get("tool_choice");
    let named = choice.and_then(|choice| choice.get("name").or_else(|| choice.get("function")?.get("name")));
    named.or_else(|| choice?.get("toolName")).and_then(Value::as_str) == Some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reading::{Cut, ToolDefinition};
    use crate::views::drawn;

    fn asked(parts: Vec<Part>) -> Reading {
        let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        let parameters = Some(schema.clone().into());
        let format = AnswerFormat { name: Some("N".to_owned()), strict: Some(true), schema: Some(schema.into()) };
        let mut reading = Reading {
            tools: vec![ToolDefinition { name: "count".to_owned(), description: None, parameters }],
            answer_format: Some(Box::new(format)),
            ..Reading::default()
        };
        reading.output.messages = Some(vec![Message::new("assistant", parts)]);
        reading
    }

    fn text(text: &str) -> Part {
        Part::Text { text: text.to_owned() }
    }

    fn call(arguments: Value) -> Part {
        Part::ToolCall { id: None, name: Some("count".to_owned()), arguments }
    }

    fn checks(reading: &Reading) -> Vec<Checked> {
        super::checks(reading, reading.answer_format.as_deref())
    }

    fn problems(reading: &Reading) -> Vec<String> {
        let told = |check: Checked| {
            check.misfits.into_iter().map(move |Misfit { at, problem }| format!("{}{at} {problem}", check.part))
        };
        checks(reading).into_iter().flat_map(told).collect()
    }

    #[test]
    fn an_answer_is_judged_and_what_stands_beside_tool_calls_is_not() {
        let fits = checks(&asked(vec![Part::Reasoning { text: "Hm.".to_owned() }, text(r#"{"n": 1}"#)]));
        assert_eq!((fits.len(), fits[0].part, fits[0].misfits.len(), fits[0].strict), (1, 1, 0, Some(true)));
        assert_eq!(problems(&asked(vec![text(r#"{"n": "1"}"#)])), ["0/n is string, must be integer"]);
        assert_eq!(problems(&asked(vec![text(r#"{"n":"#)])), ["0 ends before its JSON does"]);
        assert!(problems(&asked(vec![text("Sure!")]))[0].starts_with("0 is not JSON: expected value"));
        assert!(checks(&asked(vec![text("I will count."), call(json!({"n": 1}))])).is_empty());
    }

    #[test]
    fn json_split_over_texts_is_judged_as_one_and_texts_of_any_form_are_not() {
        let thought = Part::Reasoning { text: "Hm.".to_owned() };
        let split = checks(&asked(vec![thought, text("{\"n\":"), text("\"1\""), text("}")]));
        assert_eq!((split.len(), split[0].part, split[0].texts, split[0].misfits[0].at.as_str()), (1, 1, 3, "/n"));
        assert!(checks(&asked(vec![text("Here it is:"), text(r#"{"n": 1}"#)])).is_empty());
        assert!(checks(&asked(vec![text("1"), text("2")])).is_empty());
    }

    #[test]
    fn arguments_are_told_where_they_do_not_fit_or_had_to_be_given() {
        let mut reading = asked(vec![call(json!({}))]);
        assert_eq!(problems(&reading), ["0 lacks the required key \"n\""]);
        reading = asked(vec![call(json!({"n": 1}))]);
        assert!(checks(&reading).is_empty());
        reading.parameters.insert("tool_choice".to_owned(), json!({"type": "tool", "name": "count"}));
        assert_eq!(checks(&reading).len(), 1);
    }

    #[test]
    fn what_the_span_around_a_call_asks_for_holds_for_the_call() {
        let around = |kind: Kind| {
            let mut outer = drawn::span(1, 0, 0, 9).kind(kind);
            outer.reading.answer_format = asked(Vec::new()).answer_format;
            let inner = drawn::span(2, 1, 1, 8).kind(Kind::Llm).answering(vec![drawn::assistant(r#"{"n": "1"}"#)]);
            checks_of(&drawn::trace(vec![outer, inner]), 1).len()
        };
        assert_eq!((around(Kind::Chain), around(Kind::Agent)), (1, 0));
    }

    #[test]
    fn what_the_sender_cut_short_is_not_judged() {
        let mut reading = asked(vec![text(r#"{"n":"#)]);
        reading.cut = Some(Box::new(Cut { output: true, ..Cut::default() }));
        assert!(checks(&reading).is_empty());
    }
}
