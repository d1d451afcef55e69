//! Ties the executions of tools to the tool calls that asked for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::history::sign_json;
use super::messages::{Asked, Messages};
use crate::reading::{Kind, Reading};
use crate::views::tool_chain::{Execution, ToolFacts, executions};
use crate::views::{ReadSpan, ReadTrace};

/// How many open tool calls alike an execution's is looked for in.
const LOOK_BACK: usize = 100;

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
    for alike in [
        Alike { arguments: true, agent: true },
        Alike { arguments: false, agent: true },
        Alike { arguments: true, agent: false },
    ] {
        let mut table = Table::of(messages, alike);
        open.retain(|execution| match table.take(trace, messages, execution) {
            Some(at) => {
                tie(trace, messages, at, execution);
                false
            }
            None => true,
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

/// In what a tool call and its execution must be alike, besides the tool's name.
#[derive(Clone, Copy)]
struct Alike {
    arguments: bool,
    agent: bool,
}

/// Tool calls without an execution, by what executions are looked up with: the tool's name, and a number for the arguments and
/// the agent where these must be alike.
struct Table {
    alike: Alike,
    open: BTreeMap<(String, u64, Option<usize>), BTreeSet<usize>>,
}

impl Table {
    fn of(messages: &Messages, alike: Alike) -> Self {
        let mut table = Self { alike, open: BTreeMap::new() };
        for (at, asked) in messages.asked.iter().enumerate().filter(|(_, asked)| asked.executed_at.is_none()) {
            if let Some(name) = &asked.view.name {
                let key = table.key(name, Some(&asked.view.arguments), asked.agent);
                table.open.entry(key).or_default().insert(at);
            }
        }
        table
    }

    fn key(&self, name: &str, arguments: Option<&Value>, agent: Option<usize>) -> (String, u64, Option<usize>) {
        let arguments = arguments.filter(|_| self.alike.arguments).map_or(0, sign_json);
        (name.to_owned(), arguments, agent.filter(|_| self.alike.agent))
    }

    /// Takes out, of the last call of a model that started before an execution and has tool calls that fit, the first of these.
    fn take(&mut self, trace: &ReadTrace, messages: &Messages, execution: &Execution<'_>) -> Option<usize> {
        let at = execution.at as usize;
        let read = &trace.spans[at];
        let agent = trace.tree.parent[at].and_then(|up| messages.agents[up as usize]);
        let arguments = given(&read.reading);
        if self.alike.arguments && arguments.is_none() {
            return None;
        }
        // Where a model gives its calls no ids, the library that reads its answer and the one that runs the tool each make their
        // own; an id that nobody asked with is then no objection.
        let own_id = execution.call_id.is_some_and(|id| messages.with_id(id).is_empty());
        let fits = |asked: &Asked| {
            let other_id = asked.view.id.is_some() && execution.call_id.is_some();
            (!other_id || (own_id && self.alike.arguments && self.alike.agent))
                && (!self.alike.arguments || arguments == Some(&asked.view.arguments))
        };
        // Calls stand by start time, and what they asked for in the same order. A streamed answer's tools may start before the
        // span of the call ends, so its start decides.
        let start = trace.start_ns(at);
        let before =
            messages.asked.partition_point(|asked| trace.start_ns(messages.calls[asked.call].call.at) <= start);
        let key = self.key(tool_facts(read).tool_name?, arguments, agent);
        let open = self.open.get(&key)?;
        let mut found: Option<usize> = None;
        for &at in open.range(..before).rev().take(LOOK_BACK) {
            match found {
                Some(found) if messages.asked[at].call != messages.asked[found].call => break,
                _ if fits(&messages.asked[at]) => found = Some(at),
                _ => {}
            }
        }
        self.open.get_mut(&key)?.remove(&found?);
        found
    }
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
    let is_told = |error: &String| view.result.as_ref().is_some_and(|result| says(result, error));
    view.error = read.error().and_then(|error| error.message.or(error.kind)).filter(|error| !is_told(error));
}

/// Says whether words stand in any text of a value.
fn says(value: &Value, words: &str) -> bool {
    match value {
        Value::String(text) => text.contains(words),
        Value::Array(items) => items.iter().any(|item| says(item, words)),
        Value::Object(members) => members.values().any(|member| says(member, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
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
