//! The command line: documents, tables, errors and exit codes.

use serde_json::json;

use crate::app::{App, run};
use crate::otlp;

#[test]
fn wrong_usage_is_2_and_a_failure_1_with_one_sentence() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let dir = dir.path().to_str().expect("text");
    for (arguments, code) in [
        (&["serve", "--otlp-http", "nonsense"][..], 2),
        (&["serve", "--max-size", "much"], 2),
        (&["serve", "--max-size", "2", "--otlp-http", "0.0.0.0:0", "--data-dir", dir], 2),
        (&["traces", "--limit", "x"], 2),
        (&["totals", "--by", "colour"], 2),
        (&["totals", "--filter", "colour:red", "--data-dir", dir], 2),
        (&["totals", "--limit", "1001"], 2),
        (&["traces", "--limit", "0"], 2),
        (&["export", "--redact", "foo", "--to", "-"], 2),
        (&["export", "--filter", "status:bad", "--to", "-"], 2),
        (&["tracs"], 2),
        (&["totlas", "--by", "model"], 2),
        (&["run", "--json", "true"], 2),
        (&["show"], 2),
        (&["show", "--json", "--text", "1"], 2),
        (&["export", "--data-dir", dir], 2),
        (&["show", "zz", "--data-dir", dir], 1),
        (&["show", "0123456789abcdef0123456789abcdef", "--data-dir", dir], 1),
        (&["traces", "--filter", "colour:red", "--data-dir", dir], 2),
        (&["traces", "--data-dir", "/dev/null"], 1),
        (&["import", "/nonexistent/t.jsonl", "--data-dir", dir], 1),
        (&["mcp"], 1),
        (&["--version"], 0),
        (&["help"], 0),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        if code == 1 {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!((said.lines().count(), output.stdout.len()), (1, 0), "{arguments:?}: {said}");
            let words = said.matches("No such file").count();
            assert!(words < 2, "{arguments:?}: {said}");
        }
    }
    for (arguments, wanted) in [
        (&["tracs"][..], "did you mean `traces`?"),
        (&["totlas", "--by", "model"], "did you mean `totals`?"),
        (&["t.jsonl"], "there is no file `t.jsonl`"),
    ] {
        let said = String::from_utf8(run(arguments).stderr).expect("UTF-8");
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    }
    let none = run(&["traces", "--data-dir", "/nonexistent/q"]);
    let said = String::from_utf8(none.stderr).expect("UTF-8");
    assert!(none.status.success() && said.contains("nothing was stored in /nonexistent/q yet"), "{said}");
}

#[test]
fn reading_works_while_the_app_runs_and_after() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().to_str().expect("text");
    let none = run(&["traces", "--json", "--data-dir", path]);
    assert_eq!(
        String::from_utf8_lossy(&none.stdout),
        "{\"format\":\"spanglass.traces/v1\",\"traces\":[],\"next\":null}\n"
    );

    let app = App::start_in(dir.path(), &[]);
    for n in 1..=3 {
        app.store(&otlp::traces(vec![otlp::span(n)]));
        let list = app.run_json(&["traces", "--json"]);
        assert_eq!(list["format"], "spanglass.traces/v1");
        assert_eq!(list["traces"][0]["trace_id"], otlp::trace_id(n), "newest first, at once");
    }
    let document = app.run_json(&["show", &otlp::trace_id(2), "--json"]);
    assert_eq!(
        (&document["format"], &document["trace"]["trace_id"]),
        (&json!("spanglass.trace/v1"), &json!(otlp::trace_id(2)))
    );
    assert_eq!(
        (&document["spans"][0]["span_id"], &document["spans"][0]["name"]),
        (&json!(otlp::span_id(2)), &json!("span 2"))
    );
    let shown = app.run(&["show", &otlp::trace_id(2)]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.lines().nth(1).is_some_and(|facts| facts.ends_with("· 1 span")), "{shown}");
    assert_eq!(app.run_json(&["traces", "--json", "--limit", "2"])["traces"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        app.run_json(&["traces", "--json", "--filter", "name:\"span 1\""])["traces"][0]["trace_id"],
        otlp::trace_id(1)
    );
    let said = |arguments: &[&str]| {
        let output = app.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(said(&["traces", "--limit", "2"]).ends_with("the last 2 that arrived; a higher limit looks for more\n"));
    let first = app.run_json(&["traces", "--json", "--limit", "2"]);
    let second = app.run_json(&["traces", "--json", "--limit", "2", "--before", first["next"].as_str().expect("more")]);
    assert_eq!((&second["traces"][0]["trace_id"], &second["next"]), (&json!(otlp::trace_id(1)), &json!(null)));
    for all in [&["traces"][..], &["traces", "--limit", "3"], &["traces", "--filter", "name:\"span 1\""]] {
        assert!(!said(all).contains("limit"), "{all:?}");
    }
    app.stop();
    let list = run(&["traces", "--json", "--data-dir", path]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).expect("JSON");
    assert_eq!(list["traces"].as_array().map(Vec::len), Some(3));
}

/// A call of a model in a session of its own trace.
fn call(n: u64, session: &str, model: &str, input: i64) -> opentelemetry_proto::tonic::trace::v1::Span {
    let mut span = otlp::span(n);
    span.attributes = vec![
        otlp::text_attribute("gen_ai.operation.name", "chat".to_owned()),
        otlp::text_attribute("gen_ai.response.model", model.to_owned()),
        otlp::text_attribute("gen_ai.conversation.id", session.to_owned()),
        otlp::whole_attribute("gen_ai.usage.input_tokens", input),
        otlp::whole_attribute("gen_ai.usage.output_tokens", 10),
    ];
    span
}

/// A trace of two calls, the second of which goes on where the first ended, but for its system prompt.
fn conversation(n: u64, systems: [&str; 2]) -> Vec<u8> {
    let said = |role: &str, text: &str| json!({"role": role, "parts": [{"type": "text", "content": text}]});
    let first = |system: &str| vec![said("system", system), said("user", "Hello")];
    let asked = [first(systems[0]), [first(systems[1]), vec![said("assistant", "Hi"), said("user", "More")]].concat()];
    let calls = asked.iter().zip(1..).map(|(messages, at)| {
        let mut call = call(10 * n + at, "anybody's", "gpt-4o", 2_000);
        call.trace_id = u128::from(n).to_be_bytes().to_vec();
        call.attributes.push(otlp::text_attribute("gen_ai.input.messages", json!(messages).to_string()));
        call.attributes
            .push(otlp::text_attribute("gen_ai.output.messages", json!([said("assistant", "Hi")]).to_string()));
        call.start_time_unix_nano += at * 2_000_000;
        call.end_time_unix_nano += at * 2_000_000;
        call
    });
    otlp::traces(calls.collect())
}

#[test]
fn traces_whose_prompt_cache_broke_are_found_by_what_the_view_of_tokens_says() {
    let app = App::start();
    app.store(&conversation(1, ["Be kind.", "Be kind."]));
    app.store(&conversation(2, ["Be kind.", "It is noon. Be kind."]));
    app.store(&otlp::traces(vec![otlp::span(3)]));
    let found = |filter: &str| -> Vec<String> {
        let list = app.get(&format!("/api/traces?filter={filter}"));
        let ids = list["rows"].as_array().expect("rows").iter();
        ids.map(|row| row["summary"]["trace_id"].as_str().expect("an id").to_owned()).collect()
    };
    // Asked again, it is not read again.
    for _ in 0..2 {
        assert_eq!(found("cache:broken"), [otlp::trace_id(2)]);
        assert_eq!(found("-cache:broken"), [otlp::trace_id(3), otlp::trace_id(1)]);
        assert_eq!(found("cache:broken%20model:claude"), [""; 0]);
    }
    for (n, broke) in [(1, false), (2, true)] {
        let ledger = app.get(&format!("/api/traces/{}/ledger/chart", otlp::trace_id(n)));
        assert_eq!(ledger.to_string().contains("The system prompt changed"), broke, "{ledger}");
    }
    // What comes later may break it.
    let mut third = call(19, "anybody's", "gpt-4o", 100);
    third.trace_id = u128::from(1_u64).to_be_bytes().to_vec();
    third.start_time_unix_nano += 9_000_000;
    third.end_time_unix_nano += 9_000_000;
    let asked = json!([{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}]);
    third.attributes.push(otlp::text_attribute("gen_ai.input.messages", asked.to_string()));
    app.store(&otlp::traces(vec![third]));
    assert_eq!(found("cache:broken"), [otlp::trace_id(2), otlp::trace_id(1)]);
    assert_eq!(
        app.run_json(&["traces", "--json", "--filter", "cache:broken"])["traces"].as_array().map(Vec::len),
        Some(2)
    );
    let offered = app.get("/api/filter/completions?filter=cache:");
    assert_eq!(offered["items"][0]["text"], "cache:broken");
    let outline = app.run(&["show", &otlp::trace_id(2), "--outline"]);
    let outline = String::from_utf8(outline.stdout).expect("UTF-8");
    let broken = format!("cache broken after {}: The system prompt changed", otlp::span_id(21));
    assert!(outline.lines().any(|line| line.starts_with(&otlp::span_id(22)) && line.contains(&broken)), "{outline}");
    let refused = app.run(&["traces", "--filter", "cache:cold"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is cache:broken"), "{refused:?}");
}

#[test]
fn what_traces_took_is_summed_up_whatever_they_share() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().to_str().expect("text");
    let none = run(&["totals", "--data-dir", path]);
    assert_eq!(String::from_utf8_lossy(&none.stdout), "no traces\n");

    let app = App::start_in(dir.path(), &[]);
    for (n, session, model, input) in
        [(1, "ann's", "gpt-4o", 100), (2, "bob's", "gpt-4o-mini", 400), (3, "ann's", "gpt-4o-mini", 200)]
    {
        app.store(&otlp::traces(vec![call(n, session, model, input)]));
    }
    app.store(&otlp::traces(vec![otlp::span(4)]));
    let keys = |totals: &serde_json::Value, rows: &str| -> Vec<Option<String>> {
        let rows = totals[rows].as_array().expect("rows");
        rows.iter().map(|row| row["key"].as_str().map(str::to_owned)).collect()
    };
    let some = |keys: &[&str]| keys.iter().map(|key| Some((*key).to_owned())).collect::<Vec<_>>();

    let sessions = app.run_json(&["totals", "--json", "--order", "tokens"]);
    assert_eq!(sessions["format"], "spanglass.totals/v1");
    assert_eq!(keys(&sessions, "totals"), [some(&["bob's", "ann's"]), vec![None]].concat());
    let ann = &sessions["totals"][1];
    assert_eq!((&ann["traces"], &ann["llm_calls"], &ann["usage"]["input_tokens"]), (&json!(2), &json!(2), &json!(300)));
    assert_eq!((&sessions["all"]["traces"], &sessions["all"]["usage"]["total_tokens"]), (&json!(4), &json!(730)));

    let models = app.get("/api/totals?by=model&order=cost&limit=1&filter=session:ann");
    assert_eq!((keys(&models, "rows"), &models["groups"]), (some(&["gpt-4o"]), &json!(2)));
    assert_eq!(models["all"]["traces"], 2);
    let cost = |totals: &serde_json::Value, at: &str| totals.pointer(at).and_then(serde_json::Value::as_f64);
    let listed = app.get("/api/traces?filter=session:ann");
    let of_traces: f64 = (0..2).filter_map(|at| cost(&listed, &format!("/rows/{at}/summary/cost_usd"))).sum();
    assert!((cost(&models, "/all/cost_usd").expect("a cost") - of_traces).abs() < 1e-9, "{models}");

    // Every trace began on one day, and the filter knows that day by the same name.
    let days = app.run_json(&["totals", "--json", "--by", "day"]);
    let [Some(day)] = &keys(&days, "totals")[..] else { panic!("{days}") };
    assert_eq!((&days["order"], &days["totals"][0]["traces"]), (&json!("latest"), &json!(4)));
    assert_eq!(app.get(&format!("/api/totals?by=day&filter=time:{day}"))["all"]["traces"], 4);
    assert_eq!(app.get(&format!("/api/totals?by=day&filter=-time:{day}"))["groups"], 0);

    let table = app.run(&["totals", "--by", "model"]);
    let table = String::from_utf8(table.stdout).expect("UTF-8");
    assert_eq!(table.lines().last().and_then(|all| all.split_whitespace().next()), Some("4"), "{table}");
    for wrong in ["by=colour", "order=colour", "limit=x", "filter=colour:red"] {
        let refused = app.ask("GET", &format!("/api/totals?{wrong}"), b"");
        assert_eq!(refused.status, 400, "{wrong}");
    }
}

#[test]
fn a_trace_is_named_by_its_id_its_first_digits_or_as_the_latest() {
    let app = App::start();
    let shown = |named: &str| app.run_json(&["show", named, "--json"])["trace"]["trace_id"].clone();
    let refused = |arguments: &[&str]| {
        let output = app.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    assert!(refused(&["show", "latest"]).contains("there are no traces yet"));
    let mut other = otlp::span(1);
    other.trace_id = vec![0xfe; 16];
    for span in [other, otlp::span(2), otlp::span(3)] {
        app.store(&otlp::traces(vec![span]));
    }
    assert_eq!(shown("latest"), otlp::trace_id(3));
    assert_eq!(shown("FEFE"), "fe".repeat(16));
    let filtered = |filter: &str| app.run(&["show", "latest", "--filter", filter]);
    let second = String::from_utf8(filtered("name=\"span 2\"").stdout).expect("UTF-8");
    assert!(second.contains(&otlp::trace_id(2)), "the last that the filter lets through: {second}");
    assert_eq!(filtered("name:nobody").status.code(), Some(1));
    assert!(refused(&["show", "fefe", "--filter", "name:span"]).contains("names a trace by itself"));
    assert!(refused(&["show", "0000"]).contains("more than one trace"));
    assert!(refused(&["show", "fe"]).contains("at least 4"));
    assert!(refused(&["export", "abcd", "--to", "-"]).contains("`spanglass traces` shows"));
    let lines = app.run(&["export", "latest", &otlp::trace_id(3), "fefe", "--to", "-"]);
    assert_eq!(String::from_utf8(lines.stdout).expect("UTF-8").lines().count(), 2, "each trace once");
}

#[test]
fn an_export_of_nothing_leaves_what_was_there() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kept.jsonl");
    let to = file.to_str().expect("UTF-8");
    std::fs::write(&file, "keep me\n").expect("a file");
    let nobody = otlp::trace_id(9);
    for arguments in [&["export", "--filter", "name:nothinghere", "--to", to][..], &["export", &nobody, "--to", to]] {
        for format in ["otlp-json", "html", "markdown"] {
            let output = app.run(&[arguments, &["--format", format]].concat());
            // A page needs the interface, which this build may be without; it is refused all the same.
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {format}: {output:?}");
            assert_eq!(std::fs::read_to_string(&file).expect("a file"), "keep me\n", "{arguments:?} {format}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "and nothing beside it");
}

#[test]
fn what_comes_through_a_pipe_is_taken_in() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let exported = app.run(&["export", &otlp::trace_id(1), "--to", "-"]).stdout;
    let other = App::start();
    let mut command = std::process::Command::new(crate::app::BINARY);
    command.args(["import", "-", "--data-dir"]).arg(&other.data_dir);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), &exported).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(other.run(&["export", &otlp::trace_id(1), "--to", "-"]).stdout, exported);
    assert_eq!(app.run(&["import", "-", "--watch"]).status.code(), Some(1));
}

#[test]
fn the_failures_of_any_span_stand_in_the_list_and_above_the_transcript() {
    let app = App::start();
    let mut root = otlp::span(1);
    root.name = "run".to_owned();
    root.status = Some(failed("the tool multiply exploded"));
    let mut call = otlp::span(2);
    call.trace_id.clone_from(&root.trace_id);
    call.parent_span_id.clone_from(&root.span_id);
    call.attributes = vec![
        otlp::text_attribute("gen_ai.operation.name", "chat".to_owned()),
        otlp::text_attribute("gen_ai.request.model", "gpt-4o".to_owned()),
    ];
    call.events = vec![opentelemetry_proto::tonic::trace::v1::span::Event {
        name: "exception".to_owned(),
        attributes: vec![
            otlp::text_attribute("exception.message", "Error running tool".to_owned()),
            otlp::text_attribute("exception.stacktrace", "{\"error\": \"out of range\"}".to_owned()),
        ],
        ..Default::default()
    }];
    call.status = Some(failed(""));
    app.store(&otlp::traces(vec![root, call]));
    let text = |arguments: &[&str]| String::from_utf8(app.run(arguments).stdout).expect("UTF-8");
    let list = text(&["traces"]);
    let row: Vec<&str> = list.lines().nth(1).expect("a row").split_whitespace().collect();
    assert!(list.lines().next().is_some_and(|head| head.contains("SPANS  ERRORS")), "{list}");
    assert_eq!(row[6..8], ["2", "2"], "{list}");
    let shown = text(&["show", "latest"]);
    let head = shown.lines().nth(1).expect("a head");
    assert!(head.contains("· error · 2 spans · 2 spans failed"), "{shown}");
    assert_eq!(shown.matches("the tool multiply exploded").count(), 1, "{shown}");
    assert!(shown.contains("Error running tool ({\"error\": \"out of range\"})"), "{shown}");
}

#[test]
fn why_no_text_was_sent_is_said_once() {
    let app = App::start();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/dialects/gen_ai");
    let sent = std::fs::read_to_string(folder.join("langchain4j/span.json")).expect("a fixture");
    let id = sent.split("\"spanId\"").nth(1).and_then(|rest| rest.split('"').nth(1)).expect("an id").to_owned();
    let file = tempfile::NamedTempFile::new().expect("a file");
    for n in 1..=3 {
        std::fs::write(file.path(), sent.replace(&id, &otlp::span_id(n))).expect("a file");
        let output = app.run(&["import", file.path().to_str().expect("UTF-8")]);
        assert!(output.status.success(), "{output:?}");
    }
    let shown = String::from_utf8(app.run(&["show", "latest"]).stdout).expect("UTF-8");
    assert_eq!(shown.matches("was not sent. ").count(), 1, "{shown}");
    assert_eq!(shown.matches("(not sent, as above)").count(), 2, "{shown}");
}

fn failed(message: &str) -> opentelemetry_proto::tonic::trace::v1::Status {
    opentelemetry_proto::tonic::trace::v1::Status { message: message.to_owned(), code: 2 }
}

#[test]
fn a_trace_is_put_beside_the_last_that_went_well() {
    let app = App::start();
    let systems = |system| [system; 2];
    app.store(&conversation(1, systems("Be kind.")));
    let alone = app.run(&["compare", "latest"]);
    let said = String::from_utf8(alone.stderr).expect("UTF-8");
    assert!(alone.status.code() == Some(1) && said.contains("no earlier trace named `span 11` went well"), "{said}");
    let mut later = conversation(2, systems("Be brief."));
    later.extend(otlp::traces(vec![{
        let mut span = otlp::span(29);
        span.trace_id = u128::from(2_u64).to_be_bytes().to_vec();
        span.name = "one more".to_owned();
        span.start_time_unix_nano += 9_000_000;
        span.status = Some(failed("no luck"));
        span
    }]));
    app.store(&later);
    let shown = app.run(&["compare", &otlp::trace_id(2), &otlp::trace_id(1)]);
    let shown = String::from_utf8(shown.stdout).expect("UTF-8");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with(&format!("a {}", otlp::trace_id(1))), "{shown}");
    assert!(lines[1].starts_with(&format!("b {}", otlp::trace_id(2))), "{shown}");
    assert!(shown.contains("system, at character 4: \"Be kind.\" → \"Be brief.\""), "{shown}");
    assert!(shown.contains(&format!("+ other one more b {} · ", otlp::span_id(29))), "{shown}");
    assert!(shown.contains("✗ no luck"), "{shown}");
    let document = app.run_json(&["compare", &otlp::trace_id(2), &otlp::trace_id(1), "--json"]);
    assert_eq!(document["format"], "spanglass.compare/v1");
    assert_eq!(document["compare"]["a"]["row"]["summary"]["trace_id"], otlp::trace_id(1));
}

#[test]
fn nothing_a_trace_says_moves_the_terminal() {
    let app = App::start();
    let mut hostile: String = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32).collect();
    hostile.push_str("\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil.test\x1b\\ \u{202e}txt.exe\u{2066}");
    let mut span = otlp::span(1);
    span.name.clone_from(&hostile);
    span.attributes = ["input.value", "output.value", "gen_ai.prompt", "session.id"]
        .map(|key| otlp::text_attribute(key, hostile.clone()))
        .into();
    app.store(&otlp::traces(vec![span]));
    let id = otlp::trace_id(1);
    for arguments in [
        &["traces"][..],
        &["traces", "--json"],
        &["totals"],
        &["totals", "--json", "--by", "name"],
        &["show", &id],
        &["show", &id, "--text"],
        &["show", &id, "--outline"],
        &["show", &id, "--json"],
        &["show", &id, "--otlp"],
        &["export", &id, "--to", "-"],
        &["export", &id, "--to", "-", "--format", "markdown"],
        &["export", &id, "--to", "-", "--format", "chrome"],
    ] {
        let output = app.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        for c in text.chars() {
            let bad = (c.is_control() && c != '\n' && c != '\t')
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c);
            assert!(!bad, "{arguments:?} prints {c:?}");
        }
        let is_literal = text.contains("\\x1b]52") || text.contains("\\u001b]52");
        assert!(is_literal, "it is shown literally: {text}");
    }
}

#[cfg(unix)]
#[test]
fn no_name_of_a_file_moves_the_terminal() {
    let app = App::start();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [("good", otlp::json_traces(&[otlp::json_span(1)])), ("bad", "{}\n{".to_owned())] {
        let file = folder.path().join(format!("{name}\x1b]0;x\x07\u{9b}\u{202e}.json"));
        std::fs::write(&file, content).expect("a file");
        let output = app.run(&["import", file.to_str().expect("UTF-8")]);
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert!(printed.contains("\\x1b]0"), "{printed:?}");
        assert!(!printed.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{printed:?}");
    }
}

#[test]
fn a_trace_is_exported_for_people_and_for_other_viewers() {
    let app = App::start();
    let fixture =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/otlp/mlflow_agent_tools.pb");
    app.store(&std::fs::read(fixture).expect("a fixture"));
    let id = app.run_json(&["traces", "--json"])["traces"][0]["trace_id"].as_str().expect("an id").to_owned();
    let export = |format: &str| {
        let output = app.run(&["export", &id, "--format", format, "--to", "-"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };

    let markdown = export("markdown");
    for said in [
        "# `run_tool_agent`",
        "**`user`**\n\n```text\nCompare the weather in Paris, Tokyo and Oslo.\n```",
        "calls `get_weather`\n\n```json\n{\n  \"city\": \"Paris\"\n}\n```\n\nresult\n\n```text\nrainy\n```",
        "Here is what I found: rainy; sunny; unknown.",
    ] {
        assert!(markdown.contains(said), "{said}\n\n{markdown}");
    }

    let chrome: serde_json::Value = serde_json::from_str(&export("chrome")).expect("JSON");
    let events = chrome["traceEvents"].as_array().expect("events");
    let spans: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(spans.len(), 6);
    assert_eq!(
        (&spans[0]["name"], &spans[0]["ts"], &spans[0]["tid"]),
        (&json!("run_tool_agent"), &json!(0.0), &json!(0))
    );
    assert!(spans.iter().any(|span| span["cat"] == "llm" && span["args"]["input_tokens"] == 54));

    app.store(&otlp::traces(vec![otlp::span(1)]));
    let two = app.run(&["export", "--format", "chrome", "--to", "-"]);
    assert!(!two.status.success() && String::from_utf8_lossy(&two.stderr).contains("name one"), "{two:?}");
}

#[test]
fn what_an_answer_cites_is_told_wherever_it_is_text() {
    let app = App::start();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/dialects/gen_ai");
    let file = folder.join("grounded/span.json");
    let output = app.run(&["import", file.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{output:?}");
    let text = |arguments: &[&str]| String::from_utf8(app.run(arguments).stdout).expect("UTF-8");
    let shown = text(&["show", "latest"]);
    assert!(shown.contains("It is sunny.\n  cited: https://weather.example/paris\n"), "{shown}");
    let markdown = text(&["export", "latest", "--format", "markdown", "--to", "-"]);
    assert!(markdown.contains("It is sunny.\n```\n\nCited:\n\n- `https://weather.example/paris`\n"), "{markdown}");
    let copied = app.ask("GET", "/api/traces/11111111111111111111111111111111/copy?as=text", b"");
    let copied = String::from_utf8(copied.body).expect("UTF-8");
    assert!(copied.contains("It is sunny.\n[cited] https://weather.example/paris\n"), "{copied}");
}
