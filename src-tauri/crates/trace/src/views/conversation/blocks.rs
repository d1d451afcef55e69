//! The transcript's blocks, in tree order.

use std::collections::BTreeMap;

use super::executions::{given, link, returned};
use super::messages::{Messages, Spoken};
use super::scopes::{self, Shown, shown};
use super::{Block, Conversation};
use crate::reading::{Reading, ToolDefinition, WhyBlank};
use crate::views::ReadTrace;

/// Returns the whole trace as one transcript.
pub fn conversation(trace: &ReadTrace, version: u64) -> Conversation {
    let mut messages = Messages::of(trace);
    let linked = link(trace, &mut messages);
    let calls = messages.settle();
    let mut shown = shown(trace, &calls, &linked);
    let count =
        calls.iter().map(|spoken| spoken.input.len() + spoken.output.len() + spoken.results as usize).sum::<usize>();
    let mut calls: BTreeMap<usize, Spoken> = calls.into_iter().map(|spoken| (spoken.call.at, spoken)).collect();

    let mut blocks = Vec::new();
    // How deep blocks within a span stand, and the scope they are in.
    let mut inside: Vec<(u32, Option<usize>)> = Vec::with_capacity(trace.spans.len());
    let mut offered: BTreeMap<Option<usize>, &[ToolDefinition]> = BTreeMap::new();
    for (at, read) in trace.spans.iter().enumerate() {
        let (depth, scope) = trace.tree.parent[at].map_or((0, None), |up| inside[up as usize]);
        inside.push((depth, scope));
        let span_id = || read.span.span_id.to_string();
        let duration_ns = trace.duration_ns(at);
        match shown[at].take() {
            Some(Shown::Scope { input, output }) => {
                inside[at] = (depth + 1, Some(at));
                blocks.push(Block::Scope {
                    span_id: span_id(),
                    depth,
                    name: read.span.name.clone(),
                    kind: read.reading.kind,
                    duration_ns,
                    input,
                    output,
                    error: read.error(),
                });
            }
            Some(Shown::Step) => blocks.push(Block::Step {
                span_id: span_id(),
                depth,
                name: read.span.name.clone(),
                kind: read.reading.kind,
                duration_ns,
                input: given(&read.reading).cloned().or_else(|| scopes::given(&read.reading)),
                output: returned(&read.reading)
                    .cloned()
                    .or_else(|| scopes::answered(&read.reading))
                    .or_else(|| documents(&read.reading)),
                error: read.error(),
            }),
            None => {}
        }
        if let Some(spoken) = calls.remove(&at) {
            let tools = spoken.call.tell(trace, |reading| (!reading.tools.is_empty()).then_some(&reading.tools[..]));
            let tools = tools.unwrap_or_default();
            let before = offered.insert(scope, tools);
            let new_tools = if before == Some(tools) { Vec::new() } else { tools.to_vec() };
            blocks.push(call_block(trace, spoken, depth, tools.len(), new_tools));
        }
    }
    Conversation { version, blocks, messages: count as u32 }
}

fn call_block(
    trace: &ReadTrace,
    spoken: Spoken,
    depth: u32,
    tools_offered: usize,
    tools: Vec<ToolDefinition>,
) -> Block {
    let Spoken { call, history, results, input, output } = spoken;
    let read = &trace.spans[call.at];
    let stream = call.tell(trace, |reading| reading.stream.as_ref());
    let (heard, answered) = (!input.is_empty() || history > 0 || results > 0, !output.is_empty());
    let says_nothing = !heard && !answered;
    let spans = || std::iter::once(call.at).chain(call.copies.iter().copied());
    Block::Call {
        span_id: read.span.span_id.to_string(),
        depth,
        name: read.span.name.clone(),
        model: spans().find_map(|at| trace.spans[at].model()).map(str::to_owned),
        start_ns: trace.start_ns(call.at),
        duration_ns: trace.duration_ns(call.at),
        time_to_first_chunk_ns: stream.and_then(|stream| stream.time_to_first_chunk_ns),
        streamed: stream.is_some_and(|stream| stream.chunks > 0),
        usage: call.tell(trace, |reading| reading.usage),
        cost_usd: call.cost_usd(trace),
        history,
        input,
        output,
        finish_reasons: call
            .tell(trace, |reading| {
                let reasons = &reading.output.finish_reasons;
                (!reasons.is_empty()).then(|| reasons.clone())
            })
            .unwrap_or_default(),
        cited: call.tell(trace, cited).unwrap_or_default(),
        tools,
        tools_offered: tools_offered as u32,
        cut: read.reading.cut.clone(),
        why_blank: call.tell(trace, |reading| why_blank(reading, heard, answered)),
        content_missing: says_nothing && !read.failed() && !read.is_running(),
        error: read.error(),
        running: read.is_running(),
    }
}

/// Returns what a call's answer cites, each once.
fn cited(reading: &Reading) -> Option<Vec<String>> {
    let mut named: Vec<String> = Vec::new();
    for name in reading.documents.iter().filter_map(|document| document.id.clone()) {
        if !named.contains(&name) {
            named.push(name);
        }
    }
    (!named.is_empty()).then_some(named)
}

/// Returns why a side is blank that is blank here too: copies of a call may tell what it does not.
fn why_blank(reading: &Reading, heard: bool, answered: bool) -> Option<Box<WhyBlank>> {
    let why = reading.why_blank.as_deref()?;
    let why = WhyBlank { input: why.input && !heard, output: why.output && !answered, ..why.clone() };
    (why.input || why.output).then(|| why.into())
}

/// Returns documents that were found as JSON.
fn documents(reading: &Reading) -> Option<serde_json::Value> {
    let documents = Some(&reading.documents).filter(|documents| !documents.is_empty())?;
    serde_json::to_value(documents).ok()
}
