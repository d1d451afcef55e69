use serde_json::json;

use super::*;
use crate::reading::{ErrorInfo, Input, Message, Model, Output, Part, Reading, ToolDefinition, ToolExecution};
use crate::span::{Span, SpanId, TraceId};
use crate::usage::prices::Prices;
use crate::views::ReadSpan;

fn message(role: &str, text: &str) -> Message {
    Message::new(role, vec![Part::Text { text: text.to_owned() }])
}

fn call(said: &[(&str, &str)], answer: &str, temperature: f64) -> Reading {
    let messages = said.iter().map(|(role, text)| message(role, text)).collect();
    let mut reading = Reading { kind: Kind::Llm, ..Reading::default() };
    reading.input = Input { messages: Some(messages), value: None };
    reading.output = Output { messages: Some(vec![message("assistant", answer)]), ..Output::default() };
    reading.model = Some(Model { request: Some("gpt-4o".to_owned()), ..Model::default() });
    reading.parameters.insert("temperature".to_owned(), json!(temperature));
    reading
}

fn tool(arguments: Value) -> Reading {
    let execution = ToolExecution { arguments: Some(arguments.clone()), ..ToolExecution::default() };
    let input = Input { messages: None, value: Some(arguments) };
    Reading { kind: Kind::Tool, tool: Some(execution), input, ..Reading::default() }
}

/// A trace of spans one after the other below the first.
fn trace(spans: Vec<(&str, Reading)>) -> ReadTrace {
    let trace_id = TraceId([1; 16]);
    let spans = spans.into_iter().enumerate().map(|(at, (name, reading))| {
        let id = |at: usize| SpanId((at as u64 + 1).to_be_bytes());
        let mut span = Span::new(trace_id, id(at), Default::default(), Default::default());
        span.name = name.to_owned();
        span.parent_span_id = (at > 0).then(|| id(0));
        span.start_time_unix_nano = 1_000 + at as u64 * 100;
        span.end_time_unix_nano = span.start_time_unix_nano + 50;
        ReadSpan { span, reading, duplicates: 0, from_logs: false }
    });
    ReadTrace::new(trace_id, spans.collect(), Prices::shipped())
}

fn agent() -> Reading {
    Reading { kind: Kind::Agent, ..Reading::default() }
}

#[test]
fn what_differs_is_told_once_and_where_it_is_new() {
    let first = trace(vec![
        ("agent", agent()),
        ("chat", call(&[("system", "Plan trips."), ("user", "Paris?")], "Looking.", 0.0)),
        ("weather", tool(json!({"city": "Paris"}))),
        ("chat", call(&[("system", "Plan trips."), ("user", "Paris?"), ("assistant", "Looking.")], "Rainy.", 0.0)),
    ]);
    let second = trace(vec![
        ("agent", agent()),
        ("chat", call(&[("system", "Plan short trips."), ("user", "Paris?")], "Looking.", 0.2)),
        ("weather", tool(json!({"city": "Paris", "unit": "C"}))),
        ("GET", Reading { kind: Kind::Http, ..Reading::default() }),
        (
            "chat",
            call(&[("system", "Plan short trips."), ("user", "Paris?"), ("assistant", "Looking.")], "Rainy.", 0.2),
        ),
    ]);
    let compared = compare(&first, TraceRow::default(), &second, TraceRow::default());
    assert_eq!((compared.common_steps, compared.steps.len(), compared.more_steps), (4, 5, 0));
    let told: Vec<(String, Vec<String>)> = compared
        .steps
        .iter()
        .map(|step| {
            let side = step.a.as_ref().or(step.b.as_ref()).expect("a step is in one of them");
            (side.name.clone(), step.texts.iter().map(|text| text.what.clone()).collect())
        })
        .collect();
    let expected: [(&str, &[&str]); 5] =
        [("agent", &[]), ("chat", &["system"]), ("weather", &["arguments"]), ("GET", &[]), ("chat", &[])];
    let told: Vec<(&str, Vec<&str>)> =
        told.iter().map(|(name, texts)| (name.as_str(), texts.iter().map(String::as_str).collect())).collect();
    assert_eq!(told, expected.map(|(name, texts)| (name, texts.to_vec())));
    let parts = compared.steps.iter().flat_map(|step| &step.texts).map(|text| text.part);
    assert!(parts.eq([ComparedPart::Prompts, ComparedPart::Tools]));
    assert_eq!(compared.steps[1].alike, 2, "the question and the answer");
    assert!(compared.steps[3].a.is_none());
    let inserted: Vec<&Run> = compared.steps[1].texts[0].runs.iter().filter(|run| run.whose == Whose::B).collect();
    assert_eq!(inserted.iter().map(|run| run.text.trim()).collect::<String>(), "short");
    let [setting] = &compared.settings[..] else { panic!("{:?}", compared.settings) };
    assert_eq!(
        (setting.name.as_str(), setting.a.as_deref(), setting.b.as_deref()),
        ("temperature", Some("0.0"), Some("0.2"))
    );
}

#[test]
fn a_trace_is_like_itself() {
    let one = trace(vec![("agent", agent()), ("chat", call(&[("user", "Hi")], "Hello", 1.0))]);
    let compared = compare(&one, TraceRow::default(), &one, TraceRow::default());
    assert!(compared.settings.is_empty() && compared.steps.iter().all(|step| step.texts.is_empty()));
    assert_eq!(compared.common_steps, 2);
}

#[test]
fn roots_models_and_agents_of_other_names_stand_beside_each_other_and_other_tools_do_not() {
    let run = |root: &'static str, chat: &'static str, used: &'static str, model: &str| {
        let mut asked = call(&[("user", "Hi")], "Hello", 1.0);
        asked.model = Some(Model { request: Some(model.to_owned()), ..Model::default() });
        trace(vec![(root, agent()), (chat, asked), (used, tool(json!({"city": "Paris"}))), ("invoke_agent b", agent())])
    };
    let first = run("main.py", "chat gpt-4o", "weather", "gpt-4o");
    let mut second = run("worker", "chat gpt-4o-mini", "currency", "gpt-4o-mini");
    second.spans[0].reading.kind = Kind::Chain;
    let compared = compare(&first, TraceRow::default(), &second, TraceRow::default());
    let name = |side: &Option<StepSide>| side.as_ref().map(|side| side.name.clone()).unwrap_or_default();
    let steps: Vec<(String, String)> = compared.steps.iter().map(|step| (name(&step.a), name(&step.b))).collect();
    let expected = [
        ("main.py", "worker"),
        ("chat gpt-4o", "chat gpt-4o-mini"),
        ("weather", ""),
        ("", "currency"),
        ("invoke_agent b", "invoke_agent b"),
    ];
    assert_eq!(steps, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(compared.settings.iter().map(|setting| setting.name.as_str()).collect::<Vec<_>>(), ["model"]);
}

#[test]
fn tools_that_are_also_sent_as_a_parameter_are_told_once() {
    let offering = |name: &str| {
        let mut asked = call(&[("user", "Hi")], "Hello", 1.0);
        asked.parameters.insert("tools".to_owned(), json!([{"function": {"name": name}}]));
        asked.tools = vec![ToolDefinition { name: name.to_owned(), ..ToolDefinition::default() }];
        trace(vec![("root", agent()), ("chat", asked)])
    };
    let compared = compare(&offering("weather"), TraceRow::default(), &offering("news"), TraceRow::default());
    let told: Vec<_> = compared.settings.iter().map(|it| (&it.name[..], it.a.as_deref(), it.b.as_deref())).collect();
    assert_eq!(told, [("tools", Some("weather"), Some("news"))]);
}

#[test]
fn calls_of_different_tools_are_not_compared_word_by_word() {
    let asked = |calls: &[(&str, &str)]| {
        let mut reading = call(&[("user", "Plan my trip.")], "", 0.0);
        let part = |(name, city): &(&str, &str)| Part::ToolCall {
            id: None,
            name: Some((*name).to_owned()),
            arguments: json!({"city": city}),
        };
        reading.output.messages = Some(vec![Message::new("assistant", calls.iter().map(part).collect())]);
        trace(vec![("agent", agent()), ("chat", reading)])
    };
    let first = asked(&[("weather", "Paris"), ("hotels", "Paris")]);
    let second = asked(&[("flights", "Paris"), ("weather", "Rome")]);
    let compared = compare(&first, TraceRow::default(), &second, TraceRow::default());
    let texts: Vec<(bool, bool, String)> = compared.steps[1]
        .texts
        .iter()
        .map(|text| (text.in_a, text.in_b, text.runs[0].text.split('(').next().unwrap_or_default().to_owned()))
        .collect();
    let expected = [(false, true, "flights"), (true, true, "weather"), (true, false, "hotels")];
    assert_eq!(texts, expected.map(|(a, b, tool)| (a, b, tool.to_owned())));
}

#[test]
fn what_a_failed_attempt_and_its_retry_say_stands_beside_what_the_other_trace_says() {
    let chat = |result: &str, answer: &str| ("chat", call(&[("user", "Paris?"), ("tool", result)], answer, 0.0));
    let mut failed = chat("rain", "").1;
    failed.error = Some(ErrorInfo { message: Some("429".to_owned()), ..ErrorInfo::default() });
    failed.output = Output::default();
    let first = trace(vec![("agent", agent()), chat("sun", "Sunny.")]);
    let second = trace(vec![("agent", agent()), ("attempt", failed), chat("rain", "Rainy.")]);
    let compared = compare(&first, TraceRow::default(), &second, TraceRow::default());
    let retry = compared.steps.last().expect("a step");
    assert!(retry.a.is_some() && retry.b.is_some());
    let sides: Vec<_> = retry.texts.iter().map(|text| (&text.what[..], text.in_a, text.in_b)).collect();
    assert_eq!(sides, [("tool", true, true), ("assistant", true, true)]);
}
