//! A coding agent over the Model Context Protocol: what it is told of a trace, within the budget it set.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::app::{App, BINARY};
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

fn chat(n: u64, prompt: &str, answer: &str) -> opentelemetry_proto::tonic::trace::v1::Span {
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
    assert_eq!(agent.call("list_traces", json!({})).as_deref(), Ok("no traces\n"), "before anything was stored");
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
    let place = format!("more characters: read_value {} /input/messages/0", otlp::span_id(2));
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
