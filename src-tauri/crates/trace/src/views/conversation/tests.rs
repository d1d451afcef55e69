use serde_json::json;

use super::*;
use crate::reading::Kind::{Agent, Chain, Guardrail, Llm, Retriever};
use crate::views::ReadSpan;
use crate::views::drawn::{assistant, calling, result, span, system, trace, user};

/// The transcript as one line per block: `>` per depth, then what is said; `+n` is history.
fn read(spans: Vec<ReadSpan>) -> Vec<String> {
    let shown = conversation(&trace(spans), 1);
    shown.blocks.iter().map(line).collect()
}

fn line(block: &Block) -> String {
    match block {
        Block::Scope { name, depth, input, output, .. } => {
            let side = |value: &Option<Value>| value.as_ref().map(|value| format!(" {value}")).unwrap_or_default();
            format!("{}[{name}]{}{}", ">".repeat(*depth as usize), side(input), side(output))
        }
        Block::Step { name, depth, .. } => format!("{}({name})", ">".repeat(*depth as usize)),
        Block::Call { depth, history, input, output, .. } => {
            let said: Vec<String> = input.iter().chain(output).map(message).collect();
            let history = if *history > 0 { format!("+{history} ") } else { String::new() };
            format!("{}{history}{}", ">".repeat(*depth as usize), said.join(" | "))
        }
    }
}

fn message(view: &MessageView) -> String {
    let parts: Vec<String> = view.parts.iter().map(part).collect();
    format!("{}:{}", &view.role[..1], parts.join(","))
}

fn part(view: &PartView) -> String {
    match view {
        PartView::Part { part: Part::Text { text } } => text.clone(),
        PartView::Part { part } => serde_json::to_string(part).unwrap(),
        PartView::Call { call } => {
            let result = call.result.as_ref().and_then(Value::as_str).unwrap_or("?");
            let by = call.executed_by.as_ref().map(|id| format!("@{}", id.trim_start_matches('0'))).unwrap_or_default();
            format!(
                "{}({})={result}{by}",
                call.name.as_deref().unwrap_or("?"),
                call.arguments["of"].as_str().unwrap_or("?")
            )
        }
    }
}

fn llm(
    number: u64,
    parent: u64,
    start: u64,
    input: Vec<crate::reading::Message>,
    output: Vec<crate::reading::Message>,
) -> ReadSpan {
    span(number, parent, start, start + 9).kind(Llm).asked(input).answering(output)
}

#[test]
fn two_calls_that_were_given_one_id_are_both_said() {
    let call = |number: u64, start: u64, answer: &str, tokens: u64| {
        let mut call = llm(number, 0, start, vec![user("go")], vec![assistant(answer)]);
        call.reading.response_id = Some("chatcmpl-417".into());
        call.reading.usage = Some(crate::reading::Usage { input_tokens: Some(tokens), ..Default::default() });
        call
    };
    let shown = read(vec![call(2, 10, "one", 900), call(3, 30, "two", 300)]);
    assert!(shown[0].contains("a:one") && shown[1].contains("a:two"), "{shown:?}");
    // Side by side they are two reports of one.
    assert_eq!(read(vec![call(2, 10, "one", 900), call(3, 12, "one", 900)]).len(), 1);
}

#[test]
fn a_growing_history_shows_each_message_once() {
    let mut said = vec![system("be brief"), user("hi")];
    let mut spans = vec![span(1, 0, 0, 1000).kind(Agent)];
    for turn in 0..5 {
        let answer = assistant(&format!("answer {turn}"));
        spans.push(llm(10 + turn, 1, 10 + turn * 20, said.clone(), vec![answer.clone()]));
        // The person says the same every time.
        said.extend([answer, user("go on")]);
    }
    assert_eq!(
        read(spans),
        [
            "s:be brief | u:hi | a:answer 0",
            "+3 u:go on | a:answer 1",
            "+5 u:go on | a:answer 2",
            "+7 u:go on | a:answer 3",
            "+9 u:go on | a:answer 4",
        ]
    );
}

#[test]
fn a_tool_call_its_result_and_its_execution_are_one() {
    let asked = calling(&[("c1", "weather", "Paris"), ("c2", "weather", "Rome")]);
    let spans = vec![
        span(1, 0, 0, 100).kind(Agent),
        llm(2, 1, 0, vec![user("weather?")], vec![asked.clone()]),
        span(3, 1, 10, 12).tool("weather", None, json!({"of": "Rome"}), json!("sun")),
        span(4, 1, 11, 15).tool("weather", None, json!({"of": "Paris"}), json!("rain")),
        llm(
            5,
            1,
            20,
            vec![user("weather?"), asked, result("c2", "sun"), result("c1", "rain")],
            vec![assistant("mixed")],
        ),
    ];
    assert_eq!(read(spans.clone()), ["u:weather? | a:weather(Paris)=rain@4,weather(Rome)=sun@3", "+2 a:mixed"]);
    let shown = conversation(&trace(spans), 1);
    assert_eq!(shown.messages, 5, "results count as messages though they stand with their calls");
    let Block::Call { output, .. } = &shown.blocks[0] else { panic!("a call") };
    let PartView::Call { call } = &output[0].parts[0] else { panic!("a tool call") };
    assert_eq!((call.duration_ns, call.answered_in.as_deref()), (Some(4), Some("0000000000000005")));
    assert_eq!((output[0].key.as_str(), output[0].pointer.as_str()), ("0000000000000002:out:0", "/output/messages/0"));
}

#[test]
fn results_and_executions_without_ids_are_tied_by_name_and_order() {
    let first = calling(&[("", "add", "1"), ("", "add", "2")]);
    let second = calling(&[("", "add", "3")]);
    let history = vec![user("sum"), first.clone(), result("", "one"), result("", "two")];
    let spans = vec![
        llm(2, 0, 0, vec![user("sum")], vec![first]),
        span(3, 0, 10, 11).named("add").tool("add", None, json!("1"), json!("one")),
        span(4, 0, 12, 13).named("add").tool("add", None, json!("2"), json!("two")),
        llm(5, 0, 20, history.clone(), vec![second.clone()]),
        span(6, 0, 30, 31).named("add").tool("add", None, json!("3"), json!("three")),
        llm(7, 0, 40, [history, vec![second, result("", "three")]].concat(), vec![assistant("6")]),
    ];
    assert_eq!(read(spans), ["u:sum | a:add(1)=one@3,add(2)=two@4", "+2 a:add(3)=three@6", "+5 a:6"]);
}

#[test]
fn an_id_of_the_executing_librarys_own_is_no_objection() {
    let spans = vec![
        llm(2, 0, 0, vec![user("weather?")], vec![calling(&[("weather_0", "weather", "Paris")])]),
        span(3, 0, 10, 12).kind(Chain).named("tools"),
        span(4, 3, 10, 12).tool("weather", Some("adk-77"), json!({"of": "Paris"}), json!("rain")),
        span(5, 0, 13, 14).tool("weather", Some("adk-78"), json!({"of": "Rome"}), json!("sun")).named("weather"),
    ];
    assert_eq!(read(spans), ["u:weather? | a:weather(Paris)=rain@4", "(weather)"]);
}

#[test]
fn an_execution_without_a_result_message_lends_its_own() {
    let spans = vec![
        llm(2, 0, 0, vec![user("weather?")], vec![calling(&[("c1", "weather", "Paris")])]),
        span(3, 0, 10, 12).tool("weather", Some("c1"), json!({"of": "Paris"}), json!("rain")).failing("no network"),
    ];
    assert_eq!(read(spans.clone()), ["u:weather? | a:weather(Paris)=rain@3"]);
    let Block::Call { output, .. } = &conversation(&trace(spans), 1).blocks[0] else { panic!("a call") };
    let PartView::Call { call } = &output[0].parts[0] else { panic!("a tool call") };
    assert_eq!((call.is_error, call.error.as_deref()), (Some(true), Some("no network")));
}

#[test]
fn why_a_tool_failed_is_told_once() {
    let error_of = |answer: &str| {
        let spans = vec![
            llm(2, 0, 0, vec![user("weather?")], vec![calling(&[("c1", "weather", "Paris")])]),
            span(3, 0, 10, 12)
                .tool("weather", Some("c1"), json!({"of": "Paris"}), json!({"said": answer}))
                .failing("no network"),
        ];
        let Block::Call { output, .. } = &conversation(&trace(spans), 1).blocks[0] else { panic!("a call") };
        let PartView::Call { call } = &output[0].parts[0] else { panic!("a tool call") };
        call.error.clone()
    };
    assert_eq!(error_of("ask again later"), Some("no network".to_owned()));
    assert_eq!(error_of("Error: no network"), None);
}

#[test]
fn tools_nobody_asked_for_and_searches_are_steps() {
    let spans = vec![
        span(1, 0, 0, 100).kind(Chain),
        span(2, 1, 0, 5).kind(Guardrail).named("check"),
        span(3, 1, 6, 8).tool("clock", None, json!({}), json!("noon")).named("clock"),
        span(4, 1, 9, 10).kind(Retriever).named("search"),
        span(5, 4, 9, 10).kind(Kind::Embedding).named("embed"),
        span(7, 4, 9, 10).kind(Retriever).named("inner search"),
        llm(6, 1, 20, vec![user("when?")], vec![assistant("noon")]),
    ];
    assert_eq!(read(spans), ["(check)", "(clock)", "(search)", "u:when? | a:noon"]);
}

#[test]
fn nested_agents_are_scopes_and_say_only_what_is_new() {
    let handing = calling(&[("c1", "researcher", "bees")]);
    let spans = vec![
        span(1, 0, 0, 200).kind(Agent).named("boss").given(json!("tell me")).returning(json!("they fly")),
        llm(2, 1, 0, vec![system("boss"), user("tell me")], vec![handing.clone()]),
        span(3, 1, 10, 100).tool("researcher", Some("c1"), json!({"of": "bees"}), json!("wings")),
        span(4, 3, 11, 99).kind(Agent).named("researcher").given(json!("bees")),
        llm(5, 4, 12, vec![system("research"), user("bees")], vec![assistant("wings")]),
        llm(
            6,
            1,
            110,
            vec![system("boss"), user("tell me"), handing, result("c1", "wings")],
            vec![assistant("they fly")],
        ),
    ];
    assert_eq!(
        read(spans),
        [
            "s:boss | u:tell me | a:researcher(bees)=wings@3",
            "[researcher]",
            ">s:research | u:bees | a:wings",
            "+3 a:they fly",
        ]
    );
}

#[test]
fn a_call_seen_by_two_libraries_is_shown_once() {
    let said = || (vec![user("hi")], vec![assistant("hello")]);
    let (input, output) = said();
    let wrapped = vec![
        span(1, 0, 0, 50).kind(Llm).named("ChatModel").given(json!("hi")),
        llm(2, 1, 1, input.clone(), output.clone()),
    ];
    assert_eq!(read(wrapped), ["u:hi | a:hello"]);
    let beside = vec![
        span(1, 0, 0, 50).kind(Chain),
        llm(2, 1, 1, input.clone(), output.clone()).response("r"),
        llm(3, 1, 2, input.clone(), output.clone()).response("r").using(5, 6),
    ];
    assert_eq!(read(beside.clone()), ["u:hi | a:hello"]);
    let Block::Call { usage, .. } = &conversation(&trace(beside), 1).blocks[0] else { panic!("a call") };
    assert_eq!(usage.and_then(|usage| usage.input_tokens), Some(5), "what the other span knows is not lost");
    let retried = vec![
        llm(1, 0, 0, input.clone(), output.clone()),
        llm(2, 1, 1, input.clone(), vec![]).failing("overloaded"),
        llm(3, 1, 20, input, output),
    ];
    assert_eq!(read(retried), ["u:hi", "+1 a:hello"]);
}

#[test]
fn parallel_calls_with_the_same_question_say_it_once() {
    let ask = || vec![system("judge"), user("good?")];
    let spans = vec![
        span(1, 0, 0, 100).kind(Chain),
        llm(2, 1, 1, ask(), vec![assistant("yes")]),
        llm(3, 1, 1, ask(), vec![assistant("no")]),
    ];
    assert_eq!(read(spans), ["s:judge | u:good? | a:yes", "+2 a:no"]);
}

#[test]
fn a_trimmed_history_is_still_known() {
    let full = [user("one"), assistant("first"), user("two"), assistant("second")];
    let spans = vec![
        llm(1, 0, 0, full[..1].to_vec(), vec![full[1].clone()]),
        llm(2, 0, 20, full[..3].to_vec(), vec![full[3].clone()]),
        llm(3, 0, 40, [&full[2..], &[user("three")]].concat(), vec![assistant("third")]),
        llm(4, 0, 60, vec![user("summary of one and two"), full[3].clone(), user("two")], vec![assistant("fourth")]),
    ];
    assert_eq!(
        read(spans),
        [
            "u:one | a:first",
            "+2 u:two | a:second",
            "+2 u:three | a:third",
            "+1 u:summary of one and two | u:two | a:fourth"
        ]
    );
}

#[test]
fn an_answer_that_comes_back_in_another_form_is_known() {
    let thought = Part::Reasoning { text: "hm".into() };
    let both = calling(&[("c1", "a", "1"), ("c2", "b", "2")]);
    let answer = crate::reading::Message::new("assistant", [vec![thought], both.parts].concat());
    let apart = [calling(&[("c1", "a", "1")]), result("c1", "x"), calling(&[("c2", "b", "2")]), result("c2", "y")];
    let spans = vec![
        llm(1, 0, 0, vec![user("go")], vec![answer]),
        llm(2, 0, 20, [vec![user("go")], apart.to_vec()].concat(), vec![assistant("done")]),
    ];
    assert_eq!(read(spans)[1], "+3 a:done");
}

#[test]
fn what_only_the_root_tells_is_shown() {
    let spans = vec![
        span(1, 0, 0, 100).kind(Agent).named("run").given(json!({"ticket": "printer on fire", "n": 3})),
        llm(2, 1, 1, vec![user("classify")], vec![assistant("urgent")]),
    ];
    assert_eq!(read(spans), [r#"[run] {"ticket":"printer on fire","n":3}"#, ">u:classify | a:urgent"]);
    assert_eq!(
        read(vec![span(1, 0, 0, 9).kind(Agent).named("lone").given(json!("q")).returning(json!("a"))]),
        [r#"[lone] "q" "a""#]
    );
}

#[test]
fn a_chain_is_named_when_it_holds_several_things() {
    let spans = vec![
        span(1, 0, 0, 100).kind(Chain).named("root"),
        span(2, 1, 0, 40).kind(Chain).named("single"),
        llm(3, 2, 1, vec![user("a")], vec![assistant("b")]),
        span(4, 1, 50, 90).kind(Chain).named("several"),
        llm(5, 4, 51, vec![user("c")], vec![assistant("d")]),
        llm(6, 4, 61, vec![user("e")], vec![assistant("f")]),
    ];
    assert_eq!(read(spans), ["u:a | a:b", "[several]", ">u:c | a:d", ">u:e | a:f"]);
}

#[test]
fn the_arguments_of_glue_are_not_shown() {
    let spans = vec![
        span(1, 0, 0, 100).kind(Chain).named("root"),
        span(2, 1, 0, 40)
            .kind(Chain)
            .named("adapter")
            .given(json!({"signature": "question -> answer", "lm": "<LM object>"})),
        llm(3, 2, 1, vec![user("a")], vec![assistant("b")]),
        span(4, 1, 50, 90).kind(Chain).named("translate").given(json!("guten Tag")),
        llm(5, 4, 51, vec![user("c")], vec![assistant("d")]),
    ];
    assert_eq!(read(spans), ["u:a | a:b", r#"[translate] "guten Tag""#, ">u:c | a:d"]);
}

#[test]
fn structure_that_holds_everything_is_not_named() {
    let spans = vec![
        span(1, 0, 0, 100).kind(Agent).named("run").returning(json!({"output_type": "str"})),
        span(2, 1, 0, 100).kind(Chain).named("workflow"),
        span(3, 2, 0, 40).kind(Agent).named("first"),
        span(4, 3, 0, 40).kind(Chain).named("turn"),
        llm(5, 4, 1, vec![user("a")], vec![assistant("b")]),
        llm(6, 4, 11, vec![user("c")], vec![assistant("d")]),
        span(7, 2, 50, 90).kind(Agent).named("second"),
        llm(8, 7, 51, vec![user("e")], vec![assistant("f")]),
    ];
    assert_eq!(read(spans), ["[first]", ">u:a | a:b", ">u:c | a:d", "[second]", ">u:e | a:f"]);
}

#[test]
fn a_chain_of_twenty_thousand_is_told() {
    let kinds = [Llm, Chain, Agent, Kind::Tool];
    for (kind, other) in [(0, 0), (1, 1), (2, 2), (0, 3), (1, 0)] {
        let mut spans: Vec<ReadSpan> = (1..=20_000)
            .map(|number| {
                span(number, number - 1, number, 90_000 - number)
                    .kind(kinds[if number % 2 == 0 { kind } else { other }])
            })
            .collect();
        spans.extend(
            (1..=20_000).step_by(2).map(|up| llm(50_000 + up, up, up + 1, vec![user("hi")], vec![assistant("ho")])),
        );
        let shown = conversation(&trace(spans), 1);
        assert!(!shown.blocks.is_empty());
    }
}

#[test]
fn a_call_says_why_a_side_is_blank_unless_a_copy_of_it_tells_that_side() {
    let blank = |input, output| {
        let mut call = span(1, 0, 0, 9).kind(Llm).response("r");
        call.reading.why_blank = Some(Box::new(WhyBlank { input, output, ..WhyBlank::default() }));
        call
    };
    let copy = span(2, 1, 1, 8).kind(Llm).response("r").answering(vec![assistant("a")]);
    for (spans, why) in [
        (vec![blank(true, true)], Some((true, true))),
        (vec![blank(true, true), copy.clone()], Some((true, false))),
        (vec![blank(false, true), copy], None),
    ] {
        let shown = conversation(&trace(spans), 1);
        let [Block::Call { why_blank, .. }] = &shown.blocks[..] else { panic!("one call: {:?}", shown.blocks) };
        assert_eq!(why_blank.as_deref().map(|why| (why.input, why.output)), why);
    }
}

#[test]
fn calls_without_content_say_so_and_errors_are_shown() {
    let spans = vec![
        span(1, 0, 0, 9).kind(Llm),
        span(2, 0, 10, 19).kind(Llm).failing("429"),
        span(3, 0, 20, 29).kind(Chain).named("glue").failing("boom"),
    ];
    let shown = conversation(&trace(spans), 1);
    let missing = |block: &Block| matches!(block, Block::Call { content_missing: true, .. });
    assert_eq!(shown.blocks.iter().map(missing).collect::<Vec<_>>(), [true, false, false]);
    assert!(
        matches!(&shown.blocks[2], Block::Step { error: Some(error), .. } if error.message.as_deref() == Some("boom"))
    );
}
