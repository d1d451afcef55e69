//! A trace as lines, one a span: as a tree, or those that matter first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use spanglass_trace::reading::{Kind, Usage};
use spanglass_trace::views::ledger::{Counted, LedgerRow, ledger};
use spanglass_trace::views::{ReadTrace, counted};

use super::table::{cost, date, dollars, status};
use super::transcript::word;
use crate::in_words::duration;
use crate::query::OpenTrace;
use crate::terminal::cut_line;

/// How deep lines are indented at most, in steps.
const DEEPEST: u32 = 20;

/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// The longest value of a trace's facts, in characters, and how many facts are told.
const LONGEST_FACT: usize = 400;
const MOST_FACTS: usize = 50;

/// Which spans are wanted.
#[derive(Default)]
pub(super) struct Wanted {
    /// Only the span at this place and those below it.
    pub(super) under: Option<usize>,
    /// Only spans of this kind.
    pub(super) kind: Option<Kind>,
    /// Only spans that failed.
    pub(super) only_errors: bool,
    /// Which come first; `None` = as the tree has them.
    pub(super) order: Option<Order>,
    /// How many at most; `None` = all.
    pub(super) limit: Option<usize>,
}

/// What spans are sorted by, the most first.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Cost,
    Duration,
    Tokens,
}

/// Reads an order.
pub(super) fn order(word: &str) -> Result<Order, String> {
    match word {
        "cost" => Ok(Order::Cost),
        "duration" => Ok(Order::Duration),
        "tokens" => Ok(Order::Tokens),
        _ => Err(format!("`order` has to be cost, duration or tokens, and not `{word}`")),
    }
}

/// Reads a kind.
pub(super) fn kind(word: &str) -> Result<Kind, String> {
    serde_json::from_value(Value::String(word.to_lowercase())).map_err(|error| format!("`kind`: {error}"))
}

/// Reads which spans alone are wanted.
pub(super) fn only_errors(word: &str) -> Result<bool, String> {
    match word {
        "errors" => Ok(true),
        _ => Err(format!("`only` has to be errors, and not `{word}`")),
    }
}

/// Returns what is known of a trace, and its spans.
pub(super) fn outline(open: &OpenTrace, wanted: &Wanted) -> String {
    let trace = &open.trace;
    let tree = &trace.tree;
    let mut text = head(open);
    let range = wanted.under.map_or(0..tree.len(), |at| at..at + 1 + tree.descendants[at] as usize);
    let top = wanted.under.map_or(0, |at| tree.depth[at]);
    let is_wanted = |at: &usize| {
        let read = &trace.spans[*at];
        wanted.kind.is_none_or(|kind| read.reading.kind == kind) && (!wanted.only_errors || read.failed())
    };
    let mut places: Vec<usize> = range.filter(is_wanted).collect();
    let lines = Lines::of(open);
    match wanted.order {
        None => {}
        Some(Order::Duration) => places.sort_by_key(|&at| Reverse(trace.duration_ns(at))),
        Some(Order::Tokens) => places.sort_by_key(|&at| Reverse(lines.tokens(at))),
        Some(Order::Cost) => places.sort_by(|&a, &b| lines.cost(b).total_cmp(&lines.cost(a))),
    }
    let is_tree = wanted.kind.is_none() && !wanted.only_errors && wanted.order.is_none();
    let shown = places.len().min(wanted.limit.unwrap_or(usize::MAX));
    for &at in &places[..shown] {
        let depth = if is_tree { (tree.depth[at] - top).min(DEEPEST) } else { 0 };
        (0..depth).for_each(|_| text.push_str("  "));
        text.push_str(&lines.line(at));
        text.push('\n');
    }
    match places.len() - shown {
        _ if places.is_empty() => text.push_str("[no span is what was asked for]\n"),
        0 => {}
        more => text.push_str(&format!("[{more} more; a higher limit shows them]\n")),
    }
    text
}

fn head(open: &OpenTrace) -> String {
    let summary = &open.row.summary;
    let counts = &summary.counts;
    let mut facts =
        vec![date(summary.start_time_unix_nano.parse().unwrap_or_default()) + " UTC", duration(summary.duration_ns)];
    facts.extend(status(summary.status).map(str::to_owned));
    facts.extend([
        counted(counts.spans, "span"),
        counted(counts.llm_calls, "model call"),
        counted(counts.tool_calls, "tool call"),
        format!("{} failed", counted(counts.errors, "span")),
    ]);
    facts.extend(summary.usage.as_ref().map(tokens));
    facts.extend(cost(summary));
    let lost = counts.dropped_attributes + counts.dropped_events + counts.dropped_links;
    if lost > 0 {
        facts.push(format!("the sender left out {lost} attributes, events or links"));
    }
    let mut text = format!("{} {}\n{}\n", summary.trace_id, short(&summary.name), facts.join(" · "));
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("{}: {}\n", cut_line(name, LONGEST_NAME), cut_line(&value, LONGEST_FACT)));
        }
    };
    fact("services", summary.services.join(", "));
    fact("session", summary.session_id.clone().unwrap_or_default());
    fact("user", summary.user_id.clone().unwrap_or_default());
    fact("tags", summary.tags.join(", "));
    for (name, value) in summary.metadata.iter().take(MOST_FACTS) {
        fact(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let more = summary.metadata.len().saturating_sub(MOST_FACTS);
    if more > 0 {
        text.push_str(&format!("[{more} more facts of the trace]\n"));
    }
    text
}

/// What the lines of spans tell beside the spans themselves.
struct Lines<'a> {
    trace: &'a ReadTrace,
    /// By place.
    ledger: BTreeMap<usize, LedgerRow>,
    /// Where a prompt cache could no longer be used, and why, by span.
    broken: BTreeMap<String, String>,
    now: u64,
}

impl<'a> Lines<'a> {
    fn of(open: &'a OpenTrace) -> Self {
        let trace = &open.trace;
        let places = trace.totals.lines.iter().map(|line| line.at as usize);
        let ledger = ledger(trace, open.version);
        let broken = ledger.contexts.into_iter().flat_map(|agent| agent.calls).filter_map(|call| {
            let at = call.cache_break?;
            Some((call.span_id, format!("cache broken after {}: {}", at.after, at.text)))
        });
        Self {
            trace,
            broken: broken.collect(),
            ledger: places.zip(ledger.rows).collect(),
            now: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64),
        }
    }

    fn cost(&self, at: usize) -> f64 {
        self.trace.cost_usd(at).unwrap_or(-1.0)
    }

    fn tokens(&self, at: usize) -> Option<u64> {
        let usage = self.trace.spans[at].reading.usage.as_ref()?;
        let both = || usage.input_tokens.unwrap_or(0).saturating_add(usage.output_tokens.unwrap_or(0));
        Some(usage.total_tokens.unwrap_or_else(both))
    }

    fn line(&self, at: usize) -> String {
        let read = &self.trace.spans[at];
        let reading = &read.reading;
        let mut facts = vec![format!("{} {}", word(&reading.kind), short(&read.span.name))];
        facts.extend(read.model().map(short));
        facts.push(match read.is_running() {
            true => format!("running for {}", duration(self.now.saturating_sub(read.span.start_time_unix_nano))),
            false => duration(self.trace.duration_ns(at)),
        });
        facts.extend(reading.usage.as_ref().map(tokens));
        facts.extend(self.trace.cost_usd(at).map(dollars));
        if let (Some(last), Some(elsewhere)) = (facts.last_mut(), self.counted_elsewhere(at)) {
            last.push_str(&format!(" ({elsewhere})"));
        }
        if let Some(error) = read.error() {
            let kind = error.kind.as_deref().unwrap_or("error");
            facts.push(short(&format!("✗ {kind}: {}", error.message.as_deref().unwrap_or_default())));
        }
        facts.extend(self.broken.get(&read.span.span_id.to_string()).map(|broken| short(broken)));
        if self.trace.tree.parent_missing[at] {
            facts.push("its parent did not arrive".to_owned());
        }
        format!("{} {}", read.span.span_id, facts.join(" · "))
    }

    /// Returns where the tokens and cost of a span are counted, where that is not the span.
    fn counted_elsewhere(&self, at: usize) -> Option<String> {
        let row = self.ledger.get(&at)?;
        let line = self.trace.line(at)?;
        let same_as = line.usage.same_as.or(line.cost.same_as);
        match (row.counted, same_as) {
            (Counted::SameCall, Some(same)) => {
                Some(format!("counted in {}", self.trace.spans[same as usize].span.span_id))
            }
            (Counted::SameCall | Counted::RepeatsChildren, _) => Some("counted below it".to_owned()),
            (Counted::Counted | Counted::NotReported, _) => None,
        }
    }
}

fn short(text: &str) -> String {
    cut_line(text, LONGEST_NAME)
}

fn tokens(usage: &Usage) -> String {
    let count = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    format!("{}→{} tokens", count(usage.input_tokens), count(usage.output_tokens))
}
