//! Which spans stand for a call of a model in the transcript.
//!
//! Libraries wrap each other, so one call may have several spans: one below the other without a tool or agent between, or side by
//! side with the same response id. The one that tells most is shown; the others only lend it what it does not know.

use std::collections::BTreeMap;

use crate::reading::{Kind, Part, Reading};
use crate::usage::same_answer::{Named, same_answers};
use crate::views::ReadTrace;

/// A call of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::views) struct ShownCall {
    /// The span that is shown.
    pub(in crate::views) at: usize,
    /// Other spans of the same call.
    pub(in crate::views) copies: Vec<usize>,
}

impl ShownCall {
    /// Returns what the shown span tells, else what a copy does.
    pub(in crate::views) fn tell<'a, T>(
        &self,
        trace: &'a ReadTrace,
        fact: impl Fn(&'a Reading) -> Option<T>,
    ) -> Option<T> {
        let spans = std::iter::once(self.at).chain(self.copies.iter().copied());
        spans.map(|at| &trace.spans[at].reading).find_map(fact)
    }

    /// Returns what the call cost: as any of its spans reported, else as its tokens are priced.
    pub(in crate::views) fn cost_usd(&self, trace: &ReadTrace) -> Option<f64> {
        let mut spans = std::iter::once(self.at).chain(self.copies.iter().copied());
        self.tell(trace, |reading| reading.cost_usd).or_else(|| spans.find_map(|at| trace.cost_usd(at)))
    }
}

/// Returns the calls of the transcript by start time.
pub(in crate::views) fn shown_calls(trace: &ReadTrace) -> Vec<ShownCall> {
    // Calls below each span that may be the very call the span is; moved up as soon as they are known.
    let mut inside: BTreeMap<usize, Vec<ShownCall>> = BTreeMap::new();
    let mut calls: Vec<ShownCall> = Vec::new();
    for at in (0..trace.spans.len()).rev() {
        let reading = &trace.spans[at].reading;
        let mut below = inside.remove(&at).unwrap_or_default();
        if reading.kind == Kind::Llm {
            below = match below.len() {
                0 => vec![ShownCall { at, copies: Vec::new() }],
                1 => vec![merge(trace, ShownCall { at, copies: Vec::new() }, below.remove(0))],
                // Attempts inside a call that retries: they are shown unless only the wrapper knows what was said.
                _ if below.iter().any(|call| telling(trace, call.at) > (0, 0)) => below,
                _ => vec![ShownCall { at, copies: below.into_iter().flat_map(ShownCall::into_spans).collect() }],
            };
        }
        match trace.tree.parent[at] {
            Some(up) if !matches!(reading.kind, Kind::Tool | Kind::Agent) => {
                let above = inside.entry(up as usize).or_default();
                // The fewer move, so that a long chain stays cheap.
                if above.len() < below.len() {
                    std::mem::swap(above, &mut below);
                }
                above.append(&mut below);
            }
            _ => calls.append(&mut below),
        }
    }
    calls.sort_by_key(|call| call.at);
    calls = merge_by_response(trace, calls);
    calls.sort_by_key(|call| (trace.start_ns(call.at), call.at));
    calls
}

/// Makes one of calls that are reports of the same one.
fn merge_by_response(trace: &ReadTrace, calls: Vec<ShownCall>) -> Vec<ShownCall> {
    let named = (0..).zip(&calls).filter_map(|(at, call)| {
        let response_id = call.tell(trace, |reading| reading.response_id.as_deref().filter(|id| !id.is_empty()))?;
        let span = &trace.spans[call.at].span;
        let times = (span.start_time_unix_nano, span.end_time_unix_nano);
        Some(Named { at, response_id, times, usage: call.tell(trace, |reading| reading.usage) })
    });
    let mut answer_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (answer, same) in same_answers(named).into_iter().enumerate() {
        answer_of.extend(same.into_iter().map(|at| (at as usize, answer)));
    }
    let mut merged: Vec<ShownCall> = Vec::new();
    let mut answers: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, call) in calls.into_iter().enumerate() {
        let answer = answer_of.get(&at);
        match answer.and_then(|answer| answers.get(answer).copied()) {
            Some(same) => {
                let first = std::mem::replace(&mut merged[same], ShownCall { at: 0, copies: Vec::new() });
                merged[same] = merge(trace, first, call);
            }
            None => {
                answers.extend(answer.map(|answer| (*answer, merged.len())));
                merged.push(call);
            }
        }
    }
    merged
}

/// Returns one call of two spans' (or groups of spans'); of equally telling ones the first is shown.
fn merge(trace: &ReadTrace, first: ShownCall, second: ShownCall) -> ShownCall {
    let second_tells_more = telling(trace, second.at) > telling(trace, first.at);
    let (shown, copy) = if second_tells_more { (second, first) } else { (first, second) };
    let (mut copies, mut fewer) = (shown.copies, copy.copies);
    if copies.len() < fewer.len() {
        std::mem::swap(&mut copies, &mut fewer);
    }
    copies.push(copy.at);
    copies.append(&mut fewer);
    ShownCall { at: shown.at, copies }
}

impl ShownCall {
    fn into_spans(self) -> impl Iterator<Item = usize> {
        std::iter::once(self.at).chain(self.copies)
    }
}

/// Returns how much a span tells of what was said: whether there is an answer and a question, then how many parts.
fn telling(trace: &ReadTrace, at: usize) -> (usize, usize) {
    let Reading { input, output, .. } = &trace.spans[at].reading;
    let parts = |messages: &Option<Vec<crate::reading::Message>>| {
        let parts = messages.iter().flatten().flat_map(|message| &message.parts);
        // JSON that nobody understood tells less than a part that is known.
        parts.map(|part| if matches!(part, Part::Json { .. }) { 1 } else { 2 }).sum::<usize>()
    };
    let (asked, answered) = (parts(&input.messages), parts(&output.messages));
    let sides = usize::from(asked > 0 || input.value.is_some()) + usize::from(answered > 0 || output.value.is_some());
    (sides, asked + answered)
}
