//! The table.

use serde_json::{Value, json};

use crate::sent::{Case, call, case, request, span, text};

const MESSAGE: &str = "/spans/0/input/messages";
const LEFT: &str = "/spans/0/not_understood";

/// Returns every case.
pub(crate) fn cases() -> Vec<Case> {
    [indexes(), keys(), shapes(), values(), counts(), times(), trees(), sizes()].into_iter().flatten().collect()
}

fn user(content: &str) -> Value {
    json!([{"role": "user", "name": null, "parts": [{"type": "text", "text": content}]}])
}

fn indexes() -> Vec<Case> {
    let (role, content) = (text("user"), text("hi"));
    vec![
        case(
            "an index of four thousand million costs no memory and is a message like another",
            call(&[("gen_ai.prompt.4000000000.role", &role), ("gen_ai.prompt.4000000000.content", &content)]),
            vec![(MESSAGE, user("hi"))],
        ),
        case(
            "an index beyond 64 bits is not understood",
            call(&[("gen_ai.prompt.99999999999999999999999.content", &content)]),
            vec![(MESSAGE, Value::Null), (LEFT, json!(["gen_ai.prompt.99999999999999999999999.content"]))],
        ),
        case(
            "a word where an index belongs is no message, but a fact",
            call(&[("gen_ai.prompt.prompt_filter_results", &content), ("gen_ai.prompt.-1.content", &content)]),
            vec![
                (MESSAGE, Value::Null),
                ("/spans/0/metadata/gen_ai.prompt.prompt_filter_results", json!("hi")),
                ("/spans/0/metadata/gen_ai.prompt.-1.content", json!("hi")),
            ],
        ),
        case(
            "indexes of tool calls and contents are sparse, too",
            call(&[
                ("openinference.span.kind", &text("LLM")),
                ("llm.input_messages.7.message.role", &role),
                ("llm.input_messages.7.message.contents.3999999999.message_content.type", &text("text")),
                ("llm.input_messages.7.message.contents.3999999999.message_content.text", &content),
            ]),
            vec![(MESSAGE, user("hi"))],
        ),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        case(
            "names of JavaScript's own are keys like others, in attributes and in messages",
            call(&[
                ("__proto__", &text("a")),
                ("constructor", &text("b")),
                (
                    "gen_ai.input.messages",
                    &text(r#"[{"role":"user","__proto__":{"role":"x"},"parts":[{"type":"text","content":"hi"}]}]"#),
                ),
            ]),
            vec![
                ("/spans/0/attributes/__proto__", json!("a")),
                ("/spans/0/attributes/constructor", json!("b")),
                (MESSAGE, user("hi")),
                (LEFT, json!(["__proto__", "constructor"])),
            ],
        ),
        case(
            "of a key sent twice the later value counts",
            call(&[
                ("gen_ai.request.model", &text("first")),
                ("gen_ai.request.model", &text("second")),
                ("x", &text("1")),
                ("x", &text("2")),
            ]),
            vec![
                ("/spans/0/model/request", json!("second")),
                ("/spans/0/attributes/x", json!("2")),
                (LEFT, json!(["x"])),
            ],
        ),
        case(
            "an empty key is a key",
            call(&[("", &text("nameless"))]),
            vec![("/spans/0/attributes/", json!("nameless")), (LEFT, json!([""]))],
        ),
    ]
}

fn shapes() -> Vec<Case> {
    let wrong = |value: &str| {
        let keys = [
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "gen_ai.tool.definitions",
            "gen_ai.response.finish_reasons",
            "gen_ai.request.model",
            "gen_ai.conversation.id",
            "llm.input_messages.0.message.role",
            "mlflow.spanInputs",
            "langfuse.observation.usage_details",
        ];
        call(&keys.map(|key| (key, value)))
    };
    vec![
        case(
            "numbers where everything else belongs: nothing is invented",
            wrong(r#"{"intValue":"7"}"#),
            vec![(MESSAGE, Value::Null), ("/spans/0/usage", Value::Null), ("/spans/0/tools", json!([]))],
        ),
        case(
            "nulls where everything else belongs: unknown is null",
            wrong("{}"),
            vec![
                (MESSAGE, Value::Null),
                ("/spans/0/input/value", Value::Null),
                ("/spans/0/model", Value::Null),
                ("/spans/0/usage", Value::Null),
                ("/spans/0/session_id", Value::Null),
            ],
        ),
        case(
            "a message beside things that are none: the message is shown and the rest as it came",
            call(&[(
                "gen_ai.input.messages",
                &text(r#"[{"role":"user","parts":[{"type":"text","content":"hi"},7,null,{"type":"new","x":[1]}]}]"#),
            )]),
            vec![
                ("/spans/0/input/messages/0/parts/0", json!({"type": "text", "text": "hi"})),
                ("/spans/0/input/messages/0/role", json!("user")),
            ],
        ),
        case(
            "JSON in JSON in JSON: a message's text stays the text it is",
            call(&[(
                "gen_ai.input.messages",
                &text(
                    &json!([{"role": "user", "parts": [{"type": "text", "content": json!(json!({"a": 1}).to_string()).to_string()}]}])
                        .to_string(),
                ),
            )]),
            vec![("/spans/0/input/messages/0/parts/0/text", json!(r#""{\"a\":1}""#))],
        ),
        case(
            "a provider's payload without a message in it is no message",
            call(&[("gen_ai.input.messages", &text(r#"{"contents":[]}"#))]),
            vec![(MESSAGE, Value::Null), ("/spans/0/attributes/gen_ai.input.messages", json!(r#"{"contents":[]}"#))],
        ),
        case(
            "cut JSON stays in view as the text it is",
            call(&[("gen_ai.input.messages", &text(r#"[{"role":"user","parts":[{"type":"te"#))]),
            vec![("/spans/0/attributes/gen_ai.input.messages", json!(r#"[{"role":"user","parts":[{"type":"te"#))],
        ),
    ]
}

fn values() -> Vec<Case> {
    vec![
        case(
            "NaN and infinities are their names, and no parameter and no cost",
            call(&[
                ("gen_ai.request.temperature", r#"{"doubleValue":"NaN"}"#),
                ("gen_ai.usage.cost", r#"{"doubleValue":"Infinity"}"#),
                ("x", r#"{"doubleValue":"-Infinity"}"#),
            ]),
            vec![
                ("/spans/0/attributes/gen_ai.request.temperature", json!("NaN")),
                ("/spans/0/attributes/x", json!("-Infinity")),
                ("/spans/0/cost_usd", Value::Null),
                ("/trace/cost_usd", Value::Null),
            ],
        ),
        case(
            "half a surrogate pair is replaced, and the rest of the text kept",
            call(&[("x", r#"{"stringValue":"a\ud800b"}"#), ("y", r#"{"stringValue":"\udc00"}"#)]),
            vec![("/spans/0/attributes/x", json!("a\u{fffd}b")), ("/spans/0/attributes/y", json!("\u{fffd}"))],
        ),
        case(
            "text that turns the direction of writing is kept letter for letter; whoever draws it marks it",
            call(&[("gen_ai.request.model", &text("\u{202e}4-tpg\u{0}\u{1b}[31m"))]),
            vec![("/spans/0/model/request", json!("\u{202e}4-tpg\u{0}\u{1b}[31m"))],
        ),
        case(
            "an unknown kind of value is null and costs the span nothing",
            call(&[("x", r#"{"futureValue":{"a":1}}"#), ("y", "null"), ("gen_ai.request.model", &text("m"))]),
            vec![("/spans/0/attributes/x", Value::Null), ("/spans/0/model/request", json!("m"))],
        ),
    ]
}

fn counts() -> Vec<Case> {
    let usage = |input: &str, output: &str| {
        call(&[("gen_ai.usage.input_tokens", input), ("gen_ai.usage.output_tokens", output)])
    };
    vec![
        case(
            "a cost of nothing without counts is unknown",
            call(&[("operation.cost", r#"{"doubleValue":0}"#)]),
            vec![("/spans/0/cost_usd", Value::Null), ("/trace/cost_usd", Value::Null)],
        ),
        case(
            "a negative count is unknown",
            usage(r#"{"intValue":"-5"}"#, r#"{"intValue":"3"}"#),
            vec![("/spans/0/usage/input_tokens", Value::Null), ("/spans/0/usage/output_tokens", json!(3))],
        ),
        case(
            "a count beyond what a double holds exactly is unknown, and the attribute there to see",
            usage(r#"{"intValue":"9223372036854775807"}"#, r#"{"intValue":"3"}"#),
            vec![
                ("/spans/0/usage/input_tokens", Value::Null),
                ("/spans/0/usage/output_tokens", json!(3)),
                ("/spans/0/attributes/gen_ai.usage.input_tokens", json!(i64::MAX)),
            ],
        ),
        case(
            "the largest counts are added",
            usage(r#"{"intValue":"9007199254740992"}"#, r#"{"intValue":"9007199254740992"}"#),
            vec![
                ("/spans/0/usage/total_tokens", json!(1_u64 << 54)),
                ("/trace/usage/total_tokens", json!(1_u64 << 54)),
            ],
        ),
        case(
            "words for counts are unknown",
            usage(&text("many"), r#"{"doubleValue":"NaN"}"#),
            vec![("/spans/0/usage", Value::Null), ("/trace/usage", Value::Null)],
        ),
    ]
}

fn times() -> Vec<Case> {
    let at = |start: &str, end: &str| {
        request(&[span(1, &format!(r#""name":"s","startTimeUnixNano":"{start}","endTimeUnixNano":"{end}""#))])
    };
    vec![
        case(
            "a span that ends before it starts took no time",
            at("1700000000000000009", "1700000000000000001"),
            vec![
                ("/spans/0/duration_ns", json!(0)),
                ("/spans/0/start_time_unix_nano", json!("1700000000000000009")),
                ("/spans/0/end_time_unix_nano", json!("1700000000000000001")),
            ],
        ),
        case(
            "the last nanosecond of 64 bits is a time",
            at("18446744073709551615", "18446744073709551615"),
            vec![("/spans/0/start_time_unix_nano", json!("18446744073709551615")), ("/spans/0/duration_ns", json!(0))],
        ),
        case(
            "a span without a start is of unknown length, not of fifty years",
            at("0", "1700000000000000001"),
            vec![("/spans/0/duration_ns", json!(0)), ("/trace/duration_ns", json!(0))],
        ),
        Case {
            rejected: 1,
            ..case(
                "a time beyond 64 bits costs its span and no other",
                request(&[
                    span(1, r#""name":"good""#),
                    span(2, r#""name":"bad","startTimeUnixNano":"18446744073709551616""#),
                ]),
                vec![("/spans/0/name", json!("good")), ("/trace/counts/spans", json!(1))],
            )
        },
    ]
}

fn trees() -> Vec<Case> {
    let child = |n: u64, parent: u64| span(n, &format!(r#""name":"s{n}","parentSpanId":"{parent:016x}""#));
    vec![
        case(
            "a chain of 20,000 spans is a tree like another",
            request(
                &(1..=20_000)
                    .map(|n| if n == 1 { span(1, r#""name":"s1""#) } else { child(n, n - 1) })
                    .collect::<Vec<_>>(),
            ),
            vec![
                ("/trace/counts/spans", json!(20_000)),
                ("/trace/root_span_id", json!("0000000000000001")),
                ("/spans/19999/name", json!("s20000")),
            ],
        ),
        case(
            "a span that is its own parent is shown as a root",
            request(&[child(1, 1)]),
            vec![("/trace/counts/spans", json!(1)), ("/spans/0/name", json!("s1"))],
        ),
        case(
            "a circle of 10,000 spans is cut at one place, and every span shown",
            request(&(1..=10_000).map(|n| child(n, n % 10_000 + 1)).collect::<Vec<_>>()),
            vec![("/trace/counts/spans", json!(10_000))],
        ),
        case(
            "spans whose parents never come are shown, and counted",
            request(&(1..=3_000).map(|n| child(n, 1_000_000 + n)).collect::<Vec<_>>()),
            vec![("/trace/counts/missing_parents", json!(3_000)), ("/trace/root_span_id", Value::Null)],
        ),
    ]
}

fn sizes() -> Vec<Case> {
    let messages: Vec<Value> =
        (0..100_000).map(|n| json!({"role": "user", "content": format!("message {n}")})).collect();
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many: Vec<(String, String)> =
        (0..200_000).map(|n| (format!("k{n}"), r#"{"intValue":"1"}"#.to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let of_call = |n: u32| {
        let message = "llm.output_messages.0.message";
        let arguments = text(&json!({"n": n}).to_string());
        [
            (format!("{message}.contents.{n}.message_content.type"), text("tool_use")),
            (format!("{message}.contents.{n}.message_content.tool_call.function.name"), text("look")),
            (format!("{message}.contents.{n}.message_content.tool_call.function.arguments"), arguments.clone()),
            (format!("{message}.tool_calls.{n}.tool_call.function.name"), text("look")),
            (format!("{message}.tool_calls.{n}.tool_call.function.arguments"), arguments),
        ]
    };
    let listed: Vec<(String, String)> = (0..20_000).flat_map(of_call).collect();
    let listed: Vec<(&str, &str)> = listed.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let called = |n: u32| json!({"functionCall": {"name": "look", "args": {"n": n}}});
    let named = |n: u32| json!({"id": format!("c{n}"), "function": {"name": "look", "arguments": {"n": n}}});
    let content = json!({"role": "model", "parts": (0..40_000).rev().map(called).collect::<Value>()});
    let told = json!({"content": content, "tool_calls": (0..40_000).map(named).collect::<Value>()}).to_string();
    let told = format!(
        r#""name":"call","events":[{{"name":"gen_ai.choice","attributes":[{{"key":"gen_ai.event.content","value":{}}}]}}]"#,
        text(&told)
    );
    let nothing = || json!("<nothing here>");
    vec![
        case(
            "20,000 calls among the parts and beside them are each there once",
            call(&listed),
            vec![
                ("/spans/0/output/messages/0/parts/19999/arguments/n", json!(19_999)),
                ("/spans/0/output/messages/0/parts/20000", nothing()),
            ],
        ),
        case(
            "40,000 calls told with their ids and without are each there once",
            request(&[span(1, &told)]),
            vec![
                ("/spans/0/output/messages/0/parts/39999/id", json!("c39999")),
                ("/spans/0/output/messages/0/parts/40000", nothing()),
            ],
        ),
        case(
            "a text of 50 MB is kept whole",
            call(&[(
                "gen_ai.input.messages",
                &text(
                    &json!([{"role": "user", "parts": [{"type": "text", "content": "x".repeat(50 << 20)}]}])
                        .to_string(),
                ),
            )]),
            vec![("/spans/0/input/messages/0/role", json!("user"))],
        ),
        case(
            "a conversation of 100,000 messages is read in order",
            call(&[("gen_ai.prompt", &text(&Value::from(messages).to_string()))]),
            vec![("/spans/0/input/messages/99999/parts/0/text", json!("message 99999"))],
        ),
        case(
            "lists a hundred thousand deep are a text",
            call(&[("gen_ai.input.messages", &text(&nested))]),
            vec![("/trace/counts/spans", json!(1))],
        ),
        case(
            "200,000 attributes are listed, each once",
            call(&many),
            vec![("/spans/0/not_understood/199999", json!("k199999")), ("/spans/0/attributes/k0", json!(1))],
        ),
    ]
}
