use super::*;
use crate::reading::Usage;
use crate::views::drawn::{assistant, calling, result, span, system, trace, user};
use crate::views::{ReadSpan, ReadTrace};

fn call(number: u64, asked: Vec<Message>, answer: Message) -> ReadSpan {
    span(number, 1, number * 10, number * 10 + 5).kind(Kind::Llm).asked(asked).answering(vec![answer])
}

fn caching(mut call: ReadSpan, read: u64) -> ReadSpan {
    call.reading.usage = Some(Usage { input_tokens: Some(1_000), cache_read_tokens: Some(read), ..Usage::default() });
    call
}

fn offering(mut call: ReadSpan, tools: &[&str]) -> ReadSpan {
    let tool = |name: &&str| ToolDefinition { name: (*name).to_owned(), ..ToolDefinition::default() };
    call.reading.tools = tools.iter().map(tool).collect();
    call
}

fn agent(calls: Vec<ReadSpan>) -> ReadTrace {
    let mut spans = vec![span(1, 0, 0, 1_000).kind(Kind::Agent).named("helper")];
    spans.extend(calls);
    trace(spans)
}

fn breaks(calls: Vec<ReadSpan>) -> Vec<Option<String>> {
    let found = contexts(&agent(calls));
    found[0].calls.iter().map(|call| call.cache_break.as_ref().map(|found| found.text.clone())).collect()
}

fn turn(said: &str) -> Vec<Message> {
    vec![system("Be kind."), user("Hello"), assistant("Hi"), user(said)]
}

#[test]
fn a_context_grows_by_results_and_news() {
    let asked = vec![system("Be kind."), user("Weather?")];
    let called = calling(&[("c1", "look", "Paris")]);
    let mut more = asked.clone();
    more.extend([called.clone(), result("c1", "rainy"), user("Thanks")]);
    let found = contexts(&agent(vec![call(2, asked, called), call(3, more, assistant("Welcome"))]));
    assert_eq!((found.len(), found[0].name.as_str()), (1, "helper"));
    let [first, second] = &found[0].calls[..] else { panic!("two calls") };
    assert_eq!((first.system, first.history, first.fresh), (8, 0, 8));
    assert_eq!((second.system, second.tool_results, second.fresh), (8, 5, 6));
    assert!(second.history > 8, "the question and the call");
    assert_eq!(second.cache_break, None);
}

#[test]
fn what_differs_first_broke_the_cache() {
    let first = || call(2, vec![system("Be kind."), user("Hello")], assistant("Hi"));
    let mut other = turn("More");
    other[0] = system("Be brief.");
    assert_eq!(
        breaks(vec![first(), call(3, other, assistant("Yes"))]),
        [None, Some("The system prompt changed at character 4".to_owned())]
    );
    let offered = |call, tools| offering(call, tools);
    assert_eq!(
        breaks(vec![offered(first(), &["a"]), offered(call(3, turn("More"), assistant("Yes")), &["a", "b"])]),
        [None, Some("The tool b was added".to_owned())]
    );
    let trimmed = vec![system("Be kind."), assistant("Hi"), user("More")];
    assert_eq!(
        breaks(vec![first(), call(3, trimmed, assistant("Yes"))]),
        [None, Some("Message 2 (user) was left out".to_owned())]
    );
}

#[test]
fn a_prompt_too_short_to_be_cached_broke_no_cache() {
    let counting = |mut call: ReadSpan, input: u64, read: Option<u64>, written: Option<u64>| {
        let (input_tokens, cache_read_tokens, cache_write_tokens) = (Some(input), read, written);
        call.reading.usage = Some(Usage { input_tokens, cache_read_tokens, cache_write_tokens, ..Usage::default() });
        call
    };
    let first = || call(2, vec![system("Be kind."), user("Hello")], assistant("Hi"));
    let second = || {
        let mut other = turn("More");
        other[0] = system("Be brief.");
        call(3, other, assistant("Yes"))
    };
    let broke = |input, read, written| {
        let calls = vec![counting(first(), input, read, written), counting(second(), 2_000, read.map(|_| 0), None)];
        breaks(calls)[1].is_some()
    };
    assert!(!broke(1_023, None, None) && !broke(41, Some(0), Some(0)));
    assert!(broke(1_024, None, None) && broke(1_024, Some(0), Some(0)), "long enough");
    assert!(broke(41, Some(30), None) && broke(41, None, Some(30)), "it was cached all the same");
}

#[test]
fn the_senders_counts_decide() {
    let first = || caching(call(2, vec![system("Be kind."), user("Hello")], assistant("Hi")), 600);
    let went_on = caching(call(3, turn("More"), assistant("Yes")), 900);
    assert_eq!(breaks(vec![first(), went_on]), [None, None]);
    let expired = caching(call(3, turn("More"), assistant("Yes")), 0);
    let found = contexts(&agent(vec![first(), expired]));
    let broken = found[0].calls[1].cache_break.as_ref().expect("a break");
    assert_eq!((broken.changed, broken.is_measured), (Changed::Nothing, true));
}

#[test]
fn another_conversation_breaks_nothing() {
    let question = |number, words: &str| call(number, vec![system("Be kind."), user(words)], assistant(words));
    assert_eq!(breaks(vec![question(2, "one"), question(3, "two")]), [None, None]);
}
