use serde_json::json;

use super::*;
use crate::reading::Kind::{Agent, Llm};
use crate::reading::{Document, Message, Stream, ToolDefinition, Usage};
use crate::views::ReadSpan;
use crate::views::conversation::conversation;
use crate::views::drawn::{assistant, calling, id, result, span, system, trace, user};

fn laid(spans: Vec<ReadSpan>) -> Transcript {
    Transcript::new(conversation(&trace(spans), 7))
}

fn all(transcript: &Transcript) -> Vec<TranscriptRow> {
    transcript.clone().whole().rows.into_owned()
}

/// The rows by their names.
fn names(rows: &[TranscriptRow]) -> Vec<String> {
    rows.iter().map(|row| serde_json::to_value(row).unwrap()["row"].as_str().unwrap().to_owned()).collect()
}

fn llm(number: u64, parent: u64, start: u64, input: Vec<Message>, output: Vec<Message>) -> ReadSpan {
    span(number, parent, start, start + 9).kind(Llm).asked(input).answering(output)
}

fn chat(turns: u64) -> Vec<ReadSpan> {
    let turn =
        |n: u64| llm(n + 1, 0, n * 10, vec![user(&format!("question {n}"))], vec![assistant(&format!("answer {n}"))]);
    (0..turns).map(turn).collect()
}

#[test]
fn a_call_opens_with_its_bar_and_the_frame_stands_before_what_is_said() {
    let mut call = llm(1, 0, 0, vec![user("hi"), system("be brief")], vec![assistant("ho")]);
    call.reading.tools = vec![ToolDefinition { name: "t".to_owned(), ..ToolDefinition::default() }];
    let rows = all(&laid(vec![call]));
    assert_eq!(names(&rows), ["call", "frame", "tools", "message", "message"]);
    assert!(matches!(&rows[3].line, Line::Message { fresh: false, answer: None, .. }), "{:?}", rows[3]);
}

#[test]
fn earlier_messages_are_one_row_that_knows_which_messages_are_new() {
    let asked = vec![user("hi")];
    let again = vec![user("hi"), assistant("ho"), user("and you?")];
    let rows =
        all(&laid(vec![llm(1, 0, 0, asked, vec![assistant("ho")]), llm(2, 0, 20, again, vec![assistant("well")])]));
    assert_eq!(names(&rows), ["call", "message", "message", "call", "history", "message", "message"]);
    assert_eq!(rows[4].line, Line::History { count: 2, fresh: 1, results: 0, known: vec![2] });
    assert!(matches!(&rows[5].line, Line::Message { fresh: true, .. }));
}

#[test]
fn the_outermost_scope_indents_nothing_scopes_within_it_do() {
    let (ask, say) = (|| vec![user("q")], |words: &str| vec![assistant(words)]);
    let rows = all(&laid(vec![
        span(1, 0, 0, 100).kind(Agent).given(json!("plan the trip")),
        llm(2, 1, 1, ask(), say("outer")),
        span(3, 1, 20, 90).kind(Agent),
        llm(4, 3, 30, ask(), say("inner")),
    ]));
    let bars: Vec<_> = rows.iter().filter(|row| matches!(row.line, Line::Scope { .. } | Line::Call { .. })).collect();
    assert_eq!(bars.iter().map(|row| row.depth).collect::<Vec<_>>(), [0, 0, 0, 1]);
    assert_eq!(bars[3].agents, [true]);
    let calls = |row: &TranscriptRow| if let Line::Scope { calls, .. } = row.line { calls } else { 0 };
    assert_eq!((calls(bars[0]), calls(bars[2])), (2, 1));
}

#[test]
fn a_scope_tells_the_tokens_of_its_calls_when_all_of_them_did() {
    let call = |number: u64, parent: u64| llm(number, parent, number * 10, vec![user("q")], vec![assistant("a")]);
    let tokens = |spans: Vec<ReadSpan>| -> Vec<Option<u64>> {
        let input = |row: &TranscriptRow| match &row.line {
            Line::Scope { usage, .. } => Some(usage.and_then(|usage| usage.input_tokens)),
            _ => None,
        };
        all(&laid(spans)).iter().filter_map(input).collect()
    };
    let spans = |inner: ReadSpan| {
        let outer = span(1, 0, 0, 100).kind(Agent).given(json!("plan"));
        vec![outer, call(2, 1).using(7, 1), span(3, 1, 20, 90).kind(Agent), inner]
    };
    assert_eq!(tokens(spans(call(4, 3).using(5, 1))), [Some(12), Some(5)]);
    assert_eq!(tokens(spans(call(4, 3))), [None, None], "a part is not the whole");
}

#[test]
fn steps_of_which_nothing_is_told_are_one_row_where_many_are_alike() {
    let step = |number: u64, name: &str| {
        span(number, 1, number * 10, number * 10 + 2).kind(crate::reading::Kind::Embedding).named(name)
    };
    let steps = |count: u64| {
        let first = llm(2, 1, 1, vec![user("q")], vec![assistant("a")]);
        let mut spans = vec![span(1, 0, 0, 900).kind(Agent).given(json!("index")), first];
        spans.extend((3..3 + count).map(|number| step(number, "embed")));
        spans.push(step(80, "other"));
        let alike = |row: &TranscriptRow| match row.line {
            Line::Step { alike, duration_ns, .. } => Some((alike, duration_ns)),
            _ => None,
        };
        all(&laid(spans)).iter().filter_map(alike).collect::<Vec<_>>()
    };
    assert_eq!(steps(6), [(6, 12), (1, 2)]);
    assert_eq!(steps(4), [(1, 2); 5], "a few are shown one by one");
}

#[test]
fn missing_content_silence_and_errors_each_have_their_row() {
    let bare = || span(1, 0, 0, 9).kind(Llm);
    assert_eq!(names(&all(&laid(vec![bare()]))), ["call", "missing"]);
    assert_eq!(names(&all(&laid(vec![bare().asked(vec![user("hi")])]))), ["call", "message", "silent"]);
    assert_eq!(names(&all(&laid(vec![bare().failing("429")]))), ["call", "error"]);
}

#[test]
fn choices_are_numbered_and_tokens_are_said_once() {
    let mut call = span(1, 0, 0, 2_000_000_000).kind(Llm).answering(vec![assistant("a"), assistant("b")]);
    call.reading.output.finish_reasons = vec!["stop".to_owned(), "length".to_owned()];
    call.reading.usage = Some(Usage { output_tokens: Some(50), ..Usage::default() });
    let page = || Document { id: Some("https://example.org/lima".to_owned()), ..Document::default() };
    call.reading.documents = vec![page(), page()];
    call.reading.stream = Some(Stream { chunks: 1, time_to_first_chunk_ns: Some(1_000_000_000), ..Stream::default() });
    let rows = all(&laid(vec![call]));
    let answers: Vec<Answer> = rows
        .into_iter()
        .filter_map(|row| if let Line::Message { answer, .. } = row.line { answer } else { None })
        .collect();
    let (reason, choice) = (|word: &str| Some(word.to_owned()), Some);
    assert_eq!(
        answers,
        [
            Answer {
                finish_reason: reason("stop"),
                choice: choice(1),
                output_tokens: Some(50),
                tokens_per_second: Some(50.0),
                cited: vec!["https://example.org/lima".to_owned()],
            },
            Answer { finish_reason: reason("length"), choice: choice(2), ..Answer::default() },
        ]
    );
}

#[test]
fn a_tool_span_is_found_at_the_call_it_executed_and_its_result_is_counted() {
    let asked = vec![user("weather?")];
    let told = vec![user("weather?"), calling(&[("c1", "weather", "Oslo")]), result("c1", "rainy")];
    let transcript = laid(vec![
        llm(1, 0, 0, asked, vec![calling(&[("c1", "weather", "Oslo")])]),
        span(2, 0, 12, 15).tool("weather", Some("c1"), json!({"of": "Oslo"}), json!("rainy")),
        llm(3, 0, 20, told, vec![assistant("Rainy.")]),
    ]);
    let rows = all(&transcript);
    let found = transcript.window(0, 1, Some(&id(2).to_string())).found.map(|at| &rows[at as usize].key);
    assert_eq!(found, Some(&format!("{}:out:0", id(1))));
    let history = rows.iter().find(|row| matches!(row.line, Line::History { .. })).expect("history");
    assert!(matches!(history.line, Line::History { count: 2, fresh: 0, results: 1, .. }), "{history:?}");
}

#[test]
fn windows_are_cut_out_by_place_or_around_a_name() {
    let transcript = laid(chat(100));
    let whole = all(&transcript);
    assert_eq!(whole.len(), 300);
    let window = transcript.window(290, 20, None);
    assert_eq!((window.version, window.rows_total, window.from), (7, 300, 290));
    assert_eq!(*window.rows, whole[290..]);
    let around = transcript.window(0, 20, Some(&whole[150].key));
    assert_eq!((around.found, around.from), (Some(150), 140));
    assert_eq!(*around.rows, whole[140..160]);
    assert_eq!(transcript.window(0, 20, Some(&id(100).to_string())).found, Some(297));
    assert_eq!(*transcript.window(5, 2, Some("nobody")).rows, whole[5..7], "a name that is not there changes nothing");
    assert_eq!(transcript.window(u32::MAX, u32::MAX, None).rows.len(), 0);
    assert_eq!(transcript.window(0, u32::MAX, None).rows.len(), 200);
}

#[test]
fn words_are_found_in_whatever_case_and_wherever_they_are_said() {
    let transcript = laid(chat(100));
    assert_eq!(transcript.find("ANSWER 42").rows, [42 * 3 + 2]);
    assert_eq!(transcript.find("question").rows.len(), 100);
    assert_eq!(transcript.find("").rows.len(), 0);
    let tool = laid(vec![llm(1, 0, 0, vec![user("hi")], vec![calling(&[("c", "weather", "Tromsø")])])]);
    assert_eq!(tool.find("TROMSØ").rows, [2]);
}
