use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::reading::{Stream, WhyBlank};
use crate::span::TraceId;
use crate::usage::prices::Prices;
use crate::views::ReadSpan;
use crate::views::drawn::{START, assistant, span, system, trace, user};

fn digests(spans: &[ReadSpan]) -> Vec<Digest> {
    spans.iter().map(|read| digest(&read.span, &read.reading, read.duplicates)).collect()
}

fn row(spans: &[ReadSpan]) -> TraceRow {
    summarise(TraceId([1; 16]), &digests(spans), Prices::shipped())
}

fn ended(mut read: ReadSpan, code: i32) -> ReadSpan {
    read.span.status.code = code;
    read
}

fn running(mut read: ReadSpan) -> ReadSpan {
    read.span.end_time_unix_nano = 0;
    read
}

#[test]
fn status_is_the_roots_or_everyones_without_a_root() {
    use TraceStatus::{Error, Ok, Running, Unset};
    let ok = || ended(span(1, 0, 0, 9), 1);
    let cases = [
        (Ok, vec![ok()]),
        (Ok, vec![ok(), span(2, 1, 1, 2).failing("caught")]),
        (Unset, vec![span(1, 0, 0, 9)]),
        (Error, vec![span(1, 0, 0, 9).failing("no")]),
        (Error, vec![ended(span(2, 1, 1, 2), 1), span(3, 1, 1, 2).failing("no")]),
        (Ok, vec![ended(span(2, 1, 1, 2), 1)]),
        (Unset, vec![ended(span(2, 1, 1, 2), 1), span(3, 1, 1, 2)]),
        (Running, vec![ok(), running(span(2, 1, 1, 0))]),
        (Unset, vec![]),
    ];
    for (wanted, spans) in cases {
        assert_eq!(
            row(&spans).summary.status,
            wanted,
            "{:?}",
            spans.iter().map(|read| &read.span.name).collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_root_gives_names_and_the_earliest_span_where_there_is_none() {
    let mut named = span(3, 1, 5, 6);
    named.reading.trace_name = Some("checkout".into());
    named.reading.session_id = Some("late".into());
    let mut early = span(2, 1, 1, 2);
    early.reading.session_id = Some("early".into());
    let orphans = [named.clone(), early.clone()];
    let summary = row(&orphans).summary;
    assert_eq!((summary.name.as_str(), summary.root_span_id), ("checkout", None));
    assert_eq!((summary.session_id.as_deref(), summary.counts.missing_parents), (Some("early"), 1));
    assert_eq!(row(&[early.clone()]).summary.name, "s2");
    let whole = row(&[named, early, span(1, 0, 3, 9)]).summary;
    assert_eq!((whole.root_span_id.as_deref(), whole.name.as_str()), (Some("0000000000000001"), "checkout"));
    assert_eq!(whole.start_time_unix_nano, (START + 1).to_string());
    assert_eq!(whole.duration_ns, 8);
}

#[test]
fn what_its_sender_calls_the_root_is_one_below_a_parent_that_is_not_there() {
    let mut app = span(3, 1, 1, 6);
    app.reading.as_root = true;
    let summary = row(&[app, span(2, 3, 2, 3)]).summary;
    assert_eq!((summary.root_span_id.as_deref(), &*summary.name), (Some("0000000000000003"), "s3"));
}

#[test]
fn a_span_that_recorded_an_error_failed_whatever_its_status() {
    let mut early = ended(span(1, 0, 1, 6), 1);
    early.reading.error = Some(crate::reading::ErrorInfo { message: Some("no".into()), ..Default::default() });
    let summary = row(std::slice::from_ref(&early)).summary;
    assert_eq!((summary.status, summary.counts.errors, early.failed()), (TraceStatus::Error, 1, true));
}

#[test]
fn the_question_is_what_a_person_asked() {
    let llm = |words: &str| {
        span(2, 1, 1, 2).kind(Kind::Llm).asked(vec![system("s"), user("old"), assistant("a"), user(words)])
    };
    let question = |spans: &[ReadSpan]| row(spans).question;
    assert_eq!(question(&[span(1, 0, 0, 9), llm("\n  Why?\nBecause.")]).as_deref(), Some("Why?"));
    assert_eq!(question(&[llm("[[ ## question ## ]]\nWhy?")]).as_deref(), Some("Why?"));
    let root = |given| span(1, 0, 0, 9).given(given);
    assert_eq!(question(&[root(json!({"question": "How?", "k": 3})), llm("Context: …")]).as_deref(), Some("How?"));
    assert_eq!(
        question(&[root(json!({"city": "Paris"})), llm("Weather in Paris?")]).as_deref(),
        Some("Weather in Paris?")
    );
    assert_eq!(question(&[root(json!("How?"))]).as_deref(), Some("How?"));
    assert_eq!(question(&[root(json!(["What?", "Where?"]))]).as_deref(), Some("What?"));
    assert_eq!(question(&[root(json!({"input": ["What?"], "model": "m"}))]).as_deref(), Some("What?"));
    assert_eq!(question(&[span(1, 0, 0, 9)]), None);
    assert_eq!(question(&[llm(&"é".repeat(500))]).map(|text| text.chars().count()), Some(200));
}

#[test]
fn an_execution_seen_three_times_is_one_tool_call() {
    let tool = |number, up, name: &str, id| span(number, up, number, 99).tool(name, id, json!({}), json!(null));
    let count = |spans: &[ReadSpan]| row(spans).summary.counts.tool_calls;
    let protocol = [tool(1, 0, "get", Some("c1")), tool(2, 1, "get", None), tool(3, 2, "get", None)];
    assert_eq!(count(&protocol), 1);
    let over_http = [tool(1, 0, "get", None), span(2, 1, 2, 9).kind(Kind::Http), tool(3, 2, "get", None)];
    assert_eq!(count(&over_http), 1);
    assert_eq!(count(&[tool(1, 0, "get", Some("c1")), tool(2, 0, "get", Some("c1"))]), 1);
    assert_eq!(count(&[tool(1, 0, "get", None), tool(2, 0, "get", None)]), 2);
    assert_eq!(count(&[tool(1, 0, "get", None), tool(2, 1, "put", None)]), 2);
    let recursive = [tool(1, 0, "ask", None), span(2, 1, 2, 9).kind(Kind::Agent), tool(3, 2, "ask", None)];
    assert_eq!(count(&recursive), 2);
}

#[test]
fn what_is_missing_is_said_with_its_fix() {
    let mut streamed = span(2, 9, 1, 5).kind(Kind::Llm).asked(vec![user("q")]).answering(vec![assistant("a")]);
    streamed.reading.stream = Some(Stream { chunks: 128, dropped_chunks: 172, ..Stream::default() });
    streamed.span.dropped_events = 175;
    let mut silent = span(3, 9, 6, 7).kind(Kind::Llm).using(1, 2);
    silent.reading.why_blank = Some(Box::new(WhyBlank { set: Some("CONTENT=on".to_owned()), ..WhyBlank::default() }));
    let spans = vec![streamed, silent];
    let notes = head(&trace(spans.clone()), row(&spans)).notes;
    let said: Vec<_> = notes.iter().map(|note| (note.code.as_str(), note.text.as_str(), note.fix.as_deref())).collect();
    let limit = Some("OTEL_SPAN_EVENT_COUNT_LIMIT=100000");
    let wanted = [
        ("dropped_chunks", "172 chunks dropped by the sender", limit),
        ("dropped_events", "3 events dropped by the sender", limit),
        ("missing_root", "The root has not arrived", None),
        ("no_content", "The program did not send the message text of 1 model call", Some("CONTENT=on")),
        ("no_usage", "1 streamed call reported no usage", Some(r#"stream_options={"include_usage": true}"#)),
    ];
    assert_eq!(said, wanted);
}

#[test]
fn a_whole_trace_says_what_is_complete() {
    let spans =
        vec![span(1, 0, 0, 9).kind(Kind::Llm).asked(vec![user("q")]).answering(vec![assistant("a")]).using(1, 2)];
    let head = head(&trace(spans.clone()), row(&spans));
    let codes: Vec<_> = head.notes.iter().map(|note| (note.level, note.code.as_str())).collect();
    let info = NoteLevel::Info;
    assert_eq!(codes, [(info, "root"), (info, "nothing_dropped"), (info, "content")]);
    assert_eq!(head.views, ["timeline", "conversation", "tokens", "raw"]);
    let usage = head.row.summary.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.total_tokens, usage.reasoning_tokens), (Some(1), Some(3), None));
}

prop_compose! {
    fn any_span()(up in 0u64..12, start in 0u64..50, kind in 0usize..5, usage in prop::option::of(0u64..99), id in 0u8..6, code in 0i32..3)
        (number in 0u64..1, up in Just(up), start in Just(start), kind in Just(kind), usage in Just(usage), id in Just(id), code in Just(code))
        -> ReadSpan {
        let kinds = [Kind::Llm, Kind::Agent, Kind::Chain, Kind::Tool, Kind::Embedding];
        let mut read = ended(span(number, up, start, start + 9), code).kind(kinds[kind]);
        read = match usage { Some(tokens) => read.using(tokens, 1), None => read };
        if id < 2 { read = read.response(&id.to_string()); }
        read.reading.session_id = (id == 3).then(|| start.to_string());
        read
    }
}

proptest! {
    #[test]
    fn the_order_of_arrival_changes_nothing(
        (spans, shuffled) in prop::collection::vec(any_span(), 1..12)
            .prop_map(|mut spans| {
                for (number, read) in (1..).zip(&mut spans) {
                    read.span.span_id = crate::views::drawn::id(number);
                    read.span.name = format!("s{number}");
                }
                spans
            })
            .prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle()))
    ) {
        prop_assert_eq!(row(&spans), row(&shuffled));
        // Split over exports or not: the store keeps digests, and the row follows from all of them.
        let (early, late) = shuffled.split_at(shuffled.len() / 2);
        prop_assert_eq!(row(&spans), summarise(TraceId([1; 16]), &[digests(late), digests(early)].concat(), Prices::shipped()));
        let ledger = crate::views::ledger::ledger(&trace(shuffled), 0);
        prop_assert_eq!(row(&spans).summary.usage, ledger.total);
    }
}
