//! A coding agent over the Model Context Protocol: what it is told of a trace, within the budget it set.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::{Value, json};

use crate::app::{App, BINARY, run};
use crate::otlp;

/// A client of `spanglass mcp`: one JSON-RPC message a line.
struct Agent {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next: u64,
}

impl Agent {
    fn start(data_dir: &Path) -> Self {
        let mut command = Command::new(BINARY);
        command.arg("mcp").arg("--data-dir").arg(data_dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let (to, from) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let mut agent = Self { child, to, from: BufReader::new(from), next: 0 };
        let hello = agent.ask(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(hello["serverInfo"]["name"], "spanglass", "{hello}");
        agent.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        agent
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.to, "{message}").expect("the server reads");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        let mut line = String::new();
        self.from.read_line(&mut line).expect("an answer");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        assert_eq!(answer["id"], self.next, "{answer}");
        answer["result"].clone()
    }

    /// Calls a tool; `Err` is what a tool says when it cannot do what was asked.
    fn call(&mut self, tool: &str, arguments: Value) -> Result<String, String> {
        let result = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{tool}: {result}")).to_owned();
        if result["isError"] == true { Err(text) } else { Ok(text) }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn chat(n: u64, prompt: &str, answer: &str) -> Span {
    let messages =
        |role: &str, text: &str| json!([{"role": role, "parts": [{"type": "text", "content": text}]}]).to_string();
    let mut span = otlp::span(n);
    span.name = "chat gpt-4o-mini".to_owned();
    span.attributes = vec![
        otlp::text_attribute("gen_ai.operation.name", "chat".to_owned()),
        otlp::text_attribute("gen_ai.request.model", "gpt-4o-mini".to_owned()),
        otlp::text_attribute("gen_ai.input.messages", messages("user", prompt)),
        otlp::text_attribute("gen_ai.output.messages", messages("assistant", answer)),
    ];
    span
}

#[test]
fn an_agent_finds_its_way_from_the_list_to_a_word() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut agent = Agent::start(dir.path());
    let none = agent.call("list_traces", json!({})).expect("an empty list");
    assert!(none.starts_with("no traces: nothing was stored in "), "before anything was stored: {none}");
    assert!(agent.call("transcript", json!({"trace_id": "latest"})).is_err());

    let app = App::start_in(dir.path(), &[]);
    let long = format!("{}NEEDLE in a haystack", "hay ".repeat(5_000));
    app.store(&otlp::traces(vec![chat(1, "What is 6 x 7?", "It is 42.")]));
    app.store(&otlp::traces(vec![chat(2, &long, "Found it.")]));

    let tools = agent.ask("tools/list", json!({}));
    let names: Vec<&str> =
        tools["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str()).collect();
    for name in ["list_traces", "totals", "trace_outline", "transcript", "span", "read_value", "find_in_trace"] {
        assert!(names.contains(&name), "{names:?}");
    }

    let list = agent.call("list_traces", json!({"filter": "model:gpt-4o"})).expect("a list");
    assert!(list.contains(&otlp::trace_id(1)) && list.contains(&otlp::trace_id(2)), "{list}");

    let totals = agent.call("totals", json!({"by": "model", "filter": "time>-99999d"})).expect("totals");
    assert!(totals.lines().any(|line| line.starts_with("      2 ") && line.ends_with("  gpt-4o-mini")), "{totals}");
    assert!(agent.call("totals", json!({"by": "colour"})).is_err_and(|said| said.contains("session, user, service")));

    let outline = agent.call("trace_outline", json!({"trace_id": otlp::trace_id(1)})).expect("an outline");
    assert!(outline.contains(&format!("{} llm chat gpt-4o-mini", otlp::span_id(1))), "{outline}");

    let said = agent.call("transcript", json!({"trace_id": otlp::trace_id(1)})).expect("a transcript");
    assert!(said.contains("What is 6 x 7?") && said.contains("It is 42."), "{said}");

    let cut = agent.call("transcript", json!({"trace_id": "latest", "max_value_chars": 100})).expect("a transcript");
    let place = format!("more characters: read_value {} /input/messages/0/parts/0/text]", otlp::span_id(2));
    assert!(cut.len() < 2_000 && cut.contains(&place) && !cut.contains("NEEDLE"), "{cut}");

    let found = agent.call("find_in_trace", json!({"trace_id": "latest", "text": "needle"})).expect("a place");
    let pointer = "/input/messages/0/parts/0/text";
    assert!(found.contains(&format!("{} {pointer}", otlp::span_id(2))), "{found}");
    assert_eq!(found.lines().count(), 1, "once, not again in the attribute it was read from: {found}");

    let (mut whole, mut offset) = (String::new(), 0);
    loop {
        let ask = json!({"trace_id": "latest", "span_id": otlp::span_id(2), "pointer": pointer, "offset": offset, "max_chars": 7_000});
        let page = agent.call("read_value", ask).expect("a text");
        assert!(page.chars().count() <= 7_100);
        let Some((text, note)) = page.split_once("\n[") else {
            whole.push_str(&page);
            break;
        };
        whole.push_str(text);
        offset =
            note.trim_end_matches("]\n").rsplit_once('=').and_then(|(_, next)| next.parse().ok()).expect("a next page");
    }
    assert_eq!(whole, long);

    let ask = json!({"trace_id": &otlp::trace_id(2)[..31], "span_id": &otlp::span_id(2)[..4]});
    assert!(agent.call("span", ask).is_err_and(|said| said.contains("more than one trace")), "ids start alike here");
    let span = agent.call("span", json!({"trace_id": "latest", "span_id": &otlp::span_id(2)[..4]})).expect("a span");
    let span: Value = serde_json::from_str(&span).expect("JSON");
    assert_eq!((&span["model"]["request"], span.get("attributes")), (&json!("gpt-4o-mini"), None));

    for (tool, arguments) in [
        ("transcript", json!({"trace_id": "zz"})),
        ("transcript", json!({"trace_id": "ffffffffffffffffffffffffffffffff"})),
        ("list_traces", json!({"filter": "colour:red"})),
        ("span", json!({"trace_id": "latest", "span_id": "ffff"})),
        ("read_value", json!({"trace_id": "latest", "span_id": otlp::span_id(2), "pointer": "/nowhere"})),
        ("find_in_trace", json!({"trace_id": "latest", "text": " "})),
    ] {
        let said = agent.call(tool, arguments.clone()).expect_err("nothing to show");
        assert!(said.len() > 20, "{tool} {arguments}: {said}");
    }
}

/// A span of the first trace, below another unless that is 0.
fn below(parent: u64, n: u64, name: &str) -> Span {
    let mut span = otlp::span(n);
    span.trace_id = 1_u128.to_be_bytes().to_vec();
    span.name = name.to_owned();
    if parent > 0 {
        span.parent_span_id = parent.to_be_bytes().to_vec();
    }
    span.start_time_unix_nano += n * 10_000_000;
    span.end_time_unix_nano += n * 10_000_000 + n * 1_000_000;
    span
}

fn said(role: &str, part: Value) -> Value {
    json!({"role": role, "parts": [part]})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "content": text})
}

/// An agent whose first call asks for two tools, one of which fails; the second call is told of the other's result.
fn agent_run() -> Vec<u8> {
    let long = |what: &str| format!("{what} {}", "and so on ".repeat(40));
    let call = |id: &str, name: &str| json!({"type": "tool_call", "id": id, "name": name, "arguments": {"city": long(name), "code": 7001}});
    let asks = json!({"role": "assistant", "parts": [text("I look."), call("c1", "weather"), call("c2", "news")]});
    let result = |id: &str| json!({"type": "tool_call_response", "id": id, "result": long("It rains")});
    let question = || said("user", text(&long("How is it?")));
    let mut agent = below(0, 1, "invoke_agent");
    agent.attributes = vec![
        otlp::text_attribute("gen_ai.operation.name", "invoke_agent".to_owned()),
        otlp::text_attribute("user.id", "user-123".to_owned()),
    ];
    let model = |mut span: Span, input: Value, output: Value, tokens: i64| {
        span.attributes = vec![
            otlp::text_attribute("gen_ai.operation.name", "chat".to_owned()),
            otlp::text_attribute("gen_ai.request.model", "gpt-4o".to_owned()),
            otlp::text_attribute("gen_ai.input.messages", input.to_string()),
            otlp::text_attribute("gen_ai.output.messages", output.to_string()),
            otlp::whole_attribute("gen_ai.usage.input_tokens", tokens),
            otlp::whole_attribute("gen_ai.usage.output_tokens", 10),
        ];
        span
    };
    let first = model(below(1, 2, "chat one"), json!([question()]), json!([asks]), 100);
    let tool = |n: u64, id: &str, name: &str| {
        let mut span = below(1, n, &format!("execute_tool {name}"));
        span.attributes = vec![
            otlp::text_attribute("gen_ai.operation.name", "execute_tool".to_owned()),
            otlp::text_attribute("gen_ai.tool.name", name.to_owned()),
            otlp::text_attribute("gen_ai.tool.call.id", id.to_owned()),
        ];
        span
    };
    let weather = tool(3, "c1", "weather");
    let mut news = tool(4, "c2", "news");
    news.status = Some(Status { message: long("No network"), code: 2 });
    let heard = json!([question(), asks, said("tool", result("c1"))]);
    let second = model(below(1, 5, "chat two"), heard, json!([said("assistant", text(&long("Wet.")))]), 3_000);
    otlp::traces(vec![agent, first, weather, news, second])
}

#[test]
fn every_place_that_a_cut_text_names_holds_that_text() {
    let app = App::start();
    app.store(&agent_run());
    let mut agent = Agent::start(&app.data_dir);
    let shown = agent.call("transcript", json!({"trace_id": "latest", "max_value_chars": 30})).expect("a transcript");
    let lines: Vec<&str> = shown.lines().collect();
    let mut read = Vec::new();
    for pair in lines.windows(2) {
        let Some((_, place)) = pair[1].split_once("more characters: read_value ") else { continue };
        let (span_id, pointer) = place.trim_end_matches(']').split_once(' ').expect("a span and a pointer");
        let ask = json!({"trace_id": "latest", "span_id": span_id, "pointer": pointer});
        let whole = agent.call("read_value", ask).unwrap_or_else(|error| panic!("{place}: {error}\n{shown}"));
        let begins = pair[0].trim_start().trim_start_matches(['→', '←', '✗']).trim_start();
        let begins = begins.trim_start_matches("error: ");
        match serde_json::from_str::<Value>(&whole) {
            // Of a call its name stands before the arguments.
            Ok(arguments) => {
                let begins = begins.split_once('(').expect("a call").1;
                assert!(arguments.to_string().starts_with(begins), "{place}: {begins} {whole}");
            }
            Err(_) => assert!(whole.starts_with(begins), "{place}: {begins:?} {whole:?}"),
        }
        read.push(pointer.rsplit_once('/').map_or(pointer, |(_, field)| field).to_owned());
    }
    assert_eq!(read, ["text", "arguments", "result", "arguments", "message", "text"], "{shown}");
    assert!(shown.contains("· error") || shown.contains("1 span failed"), "{shown}");
    assert!(shown.contains(&format!("{} call gpt-4o", otlp::span_id(2))), "spans are named: {shown}");
}

#[test]
fn arguments_that_nobody_knows_are_refused_and_plain_ones_taken() {
    let app = App::start();
    app.store(&agent_run());
    let mut agent = Agent::start(&app.data_dir);
    for (tool, arguments, wanted) in [
        ("list_traces", json!({"query": "status:error", "limit": 1}), "takes no `query`; it takes"),
        ("list_traces", json!({"limt": 3}), "filter"),
        ("trace_outline", json!({"trace_id": "latest", "only": "failures"}), "errors"),
        ("trace_outline", json!({"trace_id": "latest", "kind": "tools"}), "tool"),
        ("trace_outline", json!({"trace_id": "latest", "order": "price"}), "cost"),
        ("trace_outline", json!({}), "needs `trace_id`"),
        ("list_traces", json!({"limit": 0}), "`limit` has to be a whole number from 1"),
        ("list_traces", json!({"limit": 1.5}), "`limit`"),
        ("list_traces", json!({"limit": 5_000_000_000_u64}), "`limit`"),
        ("list_traces", json!({"filter": 5}), "`filter` has to be a text"),
        ("list_traces", json!({"filter": "NOT status:ok"}), "-status:ok"),
        ("span", json!({"trace_id": "latest", "span_id": otlp::span_id(2), "attributes": "perhaps"}), "`attributes`"),
    ] {
        let said = agent.call(tool, arguments.clone()).expect_err("a mistake");
        assert!(said.contains(wanted), "{tool} {arguments}: {said}");
    }
    let plain = agent.call("list_traces", json!({})).expect("a list");
    for alike in [json!({"limit": 5.0, "filter": null}), json!({"limit": "5"}), json!({"limit": 5})] {
        assert_eq!(agent.call("list_traces", alike.clone()).as_deref(), Ok(plain.as_str()), "{alike}");
    }
    agent.next += 1;
    agent.say(&json!({"jsonrpc": "2.0", "id": agent.next, "method": "tools/call", "params": {"name": "list_trace", "arguments": {}}}));
    let mut line = String::new();
    agent.from.read_line(&mut line).expect("an answer");
    assert!(line.contains("list_traces, read_value"), "the tools there are: {line}");
}

#[test]
fn an_outline_says_what_matters_without_the_rest() {
    let app = App::start();
    app.store(&agent_run());
    let mut agent = Agent::start(&app.data_dir);
    let mut outline = |asked: Value| {
        let mut arguments = json!({"trace_id": "latest"});
        arguments.as_object_mut().expect("an object").extend(asked.as_object().expect("an object").clone());
        agent.call("trace_outline", arguments).expect("an outline")
    };
    let spans = |outline: &str| -> Vec<String> {
        let is_span = |line: &&str| line.trim_start().starts_with("000000000000000");
        outline
            .lines()
            .filter(|line| line.len() > 40)
            .filter(is_span)
            .map(|line| line.trim()[15..16].to_owned())
            .collect()
    };
    let all = outline(json!({}));
    assert!(all.contains("user: user-123\n"), "{all}");
    assert!(all.contains("· 1 span failed"), "{all}");
    assert!(all.lines().any(|line| line.contains("chat two") && line.contains("→10 tokens · $0.0076")), "{all}");
    let failed = outline(json!({"only": "errors"}));
    assert!(failed.contains("✗ error: No network"), "{failed}");
    assert_eq!(spans(&failed).last().map(String::as_str), Some("4"), "{failed}");
    assert_eq!(failed.lines().count(), all.lines().count() - 4, "{failed}");
    let costly = outline(json!({"order": "cost", "limit": 1}));
    assert!(costly.contains("chat two") && !costly.contains("chat one"), "{costly}");
    assert!(costly.contains("[4 more"), "{costly}");
    let slow = outline(json!({"order": "duration", "kind": "tool"}));
    let (news, weather) = (slow.find("execute_tool news"), slow.find("execute_tool weather"));
    assert!(news < weather && news.is_some() && !slow.contains("chat"), "{slow}");
    let shown = String::from_utf8(app.run(&["show", "latest", "--outline"]).stdout).expect("UTF-8");
    assert_eq!(shown, all, "the command line says the same");
    let mut begun = below(1, 9, "still going");
    begun.end_time_unix_nano = 0;
    app.store(&otlp::traces(vec![begun]));
    let growing = agent.call("trace_outline", json!({"trace_id": "latest"})).expect("an outline");
    assert!(growing.lines().nth(1).is_some_and(|head| head.contains(" · running · ")), "{growing}");
    assert!(growing.contains("other still going · running for "), "{growing}");
}

#[test]
fn a_list_goes_on_where_it_was_whatever_arrives_meanwhile() {
    let app = App::start();
    (1..=9).for_each(|n| app.store(&otlp::traces(vec![otlp::span(n)])));
    let mut agent = Agent::start(&app.data_dir);
    let ids = |page: &str| -> Vec<u64> {
        page.lines().filter_map(|line| u64::from_str_radix(line.get(..32)?, 16).ok()).collect()
    };
    let mut page = agent.call("list_traces", json!({"max_chars": 500})).expect("a page");
    let (mut seen, mut came) = (ids(&page), 20);
    while let Some((_, next)) = page.split_once("go on with before=") {
        came += 1;
        app.store(&otlp::traces(vec![otlp::span(came)]));
        let before = next.trim_end_matches("]\n");
        page = agent.call("list_traces", json!({"max_chars": 500, "before": before})).expect("a page");
        seen.extend(ids(&page));
    }
    assert_eq!(seen, (1..=9).rev().collect::<Vec<_>>());
    assert!(came > 21, "in several pages");
    // A page of a trace says when the trace is no longer the same.
    let ask = |offset: u32| json!({"trace_id": otlp::trace_id(1), "offset": offset});
    agent.call("trace_outline", ask(0)).expect("an outline");
    assert!(!agent.call("trace_outline", ask(10)).expect("an outline").contains("has changed"));
    app.store(&otlp::traces(vec![below(1, 77, "later")]));
    assert!(agent.call("trace_outline", ask(10)).expect("an outline").starts_with("[the trace has changed since"));
}

#[cfg(unix)]
#[test]
fn data_that_took_the_place_of_other_data_is_what_is_told_of() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    let store = |n: u64| {
        let file = dir.path().join("t.json");
        std::fs::write(&file, otlp::json_traces(&[otlp::json_span(n)])).expect("a file");
        let paths = [file.to_str().expect("UTF-8"), data.to_str().expect("UTF-8")];
        assert!(run(&["import", paths[0], "--data-dir", paths[1]]).status.success());
    };
    store(1);
    let mut agent = Agent::start(&data);
    assert!(agent.call("list_traces", json!({})).expect("a list").contains(&otlp::trace_id(1)));
    std::fs::remove_dir_all(&data).expect("removed");
    store(2);
    let list = agent.call("list_traces", json!({})).expect("a list");
    assert!(list.contains(&otlp::trace_id(2)) && !list.contains(&otlp::trace_id(1)), "{list}");
}

#[test]
fn words_are_found_wherever_the_sender_wrote_them() {
    let app = App::start();
    app.store(&agent_run());
    let mut agent = Agent::start(&app.data_dir);
    let mut find = |words: &str| {
        let ask = json!({"trace_id": "latest", "text": words, "max_chars": 100_000});
        agent.call("find_in_trace", ask).expect("places")
    };
    assert!(find("user-123").starts_with("trace /user_id : user-123\n"), "facts of the trace");
    let key = find("gen_ai.tool.call.id");
    assert!(key.contains(&format!("{} /attributes/gen_ai.tool.call.id : ", otlp::span_id(3))), "{key}");
    let arguments = "/output/messages/0/parts/1/arguments";
    assert!(find("7001").contains(&format!("{} {arguments}/code : 7001", otlp::span_id(2))), "a number");
    let json = find("\",\"code\":7001}");
    assert!(json.contains(&format!("{} {arguments} : ", otlp::span_id(2))), "as a transcript prints it: {json}");
    let each = find("and so on and so on and so on and so on");
    let question = format!("{} /input/messages/0/parts/0/text : ", otlp::span_id(5));
    assert_eq!(each.matches(&question).count(), 10, "each place: {each}");
    for nowhere in ["1800000000", "0000000000000002", "finish_reasons"] {
        assert!(find(nowhere).starts_with("these words are not in this trace"), "{nowhere}");
    }
}

#[test]
fn a_span_tells_of_its_chunks_only_when_asked() {
    let app = App::start();
    let mut span = chat(1, "Say it.", "one two");
    let chunk = |n: u64, at_ms: u64| {
        Event {
        name: "gen_ai.content.chunk".to_owned(),
        time_unix_nano: span.start_time_unix_nano + at_ms * 1_000_000,
        attributes: vec![
            otlp::text_attribute("mlflow.chunk.value", json!({"id": "x", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": format!("word {n}")}}]}).to_string()),
        ],
        ..Event::default()
    }
    };
    let events: Vec<Event> = (0..40).map(|n| chunk(n, if n < 20 { n } else { 500 + n })).collect();
    span.events = events
        .into_iter()
        .zip(0..)
        .map(|(event, n)| Event { name: format!("mlflow.chunk.item.{n}"), ..event })
        .collect();
    span.end_time_unix_nano += 700_000_000;
    app.store(&otlp::traces(vec![span]));
    let mut agent = Agent::start(&app.data_dir);
    let mut ask = |chunks: bool| -> Value {
        let ask = json!({"trace_id": "latest", "span_id": otlp::span_id(1), "chunks": chunks, "max_chars": 90_000});
        serde_json::from_str(&agent.call("span", ask).expect("a span")).expect("JSON")
    };
    let (brief, whole) = (ask(false), ask(true));
    assert_eq!(whole["stream"]["items"].as_array().map(Vec::len), Some(40), "{whole}");
    assert_eq!(brief["stream"].get("items"), None, "{brief}");
    assert_eq!(brief["stream"]["longest_silence_ns"], 501_000_000, "{brief}");
    assert_eq!(brief["stream"]["longest_silence_before"], "/stream/items/20", "{brief}");
    assert!(brief["model"].get("response").is_none(), "what is absent is not shown: {brief}");
}

#[test]
fn an_agent_waits_for_the_run_it_started() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let mut agent = Agent::start(&app.data_dir);
    let nothing = agent.call("wait_for_trace", json!({"timeout_seconds": 0})).expect("an answer");
    let (_, after) = nothing.split_once("nothing yet; call again with after=").expect("where to go on");
    app.store(&otlp::traces(vec![otlp::span(2)]));
    app.store(&otlp::traces(vec![otlp::span(3)]));
    let wait =
        |filter: &str, timeout: u32| json!({"after": after.trim(), "filter": filter, "timeout_seconds": timeout});
    let come = agent.call("wait_for_trace", wait("", 50)).expect("traces");
    let came = |n: u64| come.contains(&otlp::trace_id(n));
    assert!(came(2) && came(3) && !came(1) && come.contains("after="), "{come}");
    let some = agent.call("wait_for_trace", wait("name=\"span 2\"", 50)).expect("traces");
    assert!(some.contains(&otlp::trace_id(2)) && !some.contains(&otlp::trace_id(3)), "{some}");
    assert!(agent.call("wait_for_trace", wait("name:nobody", 0)).expect("an answer").starts_with("nothing yet"));
    assert!(agent.call("wait_for_trace", json!({"after": "x"})).is_err_and(|said| said.contains("`after`")));
}

#[test]
fn an_agent_sees_what_differs_from_the_last_run_that_went_well() {
    let app = App::start();
    let run = |n: u64, prompt: &str, later_ns: u64| {
        let mut span = chat(n, prompt, "Yes.");
        span.start_time_unix_nano += later_ns;
        span.end_time_unix_nano += later_ns;
        otlp::traces(vec![span])
    };
    app.store(&run(1, "Is it warm?", 0));
    app.store(&run(2, "Is it cold?", 1_000_000_000));
    let mut agent = Agent::start(&app.data_dir);
    let none = agent.call("compare", json!({"trace_id": otlp::trace_id(1)})).expect_err("nothing before it");
    assert!(none.contains("no earlier trace named `chat gpt-4o-mini` went well"), "{none}");
    let shown = agent.call("compare", json!({"trace_id": "latest"})).expect("a comparison");
    assert!(shown.starts_with(&format!("a {} chat gpt-4o-mini (", otlp::trace_id(1))), "{shown}");
    assert!(shown.lines().next().is_some_and(|a| a.ends_with("in which nothing failed")), "{shown}");
    let both = format!("~ llm chat gpt-4o-mini a {} b {}", otlp::span_id(1), otlp::span_id(2));
    assert!(shown.contains(&both), "{shown}");
    assert!(shown.contains("user, at character 7: \"Is it warm?\" → \"Is it cold?\""), "{shown}");
    let named = agent.call("compare", json!({"trace_id": otlp::trace_id(1), "with": "latest"})).expect("a comparison");
    assert!(named.contains("\"Is it cold?\" → \"Is it warm?\""), "{named}");
}
