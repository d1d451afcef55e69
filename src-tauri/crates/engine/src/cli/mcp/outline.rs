//! A trace as a tree of lines.

use spanglass_trace::reading::Usage;
use spanglass_trace::views::{ReadSpan, counted};

use super::super::table::date;
use super::super::transcript::word;
use crate::in_words::duration;
use crate::query::OpenTrace;
use crate::terminal::safe_line;

/// How deep lines are indented at most, in steps.
const DEEPEST: u32 = 20;

/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// Returns what a trace took and its spans, those from `under` down only when one is named.
pub(super) fn outline(open: &OpenTrace, under: Option<usize>) -> String {
    let tree = &open.trace.tree;
    let mut text = head(open);
    let range = under.map_or(0..tree.len(), |at| at..at + 1 + tree.descendants[at] as usize);
    let top = under.map_or(0, |at| tree.depth[at]);
    for at in range {
        for _ in 0..(tree.depth[at] - top).min(DEEPEST) {
            text.push_str("  ");
        }
        text.push_str(&line(&open.trace.spans[at]));
        if tree.parent_missing[at] {
            text.push_str(" · its parent did not arrive");
        }
        text.push('\n');
    }
    text
}

fn head(open: &OpenTrace) -> String {
    let summary = &open.row.summary;
    let counts = &summary.counts;
    let mut facts = vec![
        date(summary.start_time_unix_nano.parse().unwrap_or_default()) + " UTC",
        duration(summary.duration_ns),
        counted(counts.spans, "span"),
        counted(counts.llm_calls, "model call"),
        counted(counts.tool_calls, "tool call"),
        counted(counts.errors, "error"),
    ];
    facts.extend(summary.usage.as_ref().map(tokens));
    facts.extend(summary.cost_usd.map(|cost| format!("${cost:.6}")));
    facts.extend(summary.session_id.as_ref().map(|session| format!("session {}", safe_line(session))));
    let lost = counts.dropped_attributes + counts.dropped_events + counts.dropped_links;
    if lost > 0 {
        facts.push(format!("the sender left out {lost} attributes, events or links"));
    }
    format!("{} {}\n{}\n", summary.trace_id, short(&summary.name), facts.join(" · "))
}

fn line(read: &ReadSpan) -> String {
    let reading = &read.reading;
    let mut facts = vec![format!("{} {}", word(&reading.kind), short(&read.span.name))];
    facts.extend(
        reading.model.as_ref().and_then(|model| model.response.as_deref().or(model.request.as_deref())).map(short),
    );
    facts.push(duration(read.span.end_time_unix_nano.saturating_sub(read.span.start_time_unix_nano)));
    facts.extend(reading.usage.as_ref().map(tokens));
    if let Some(error) = &reading.error {
        let kind = error.kind.as_deref().unwrap_or("error");
        facts.push(short(&format!("✗ {kind}: {}", error.message.as_deref().unwrap_or_default())));
    }
    format!("{} {}", read.span.span_id, facts.join(" · "))
}

fn short(text: &str) -> String {
    let text = safe_line(text);
    match text.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn tokens(usage: &Usage) -> String {
    let count = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    format!("{}→{} tokens", count(usage.input_tokens), count(usage.output_tokens))
}
