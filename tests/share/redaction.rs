//! Of what the rules take out, nothing is in any exported byte, wherever it stood; what they do not mean stays as it was.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use spanglass_engine::query::Filter;
use spanglass_engine::share::{self, Finding, Form, Progress, Rules};

use super::{Folder, fixtures, viewer};

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

/// Letters and numbers as if drawn, the same in every run.
fn drawn(seed: usize, length: usize, alphabet: &str) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        alphabet[(state % alphabet.len() as u64) as usize]
    };
    (0..length).map(|_| next()).collect()
}

/// The `seed`th secret; no two are alike.
fn secret(seed: usize) -> String {
    let of = |length, alphabet| drawn(seed, length, alphabet);
    let (mixed, lower, upper) = (
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "0123456789abcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    );
    match seed % 25 {
        0 => format!("sk-proj-{}T3BlbkFJ{}", of(40, mixed), of(40, mixed)),
        1 => format!("sk-ant-api03-{}AA", of(90, mixed)),
        2 => format!("AIza{}", of(35, mixed)),
        3 => format!("AKIA{}", of(16, upper)),
        4 => format!("ghp_{}", of(36, mixed)),
        5 => format!("github_pat_{}_{}", of(22, mixed), of(59, mixed)),
        6 => format!("xoxb-{}-{}", of(12, "0123456789"), of(24, mixed)),
        7 => format!("sk_live_{}", of(24, mixed)),
        8 => format!("hf_{}", of(34, mixed)),
        9 => format!("eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}", of(40, mixed), of(43, mixed)),
        10 => format!("-----BEGIN PRIVATE KEY-----\n{}\n{}=\n-----END PRIVATE KEY-----", of(64, mixed), of(30, mixed)),
        11 => format!("Bearer {}7", of(40, mixed)),
        12 => format!("Basic {}", STANDARD.encode(format!("user:{}", of(12, mixed)))),
        13 => format!("postgresql://app:{}@db.example/app", of(16, mixed)),
        14 => format!("gsk_{}", of(52, mixed)),
        15 => format!("glpat-{}", of(20, mixed)),
        16 => format!("SG.{}.{}", of(22, mixed), of(43, mixed)),
        17 => format!("lsv2_pt_{}_{}", of(32, lower), of(10, lower)),
        18 => format!("npm_{}", of(36, mixed)),
        19 => format!("sk-or-v1-{}", of(64, lower)),
        20 => format!("DefaultEndpointsProtocol=https;AccountKey={}==", of(86, mixed)),
        21 => format!("AWS_SECRET_ACCESS_KEY={}9", of(39, mixed)),
        22 => format!("https://hooks.slack.com/services/T{}/B{}/{}", of(8, upper), of(8, upper), of(24, mixed)),
        23 => format!("{}@{}.example", of(10, lower), of(8, lower)),
        _ => format!("xai-{}", of(80, mixed)),
    }
}

/// What of a secret may be nowhere: the part that is secret.
fn core(secret: &str) -> &str {
    let value = secret.rsplit(['=', ' ', '/']).find(|part| part.len() > 10).unwrap_or(secret);
    match secret {
        _ if secret.starts_with("postgresql") => secret.split([':', '@']).nth(2).unwrap(),
        _ if secret.starts_with("-----") => secret.lines().nth(1).unwrap(),
        _ if secret.contains("AccountKey=") => secret.split("AccountKey=").nth(1).unwrap().trim_end_matches('='),
        _ => value,
    }
}

fn text(value: &str) -> Value {
    json!({ "stringValue": value })
}

fn attribute(key: &str, value: Value) -> Value {
    json!({ "key": key, "value": value })
}

fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A span without anything in it.
fn bare(index: usize) -> Value {
    json!({
        "traceId": TRACE, "spanId": format!("{:016x}", index + 1), "name": "chat", "kind": 1,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000", "status": {},
        "attributes": [], "events": [], "links": [],
    })
}

/// Every position a secret may be in. Returns the request the secret is planted in.
fn planted(index: usize, position: usize, secret: &str) -> Value {
    let mut span = bare(index);
    let (mut resource, mut scope) = (json!({"attributes": []}), json!({"name": "library"}));
    let prose = format!("It is \"{secret}\", she said.\nNext line.");
    let nested = json!({"messages": [{"role": "user", "content": prose}]}).to_string();
    let pieces = |size: usize| {
        let letters: Vec<char> = prose.chars().collect();
        letters.chunks(size).map(|piece| piece.iter().collect::<String>()).collect::<Vec<_>>()
    };
    let mut put = |value: Value| span["attributes"] = json!([attribute("input.value", value)]);
    match position {
        0 => put(text(&prose)),
        1 => put(text(&nested)),
        2 => put(text(&json!({"body": nested}).to_string())),
        3 => put(text(&json!([[nested.clone()]]).to_string())),
        4 => put(json!({"arrayValue": {"values": [text("a"), text(&prose)]}})),
        5 => put(
            json!({"kvlistValue": {"values": [attribute("a", json!({"kvlistValue": {"values": [attribute("b", text(&prose))]}}))]}}),
        ),
        6 => put(json!({"bytesValue": STANDARD.encode(&prose)})),
        7 => put(text(&STANDARD.encode(&prose))),
        8 => put(text(&format!("see {} there", URL_SAFE_NO_PAD.encode(&nested)))),
        9 => put(text(&format!("https://example.com/?q={}&n=1", percent(&prose)))),
        10 => put(text(&format!("data: {{\"delta\": \"{}\"}}", escaped(&prose)))),
        11 => put(text(&format!("{nested}\n{nested}\n"))),
        12 => span["attributes"] = json!([attribute(&prose, text("value"))]),
        13 => span["name"] = json!(prose),
        14 => span["status"] = json!({"code": 2, "message": prose}),
        15 => span["traceState"] = json!(format!("vendor={prose}")),
        16 => span["events"] = json!([{"name": prose, "timeUnixNano": "1"}]),
        17 => {
            span["events"] = json!([{"name": "exception", "timeUnixNano": "1", "attributes": [attribute("exception.stacktrace", text(&prose))]}])
        }
        18 => {
            span["links"] = json!([{"traceId": TRACE, "spanId": "00000000000000aa", "attributes": [attribute("why", text(&nested))]}])
        }
        19 => resource["attributes"] = json!([attribute("process.command_line", text(&prose))]),
        20 => scope = json!({"name": prose, "version": prose, "attributes": [attribute("a", text(&prose))]}),
        21 => span["aFieldOfTheFuture"] = json!({"deep": [prose]}),
        // Streams: a piece per event, with three letters in each, and tool arguments that are built up.
        22 => {
            let chunk = |piece: &String| json!({"choices": [{"index": 0, "delta": {"content": piece}}]}).to_string();
            let event = |piece: &String| json!({"name": "chunk", "timeUnixNano": "1", "attributes": [attribute("chunk.value", text(&chunk(piece)))]});
            span["events"] = pieces(3).iter().map(event).collect();
        }
        23 => {
            let chunk =
                |piece: &String| json!({"type": "content_block_delta", "index": 1, "delta": {"partial_json": piece}});
            put(text(&pieces(5).iter().map(chunk).collect::<Value>().to_string()));
        }
        24 => {
            let arguments = json!({"command": prose}).to_string();
            let letters: Vec<char> = arguments.chars().collect();
            let chunk = |(at, piece): (usize, &[char])| json!({"number_index": at, "tool_calls": [{"index": 0, "function": {"arguments": piece.iter().collect::<String>()}}]});
            let event = |chunk: Value| json!({"name": "chunk", "timeUnixNano": "1", "attributes": [attribute("chunk.value", text(&chunk.to_string()))]});
            span["events"] = letters.chunks(4).enumerate().map(chunk).map(event).collect();
        }
        _ => {
            return json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
                {"traceId": TRACE, "spanId": format!("{:016x}", index + 1), "timeUnixNano": "1", "body": text(&prose), "attributes": [attribute("a", text(&nested))]}
            ]}]}]});
        }
    }
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [span]}]}]})
}

const POSITIONS: usize = 26;

pub(super) async fn exported(folder: &Folder, form: Form, rules: &str) -> (Vec<u8>, Vec<Finding>) {
    let trace_ids = share::selected(&folder.query, &Filter::default()).await.unwrap();
    let (rules, mut out): (Rules, _) = (rules.parse().unwrap(), Vec::new());
    let (_, findings) =
        share::export_as(&folder.query, &trace_ids, &form, &rules, &Progress::default(), &mut out).await.unwrap();
    (out, findings)
}

/// Returns what is packed in a page: its traces, and the answers it shows.
fn unpacked(page: &[u8]) -> Vec<u8> {
    let page = std::str::from_utf8(page).unwrap();
    let mut all = Vec::new();
    for part in ["otlp", "answers"] {
        let packed = page.split(&format!("id=\"{part}\">")).nth(1).unwrap().split('<').next().unwrap();
        let packed = STANDARD.decode(packed).unwrap();
        flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut all).unwrap();
    }
    all
}

#[tokio::test]
async fn no_planted_secret_is_in_any_exported_byte() {
    let folder = Folder::new();
    let planted_secrets: Vec<String> = (0..POSITIONS * 25).map(secret).collect();
    let mut lines = String::new();
    for (index, secret) in planted_secrets.iter().enumerate() {
        // Every kind of secret comes into every position.
        lines += &planted(index, index / 25, secret).to_string();
        lines.push('\n');
    }
    folder.take(lines.as_bytes()).await;
    let (whole, _) = exported(&folder, Form::Lines, "none").await;
    let (otlp, findings) = exported(&folder, Form::Lines, "secrets,emails").await;
    let page = exported(&folder, Form::Page(viewer()), "secrets,emails").await.0;
    let forms = [
        ("otlp", otlp.clone()),
        ("page", page.clone()),
        ("page, unpacked", unpacked(&page)),
        ("markdown", exported(&folder, Form::Markdown, "secrets,emails").await.0),
        ("chrome", exported(&folder, Form::Chrome, "secrets,emails").await.0),
    ];
    let mut left = Vec::new();
    for (form, content) in &forms {
        let content = String::from_utf8_lossy(content);
        for (index, secret) in planted_secrets.iter().enumerate() {
            let core = core(secret);
            let told = [core.to_owned(), STANDARD.encode(core), percent(core), escaped(core)];
            if told.iter().any(|told| content.contains(told.as_str())) {
                left.push(format!("{form}: position {}, kind {}: {secret}", index / 25, index % 25));
            }
        }
    }
    assert_eq!(left, Vec::<String>::new());
    // What was cut in pieces is nowhere when the pieces are put together again.
    let joined: String =
        String::from_utf8(otlp.clone()).unwrap().lines().filter(|line| line.contains("chunk")).map(joined).collect();
    assert!(joined.contains("It is") && joined.contains("she said"), "{joined}");
    let in_pieces = planted_secrets.iter().skip(22 * 25).take(75).filter(|secret| joined.contains(core(secret)));
    assert_eq!(in_pieces.collect::<Vec<_>>(), Vec::<&String>::new());
    // What stands around them stays.
    let text = String::from_utf8(otlp.clone()).unwrap();
    assert!(text.matches("she said").count() > 400 && text.contains("aFieldOfTheFuture"));
    assert_eq!(text.lines().count(), String::from_utf8(whole.clone()).unwrap().lines().count());
    let found: u64 = findings.iter().map(|finding| finding.count).sum();
    assert!(found >= planted_secrets.len() as u64, "{found}");
    // It is still what it was for whoever reads it, and the stored original is as it was.
    let other = Folder::new();
    assert_eq!(other.take(&otlp).await.rejected, 0);
    assert_eq!(exported(&folder, Form::Lines, "none").await.0, whole);
}

/// Returns the texts of a line's pieces, put together.
fn joined(line: &str) -> String {
    fn texts(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ (Value::Array(_) | Value::Object(_))) => texts(&inner, out),
                _ => out.push_str(text),
            },
            Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
            Value::Object(fields) => {
                fields
                    .iter()
                    .filter(|(key, _)| !["name", "type", "key", "timeUnixNano"].contains(&key.as_str()))
                    .for_each(|(_, value)| texts(value, out));
            }
            _ => {}
        }
    }
    let mut out = String::new();
    texts(&serde_json::from_str(line).unwrap(), &mut out);
    out
}

#[tokio::test]
async fn the_same_secret_gets_the_same_mark_and_another_gets_another() {
    let folder = Folder::new();
    let (one, two) = (secret(4), secret(29));
    let mut span = bare(0);
    span["attributes"] = json!([
        attribute("a", text(&one)),
        attribute("b", text(&format!("{two} {one}"))),
        attribute(
            "http.request.header.authorization",
            json!({"arrayValue": {"values": [text(&format!("Bearer {one}"))]}})
        ),
        attribute("c", text(&STANDARD.encode(&one))),
        attribute("db.password", json!({"intValue": "1234567"})),
        attribute(
            "settings",
            text("{\"password\": 987654321, \"pin\": 5, \"schema\": {\"password\": {\"type\": \"string\"}}}")
        ),
    ]);
    folder.take(json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string().as_bytes()).await;
    let (out, findings) = exported(&folder, Form::Lines, "secrets").await;
    let span: Value =
        serde_json::from_slice::<Value>(&out).unwrap()["resourceSpans"][0]["scopeSpans"][0]["spans"][0].take();
    let values: Vec<_> =
        span["attributes"].as_array().unwrap().iter().map(|attribute| attribute["value"].clone()).collect();
    assert_eq!(values[0], text("‹github-token·1›"));
    assert_eq!(values[1], text("‹github-token·2› ‹github-token·1›"));
    assert_eq!(values[2], json!({"arrayValue": {"values": [text("Bearer ‹github-token·1›")]}}));
    assert_eq!(values[3], text("‹github-token·1›"));
    assert_eq!(values[4], text("‹secret·1›"));
    assert_eq!(values[5], text("{\"password\": null, \"pin\": 5, \"schema\": {\"password\": {\"type\": \"string\"}}}"));
    let tokens = &findings[0];
    assert_eq!((tokens.rule.as_str(), tokens.count, tokens.distinct), ("github-token", 5, 2));
    assert_eq!(tokens.example, "ghp_… (40 characters)");
    assert!(tokens.places.iter().any(|place| place.place == "span http.request.header.authorization"), "{tokens:?}");
}

#[tokio::test]
async fn chosen_attributes_and_all_texts_go_and_the_structure_stays() {
    let folder = Folder::new();
    let mut span = bare(0);
    span["attributes"] = json!([
        attribute("gen_ai.operation.name", text("chat")),
        attribute("gen_ai.request.model", text("gpt-4o-mini")),
        attribute("gen_ai.usage.input_tokens", json!({"intValue": "12"})),
        attribute(
            "gen_ai.input.messages",
            text("[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"Who is Ada?\"}]}]")
        ),
        attribute("user.id", text("ada")),
        attribute("app.flag", json!({"boolValue": true})),
        attribute("app.notes", json!({"kvlistValue": {"values": [attribute("x", text("deep"))]}})),
    ]);
    span["status"] = json!({"code": 2, "message": "Ada is not there"});
    folder.take(json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string().as_bytes()).await;
    let out = async |rules: &str| String::from_utf8(exported(&folder, Form::Lines, rules).await.0).unwrap();
    let chosen = out("attribute:user.id,attribute:app.*").await;
    assert!(!chosen.contains("\"ada\"") && !chosen.contains("deep") && !chosen.contains("true"), "{chosen}");
    assert!(chosen.contains("Who is Ada?") && chosen.contains("gpt-4o-mini"));
    let structure = out("structure").await;
    assert!(!structure.to_lowercase().contains("ada") && !structure.contains("deep"), "{structure}");
    for kept in ["gpt-4o-mini", "\"12\"", "\\\"role\\\":\\\"user\\\"", "‹text·11›", TRACE, "\"name\":\"chat\"", "true"]
    {
        assert!(structure.contains(kept), "{kept}: {structure}");
    }
    let markdown = String::from_utf8(exported(&folder, Form::Markdown, "none").await.0).unwrap();
    assert!(markdown.contains("Who is Ada?"), "{markdown}");
    let markdown = String::from_utf8(exported(&folder, Form::Markdown, "structure").await.0).unwrap();
    assert!(markdown.contains("‹text·11›") && !markdown.contains("Ada"), "{markdown}{structure}");
}

#[tokio::test]
async fn a_secret_that_a_name_told_of_goes_wherever_else_it_stands() {
    let folder = Folder::new();
    let (password, key) = ("hunter2xyz!", format!("0x{}", drawn(3, 64, "0123456789abcdef")));
    let elsewhere =
        format!("log in with {password} ({}) and sign with {key}", STANDARD.encode(format!("pass {password}")));
    let mut other = bare(1);
    other["traceId"] = json!("5b8efff798038103d269b633813fc60d");
    let mut told = bare(0);
    // Of the trace that comes first only the one after it says what is secret in it; `admin` stands for many things.
    other["attributes"] = json!([attribute("input.value", text(&elsewhere)), attribute("role", text("admin"))]);
    told["attributes"] = json!([
        attribute("db.password", text(password)),
        attribute("config", text(&json!({"signer_key": key, "password": "admin"}).to_string())),
    ]);
    for span in [other, told] {
        folder.take(json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string().as_bytes()).await;
    }
    let (out, findings) = exported(&folder, Form::Lines, "secrets").await;
    let out = String::from_utf8(out).unwrap();
    assert!(!out.contains(password) && !out.contains(&key[2..]), "{out}");
    assert!(out.contains("log in with ‹secret·1› (‹secret·1›) and sign with ‹secret·2›"), "{out}");
    assert!(out.contains(r#"{"stringValue":"admin"}"#), "{out}");
    assert_eq!((findings.len(), findings[0].count, findings[0].distinct), (1, 6, 3), "{findings:?}");
    let page = exported(&folder, Form::Page(viewer()), "secrets").await;
    assert_eq!(page.1, findings, "what is read twice is counted once");
    assert!(!String::from_utf8_lossy(&unpacked(&page.0)).contains(password));
}

#[tokio::test]
async fn nothing_benign_is_taken_for_a_secret() {
    let folder = Folder::new();
    for (_, content) in fixtures() {
        folder.take(&content).await;
    }
    let mut seen = 0;
    for path in super::recorded() {
        seen += folder.take(&std::fs::read(path).unwrap()).await.spans;
    }
    assert!(seen > 200, "{seen}");
    let (_, findings) = exported(&folder, Form::Lines, "secrets").await;
    assert_eq!(findings, []);
}
