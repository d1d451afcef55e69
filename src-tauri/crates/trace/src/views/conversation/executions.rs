//! Ties the executions of tools to the tool calls that asked for them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::messages::{Asked, Messages};
use crate::reading::{Kind, Reading};
use crate::views::tool_chain::{Execution, ToolFacts, executions};
use crate::views::{ReadSpan, ReadTrace};

/// How far back in the tool calls an execution's call is looked for.
const LOOK_BACK: usize = 10_000;

/// What became of the executions of a trace.
pub(in crate::views) struct Linked {
    /// Spans that execute a tool call of the transcript, in tree order.
    pub(in crate::views) asked: Vec<usize>,
    /// Tool spans that execute what nobody in the transcript asked for, in tree order.
    pub(in crate::views) not_asked: Vec<usize>,
}

/// Ties executions to tool calls. The surest ties are made first, each over all executions, so that a guess never takes what an
/// id names.
pub(in crate::views) fn link(trace: &ReadTrace, messages: &mut Messages) -> Linked {
    let all = candidates(trace);
    let mut open = all.clone();
    open.retain(|execution| {
        let same = execution.call_id.map(|id| messages.with_id(id)).unwrap_or_default();
        let found = same.iter().copied().find(|&at| messages.asked[at].executed_at.is_none());
        found.map(|at| tie(trace, messages, at, execution)).is_none()
    });
    // Without an id: the same tool with the same arguments in the same agent, then without the arguments, then anywhere.
    for (same_arguments, same_agent) in [(true, true), (false, true), (true, false)] {
        open.retain(|execution| {
            let at = execution.at as usize;
            let agent = trace.tree.parent[at].and_then(|up| messages.agents[up as usize]);
            let fits = |asked: &Asked| {
                may_execute(trace, asked, execution)
                    && (!same_agent || asked.agent == agent)
                    && (!same_arguments || given(&trace.spans[at].reading) == Some(&asked.view.arguments))
            };
            let found = latest_before(trace, messages, at, |at| {
                messages.asked[at].executed_at.is_none() && fits(&messages.asked[at])
            });
            found.map(|at| tie(trace, messages, at, execution)).is_none()
        });
    }
    let open: BTreeSet<u32> = open.iter().map(|execution| execution.at).collect();
    let mut asked: Vec<usize> = Vec::new();
    let mut not_asked: Vec<usize> = Vec::new();
    for execution in &all {
        let at = execution.at as usize;
        if !open.contains(&execution.at) {
            asked.push(at);
        } else if trace.spans[at].reading.kind == Kind::Tool {
            not_asked.push(at);
        }
    }
    asked.sort_unstable();
    not_asked.sort_unstable();
    Linked { asked, not_asked }
}

/// Returns, of the last call of a model that started before an execution and has tool calls that fit, the first of these.
fn latest_before(
    trace: &ReadTrace,
    messages: &Messages,
    execution: usize,
    fits: impl Fn(usize) -> bool,
) -> Option<usize> {
    // Calls stand by start time, and what they asked for in the same order. A streamed answer's tools may start before the span
    // of the call ends, so its start decides.
    let start = trace.start_ns(execution);
    let started = |asked: &Asked| trace.start_ns(messages.calls[asked.call].call.at) <= start;
    let before = messages.asked.partition_point(started);
    let mut found: Option<usize> = None;
    for at in (0..before).rev().take(LOOK_BACK) {
        match found {
            Some(found) if messages.asked[at].call != messages.asked[found].call => break,
            _ if fits(at) => found = Some(at),
            _ => {}
        }
    }
    found
}

/// Returns executions of tools by start time: tool spans, and agents and searches that a model may have asked for by name.
fn candidates(trace: &ReadTrace) -> Vec<Execution<'_>> {
    let mut found = executions(&trace.tree, |at| tool_facts(&trace.spans[at]));
    let by_name = |read: &ReadSpan| matches!(read.reading.kind, Kind::Agent | Kind::Retriever);
    let others = (0..trace.spans.len()).filter(|&at| by_name(&trace.spans[at]));
    found.extend(others.map(|at| Execution { at: at as u32, call_id: tool_facts(&trace.spans[at]).call_id }));
    found.sort_by_key(|execution| (trace.start_ns(execution.at as usize), execution.at));
    found
}

/// Says whether an execution may be of a tool call by its name.
fn may_execute(trace: &ReadTrace, asked: &Asked, execution: &Execution<'_>) -> bool {
    let other_id = asked.view.id.is_some() && execution.call_id.is_some();
    let name = tool_facts(&trace.spans[execution.at as usize]).tool_name;
    asked.view.name.is_some() && asked.view.name.as_deref() == name && !other_id
}

fn tie(trace: &ReadTrace, messages: &mut Messages, asked: usize, execution: &Execution<'_>) {
    let at = execution.at as usize;
    let read = &trace.spans[at];
    messages.asked[asked].executed_at = Some(at);
    let view = &mut messages.asked[asked].view;
    view.executed_by = Some(read.span.span_id.to_string());
    view.duration_ns = Some(trace.duration_ns(at));
    if view.result.is_none() {
        view.result = returned(&read.reading).cloned();
    }
    if view.is_error.is_none() && read.failed() {
        view.is_error = Some(true);
    }
}

/// Returns what a chain of tool spans needs to know of a span.
fn tool_facts(read: &ReadSpan) -> ToolFacts<'_> {
    let tool = read.reading.tool.as_ref();
    ToolFacts {
        kind: read.reading.kind,
        tool_name: tool.and_then(|tool| tool.name.as_deref()).or(Some(&read.span.name)),
        call_id: tool.and_then(|tool| tool.call_id.as_deref()),
    }
}

/// Returns what an execution was given.
pub(in crate::views) fn given(reading: &Reading) -> Option<&Value> {
    reading.tool.as_ref().and_then(|tool| tool.arguments.as_ref()).or(reading.input.value.as_ref())
}

/// Returns what an execution answered.
pub(in crate::views) fn returned(reading: &Reading) -> Option<&Value> {
    reading.tool.as_ref().and_then(|tool| tool.result.as_ref()).or(reading.output.value.as_ref())
}
