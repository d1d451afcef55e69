//! A trace's row from its spans' digests.

use std::collections::BTreeSet;

use serde_json::Map;

use super::{Counts, Digest, Marks, TraceRow, TraceStatus, TraceSummary};
use crate::reading::Kind;
use crate::span::TraceId;
use crate::usage::prices::Prices;
use crate::usage::rollup::{Line, Reported, RollUp, roll_up};
use crate::views::halves;
use crate::views::ledger::model_totals;
use crate::views::tool_chain::{ToolFacts, executions};
use crate::views::tree::{Placed, Tree};
use crate::views::{self, extent};

/// Returns the trace in one row, with version 0 and told once. The order of the digests plays no role. `prices` say what tokens cost where
/// the sender did not.
pub fn summarise(trace_id: TraceId, digests: &[Digest], prices: &Prices) -> TraceRow {
    let joined = halves::joined(digests);
    let digests = joined.as_deref().unwrap_or(digests);
    let (tree, order) = grow(digests);
    let in_tree: Vec<&Digest> = order.iter().map(|&at| &digests[at as usize]).collect();
    let totals = totals(&tree, &in_tree, prices);
    let mut in_time = in_tree.clone();
    in_time.sort_by_key(|digest| (digest.start_time_unix_nano, digest.span_id));

    let roots: Vec<&Digest> = in_time.iter().copied().filter(|digest| is_root(digest)).collect();
    let root = roots.first().copied();
    let (start, end) = extent(digests.iter().map(|digest| (digest.start_time_unix_nano, digest.end_time_unix_nano)));
    // The root's word first, then the earliest's.
    let first = || root.into_iter().chain(in_time.iter().copied());
    let mut metadata = Map::new();
    for (key, value) in first().flat_map(|digest| &digest.trace_metadata) {
        metadata.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let earliest_call =
        in_time.iter().filter(|digest| digest.kind == Kind::Llm).find_map(|digest| digest.question.clone());

    TraceRow {
        summary: TraceSummary {
            trace_id: trace_id.to_string(),
            name: first()
                .find_map(|digest| digest.trace_name.clone())
                .or_else(|| first().next().map(|digest| digest.name.clone()))
                .unwrap_or_default(),
            start_time_unix_nano: start.to_string(),
            end_time_unix_nano: end.to_string(),
            // A time without a start to count it from is no duration.
            duration_ns: if start == 0 { 0 } else { end - start },
            status: status(digests, &roots),
            root_span_id: root.map(|root| root.span_id.to_string()),
            services: each_once(in_time.iter().filter_map(|digest| digest.service.as_deref())),
            models: each_once(in_time.iter().filter_map(|digest| digest.model.as_deref())),
            dialects: digests
                .iter()
                .flat_map(|digest| &digest.dialects)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .cloned()
                .collect(),
            session_id: first().find_map(|digest| digest.session_id.clone()),
            user_id: first().find_map(|digest| digest.user_id.clone()),
            tags: each_once(in_time.iter().flat_map(|digest| digest.tags.iter().map(String::as_str))),
            metadata,
            usage: totals.usage,
            cost_usd: totals.cost_usd,
            counts: counts(&tree, &in_tree, &totals),
        },
        question: root
            .and_then(|root| root.question.clone())
            .or(earliest_call)
            .or_else(|| in_time.iter().find_map(|digest| digest.question.clone())),
        error: in_time.iter().filter(|digest| failed(digest)).find_map(|digest| digest.error.clone()),
        model_totals: model_totals(
            &totals.lines,
            |at| (in_tree[at].model.as_deref(), in_tree[at].provider.as_deref()),
            |at| failed(in_tree[at]),
        ),
        time_to_first_chunk_ns: digests.iter().filter_map(|digest| digest.first_chunk_ns).max(),
        told_twice: None,
        longest_silence_ns: digests.iter().filter_map(|digest| digest.longest_silence_ns).max(),
        version: 0,
    }
}

fn grow(digests: &[Digest]) -> (Tree, Vec<u32>) {
    let placed: Vec<Placed> = digests
        .iter()
        .map(|digest| Placed {
            start_time_unix_nano: digest.start_time_unix_nano,
            span_id: digest.span_id,
            parent_span_id: digest.parent_span_id,
        })
        .collect();
    Tree::grow(&placed)
}

fn totals(tree: &Tree, in_tree: &[&Digest], prices: &Prices) -> RollUp {
    let reported: Vec<Reported<'_>> = in_tree
        .iter()
        .zip(&tree.parent)
        .map(|(digest, &parent)| Reported {
            parent,
            times: (digest.start_time_unix_nano, digest.end_time_unix_nano),
            kind: digest.kind,
            usage: digest.usage,
            usage_is_aggregate: digest.usage_is_aggregate,
            response_id: digest.response_id.as_deref(),
            cost_usd: digest.cost_usd,
            models: [digest.model.as_deref(), digest.model_asked.as_deref()],
            provider: digest.provider.as_deref(),
        })
        .collect();
    roll_up(&reported, prices)
}

fn is_root(digest: &Digest) -> bool {
    digest.parent_span_id.is_none_or(|parent| parent == digest.span_id) || digest.marks.has(Marks::ROOT)
}

fn failed(digest: &Digest) -> bool {
    views::failed(digest.status_code, digest.marks.has(Marks::ERROR))
}

fn status(digests: &[Digest], roots: &[&Digest]) -> TraceStatus {
    let all_ok = |mut digests: std::slice::Iter<'_, &Digest>| digests.all(|digest| digest.status_code == 1);
    let everyone: Vec<&Digest> = digests.iter().collect();
    let heard = if roots.is_empty() { &everyone[..] } else { roots };
    if digests.iter().any(|digest| digest.running) {
        TraceStatus::Running
    } else if heard.iter().any(|digest| failed(digest)) {
        TraceStatus::Error
    } else if !heard.is_empty() && all_ok(heard.iter()) {
        TraceStatus::Ok
    } else {
        TraceStatus::Unset
    }
}

fn each_once<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(*text)).map(str::to_owned).collect()
}

fn counts(tree: &Tree, in_tree: &[&Digest], totals: &RollUp) -> Counts {
    let calls = || totals.lines.iter().filter(|line| line.is_own_call && in_tree[line.at as usize].kind == Kind::Llm);
    let has_failed = |line: &Line| failed(in_tree[line.at as usize]);
    let sum = |dropped: fn(&Digest) -> u32| in_tree.iter().map(|digest| dropped(digest)).fold(0, u32::saturating_add);
    Counts {
        spans: in_tree.len() as u32,
        errors: in_tree.iter().filter(|digest| failed(digest)).count() as u32,
        llm_calls: calls().count() as u32,
        llm_calls_without_usage: calls().filter(|line| line.is_silent(has_failed(line))).count() as u32,
        calls_without_cost: totals.lines.iter().filter(|line| line.cost_is_missing(has_failed(line))).count() as u32,
        tool_calls: tool_calls(tree, in_tree),
        missing_parents: missing_parents(tree, in_tree),
        dropped_attributes: sum(|digest| digest.dropped.attributes),
        dropped_events: sum(|digest| digest.dropped.events),
        dropped_links: sum(|digest| digest.dropped.links),
        duplicates: sum(|digest| digest.duplicates),
    }
}

fn missing_parents(tree: &Tree, in_tree: &[&Digest]) -> u32 {
    let named = in_tree.iter().zip(&tree.parent_missing).filter(|(_, missing)| **missing);
    named.filter_map(|(digest, _)| digest.parent_span_id).collect::<BTreeSet<_>>().len() as u32
}

/// Counts executions of tools: by call id where there is one, else by chains of spans.
fn tool_calls(tree: &Tree, in_tree: &[&Digest]) -> u32 {
    let executions = executions(tree, |at| ToolFacts {
        kind: in_tree[at].kind,
        tool_name: in_tree[at].tool_name.as_deref(),
        call_id: in_tree[at].tool_call_id.as_deref(),
    });
    let distinct = executions.iter().filter_map(|execution| execution.call_id).collect::<BTreeSet<_>>().len();
    (distinct + executions.iter().filter(|execution| execution.call_id.is_none()).count()) as u32
}
