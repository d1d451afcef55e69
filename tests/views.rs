//! What the views make of real traces: `fixtures/views/<case>/*.pb` (OTLP requests as a client sent them) and `told.txt`, the
//! trace as a person sees it: its row, transcript, tools, ledger and notes.
//!
//! `UPDATE=1` rewrites what is told: look at the difference before keeping it.

#![expect(clippy::disallowed_methods, reason = "fixtures are files; it is the crate itself that does no IO")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use spanglass_trace::decode::{Budget, otlp_protobuf};
use spanglass_trace::dialects;
use spanglass_trace::reading::Part;
use spanglass_trace::span::{Span, TraceId};
use spanglass_trace::usage::prices::Prices;
use spanglass_trace::views::conversation::{Block, MessageView, PartView, conversation};
use spanglass_trace::views::document::{document, write_piece};
use spanglass_trace::views::ledger::ledger;
use spanglass_trace::views::summary::{Digest, digest, head, summarise};
use spanglass_trace::views::timeline::{RowWindow, timeline};
use spanglass_trace::views::tools::tools;
use spanglass_trace::views::{ReadSpan, ReadTrace};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a crate lives three folders deep");
    let entries = fs::read_dir(root.join("tests/fixtures/views")).expect("the fixtures");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    cases.sort();
    cases
}

/// Returns the traces of a case, each with its spans in the order received.
fn traces(case: &Path) -> BTreeMap<TraceId, Vec<Span>> {
    let entries = fs::read_dir(case).expect("a folder").map(|entry| entry.expect("a readable entry").path());
    let mut requests: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "pb")).collect();
    requests.sort();
    let mut traces: BTreeMap<TraceId, Vec<Span>> = BTreeMap::new();
    for request in requests {
        let body = Bytes::from(fs::read(request).expect("a readable request"));
        let received = otlp_protobuf::traces(&body, Budget::default()).expect("a recorded request decodes");
        for received in received.spans {
            traces.entry(received.span.trace_id).or_default().push(received.span);
        }
    }
    traces
}

fn read(spans: Vec<Span>) -> Vec<ReadSpan> {
    let read = |span| ReadSpan { reading: dialects::read(&span, &[]), span, duplicates: 0, from_logs: false };
    spans.into_iter().map(read).collect()
}

#[test]
fn real_traces_are_told_as_recorded() {
    let mut differences = Vec::new();
    for case in cases() {
        let mut told = String::new();
        for (trace_id, spans) in traces(&case) {
            tell(&mut told, trace_id, read(spans)).expect("a string takes all text");
        }
        let path = case.join("told.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &told).expect("a writable fixture");
        } else if fs::read_to_string(&path).unwrap_or_default() != told {
            differences.push(format!("{}:\n{told}", path.display()));
        }
    }
    assert!(differences.is_empty(), "told otherwise; look, then UPDATE=1\n{}", differences.join("\n"));
}

#[test]
fn spans_in_any_order_make_the_same_document() {
    for case in cases() {
        for (trace_id, mut spans) in traces(&case) {
            let forwards = whole(trace_id, read(spans.clone()));
            spans.reverse();
            assert_eq!(forwards, whole(trace_id, read(spans)), "{}", case.display());
        }
    }
}

#[test]
fn a_document_in_pieces_is_the_same_text() {
    for case in cases() {
        for (trace_id, spans) in traces(&case) {
            let read = read(spans);
            let row = summarise(trace_id, &digests(&read), Prices::shipped()).summary;
            let trace = ReadTrace::new(trace_id, read, Prices::shipped());
            let whole = serde_json::to_string(&document(&trace, row.clone())).expect("a document is JSON");
            let spans = trace.spans.len();
            for (enough, together) in [(1, 3), (3_000, 2), (usize::MAX, 4), (usize::MAX, usize::MAX)] {
                let (mut text, mut pieces) = (Vec::new(), 0);
                for from in (0..spans).step_by(together) {
                    let mut rest = from..from.saturating_add(together).min(spans);
                    while !rest.is_empty() {
                        let mut piece = Vec::new();
                        rest = write_piece(&trace, &row, rest, enough, &mut piece).expect("a document is JSON");
                        text.extend(piece);
                        pieces += 1;
                    }
                }
                assert_eq!(String::from_utf8(text).expect("a text"), whole, "{}", case.display());
                assert!(pieces <= spans && (enough > 1 || pieces == spans), "{pieces}");
                assert!(together < usize::MAX || pieces == 1, "{pieces}");
            }
        }
    }
}

fn whole(trace_id: TraceId, spans: Vec<ReadSpan>) -> serde_json::Value {
    let row = summarise(trace_id, &digests(&spans), Prices::shipped());
    serde_json::to_value(document(&ReadTrace::new(trace_id, spans, Prices::shipped()), row.summary))
        .expect("a document is JSON")
}

fn digests(spans: &[ReadSpan]) -> Vec<Digest> {
    spans.iter().map(|read| digest(&read.span, &read.reading, read.duplicates)).collect()
}

fn tell(told: &mut String, trace_id: TraceId, spans: Vec<ReadSpan>) -> std::fmt::Result {
    let row = summarise(trace_id, &digests(&spans), Prices::shipped());
    let trace = ReadTrace::new(trace_id, spans, Prices::shipped());
    let summary = &row.summary;
    let usage = summary.usage.unwrap_or_default();
    writeln!(told, "{} ({:?}): {}", summary.name, summary.status, row.question.as_deref().unwrap_or("no question"))?;
    writeln!(told, "  {:?} in, {:?} out, {:?}", usage.input_tokens, usage.output_tokens, summary.counts)?;
    for row in timeline(&trace, 1, &RowWindow { rows: 2_000, ..RowWindow::default() }).rows {
        writeln!(told, "  {}{} {:?}", "· ".repeat(row.depth as usize), row.name, row.kind)?;
    }
    writeln!(told, "conversation")?;
    for block in conversation(&trace, 1).blocks {
        tell_block(told, &block)?;
    }
    writeln!(told, "tools")?;
    for tool in tools(&trace, 1).tools {
        let states: Vec<_> = tool.calls.iter().map(|call| call.state).collect();
        writeln!(told, "  {} offered {} times, called {states:?}", tool.name, tool.offered)?;
    }
    writeln!(told, "ledger")?;
    for row in ledger(&trace, 1).rows {
        let tokens = row.added.unwrap_or_default();
        writeln!(told, "  {} {:?} {:?}: {}", row.name, tokens.input_tokens, tokens.output_tokens, row.why)?;
    }
    writeln!(told, "notes")?;
    for note in head(&trace, row).notes {
        writeln!(told, "  {:?} {}: {}", note.level, note.code, note.text)?;
    }
    writeln!(told)
}

fn tell_block(told: &mut String, block: &Block) -> std::fmt::Result {
    match block {
        Block::Scope { depth, name, kind, input, output, .. } => {
            writeln!(told, "  {}[{name} {kind:?}] {input:?} {output:?}", "  ".repeat(*depth as usize))
        }
        Block::Step { depth, name, kind, input, output, .. } => {
            let json = |value: &Option<serde_json::Value>| value.as_ref().map(|value| cut(&value.to_string()));
            let indent = "  ".repeat(*depth as usize);
            writeln!(told, "  {indent}({name} {kind:?}) {:?} {:?}", json(input), json(output))
        }
        Block::Call { depth, name, model, history, input, output, tools, .. } => {
            let indent = "  ".repeat(*depth as usize);
            let model = model.as_deref().unwrap_or("?");
            writeln!(told, "  {indent}{name} {model}, {history} earlier messages, {} new tools", tools.len())?;
            for (side, messages) in [("<", input), (">", output)] {
                for message in messages {
                    tell_message(told, &format!("  {indent}  {side}"), message)?;
                }
            }
            Ok(())
        }
    }
}

fn tell_message(told: &mut String, indent: &str, message: &MessageView) -> std::fmt::Result {
    for part in &message.parts {
        let part = match part {
            PartView::Part { part: Part::Text { text } } => cut(text),
            PartView::Part { part } => cut(&serde_json::to_string(part).expect("a part is JSON")),
            PartView::Call { call } => {
                let span = if call.executed_by.is_some() { "executed" } else { "no span" };
                let result = call.result.as_ref().map(|result| cut(&result.to_string())).unwrap_or("no result".into());
                format!("{} {} = {result}, {span}", call.name.as_deref().unwrap_or("?"), call.arguments)
            }
        };
        writeln!(told, "{indent} {}: {part}", message.role)?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(100).collect()
}
