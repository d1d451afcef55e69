//! Which agents, chains and steps the transcript names.
//!
//! Structure is shown where it helps to read: agents; chains and the like that hold several things; and whatever was given or
//! answered something that no message says. A chain round a single call, and the root round everything, add nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::executions::Linked;
use super::messages::Spoken;
use super::{MessageView, PartView};
use crate::reading::{Kind, Message, Part, Reading};
use crate::views::ReadTrace;

/// How many bytes of text are searched for what scopes were given and answered; beyond that it counts as said.
const SEARCH_LIMIT: usize = 64 << 20;

/// How a span that is no call of a model is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    Scope { input: Option<Value>, output: Option<Value> },
    Step,
}

/// Returns for each span how it is shown as a scope or step; `None` for calls and for what is not shown.
pub(super) fn shown(trace: &ReadTrace, calls: &[Spoken], linked: &Linked) -> Vec<Option<Shown>> {
    let mut is_call = vec![false; trace.spans.len()];
    calls.iter().for_each(|spoken| is_call[spoken.call.at] = true);
    let mut texts = Texts::of(calls);
    let failures = trace.innermost_failures();
    let steps = steps(trace, linked);
    let told = told(trace, calls, linked, &steps);
    let alone = alone(trace, |at| is_call[at] || steps[at] || trace.spans[at].reading.kind == Kind::Agent);
    // How many blocks are directly within each span.
    let mut within = vec![0u32; trace.spans.len()];
    let mut shown: Vec<Option<Shown>> = vec![None; trace.spans.len()];
    for at in (0..trace.spans.len()).rev() {
        let reading = &trace.spans[at].reading;
        let failed = failures[at];
        let is_root = trace.tree.parent[at].is_none();
        let holds = within[at];
        if !is_call[at] {
            shown[at] = if steps[at] {
                Some(Shown::Step)
            } else {
                match reading.kind {
                    Kind::Agent | Kind::Chain | Kind::Task | Kind::Other => {
                        let speaks = reading.input.messages.is_some() || reading.output.messages.is_some();
                        let (input, output) = match reading.kind {
                            Kind::Other | Kind::Chain | Kind::Task
                                if holds == 0 && (told[at] || (!is_root && !speaks)) =>
                            {
                                (None, None)
                            }
                            Kind::Other if holds > 0 && !is_root => (None, None),
                            kind => {
                                let told = match (told[at], kind == Kind::Agent || is_root) {
                                    (false, _) => Told::Not,
                                    (true, true) => Told::Below,
                                    (true, false) => Told::BelowAFunction,
                                };
                                (texts.unsaid(given(reading), told), texts.unsaid(answered(reading), told))
                            }
                        };
                        let tells = input.is_some() || output.is_some() || failed;
                        let holds_enough = match reading.kind {
                            Kind::Agent => holds > 0 && !(is_root && alone[at]),
                            _ => holds > 1 && !alone[at],
                        };
                        match (tells || holds_enough, holds) {
                            (true, 0) if failed && !matches!(reading.kind, Kind::Agent) => Some(Shown::Step),
                            (true, _) => Some(Shown::Scope { input, output }),
                            (false, _) => None,
                        }
                    }
                    Kind::Parser | Kind::Prompt if failed => Some(Shown::Step),
                    _ => None,
                }
            };
        }
        if let Some(up) = trace.tree.parent[at] {
            let blocks = match &shown[at] {
                Some(Shown::Scope { .. }) => 1,
                Some(Shown::Step) => 1 + holds,
                None => holds + u32::from(is_call[at]),
            };
            within[up as usize] = within[up as usize].saturating_add(blocks);
        }
    }
    shown
}

/// Returns which spans have something below them that the transcript tells: a call or a copy of one, an execution, a step.
fn told(trace: &ReadTrace, calls: &[Spoken], linked: &Linked, steps: &[bool]) -> Vec<bool> {
    let mut told = vec![false; trace.spans.len()];
    let mut tells = steps.to_vec();
    linked.asked.iter().for_each(|&at| tells[at] = true);
    for call in calls.iter().map(|spoken| &spoken.call) {
        std::iter::once(&call.at).chain(&call.copies).for_each(|&at| tells[at] = true);
    }
    for at in (0..trace.spans.len()).rev() {
        if let Some(up) = trace.tree.parent[at].map(|up| up as usize) {
            told[up] |= told[at] || tells[at];
        }
    }
    told
}

/// Returns which spans hold all there is to show of the whole trace or of the agent around them: naming them as well would only
/// indent.
fn alone(trace: &ReadTrace, is_shown: impl Fn(usize) -> bool) -> Vec<bool> {
    // Whether something is shown in each span, itself included, and how many of its children have something.
    let mut busy: Vec<bool> = (0..trace.spans.len()).map(is_shown).collect();
    let mut busy_children = vec![0u32; trace.spans.len()];
    let mut busy_roots = 0u32;
    for at in (0..trace.spans.len()).rev() {
        match trace.tree.parent[at].map(|up| up as usize) {
            _ if !busy[at] => {}
            Some(up) => {
                busy[up] = true;
                busy_children[up] += 1;
            }
            None => busy_roots += 1,
        }
    }
    let mut alone: Vec<bool> = Vec::with_capacity(trace.spans.len());
    for up in &trace.tree.parent {
        alone.push(match up.map(|up| up as usize) {
            None => busy_roots <= 1,
            Some(up) => busy_children[up] <= 1 && (alone[up] || trace.spans[up].reading.kind == Kind::Agent),
        });
    }
    alone
}

/// Returns which spans are steps: executions nobody asked for, searches, checks and the like, and embeddings by themselves.
fn steps(trace: &ReadTrace, linked: &Linked) -> Vec<bool> {
    let mut steps = vec![false; trace.spans.len()];
    // Whether a search or a tool is shown, here or above, that tells what an embedding was for.
    let mut searching = vec![false; trace.spans.len()];
    linked.not_asked.iter().for_each(|&at| steps[at] = true);
    linked.asked.iter().for_each(|&at| searching[at] = true);
    for (at, read) in trace.spans.iter().enumerate() {
        searching[at] |= trace.tree.parent[at].is_some_and(|up| searching[up as usize]);
        let is_asked = linked.asked.binary_search(&at).is_ok();
        let is_wrapped =
            trace.tree.parent[at].is_some_and(|up| trace.spans[up as usize].reading.kind == read.reading.kind);
        steps[at] |= match read.reading.kind {
            Kind::Retriever | Kind::Reranker | Kind::Memory | Kind::Guardrail | Kind::Evaluator => {
                !is_asked && !is_wrapped
            }
            Kind::Embedding => !searching[at],
            _ => false,
        };
        searching[at] |= matches!(read.reading.kind, Kind::Retriever | Kind::Memory) || steps[at];
    }
    steps
}

/// Returns what a span was given, as text or JSON.
pub(super) fn given(reading: &Reading) -> Option<Value> {
    side(reading.input.messages.as_deref(), reading.input.value.as_ref())
}

/// Returns what a span answered, as text or JSON.
pub(super) fn answered(reading: &Reading) -> Option<Value> {
    side(reading.output.messages.as_deref(), reading.output.value.as_ref())
}

/// Returns one side of a span as text or JSON.
fn side(messages: Option<&[Message]>, value: Option<&Value>) -> Option<Value> {
    match messages.filter(|messages| !messages.is_empty()) {
        None => value.cloned(),
        Some([Message { parts, .. }]) if matches!(parts[..], [Part::Text { .. }]) => match &parts[0] {
            Part::Text { text } => Some(Value::String(text.clone())),
            _ => None,
        },
        Some(messages) => serde_json::to_value(messages).ok(),
    }
}

/// How much of a span's work the transcript tells anyway, and with it what its own JSON must be to tell more.
#[derive(Clone, Copy)]
enum Told {
    /// Nothing: any value tells something.
    Not,
    /// An agent's or the root's work is told below it: only words somebody said tell more.
    Below,
    /// A function's work is told below it: its arguments are glue, only plain text tells more.
    BelowAFunction,
}

/// What the messages of the transcript say.
struct Texts<'a> {
    whole: BTreeSet<&'a str>,
    left_to_search: usize,
}

impl<'a> Texts<'a> {
    fn of(calls: &'a [Spoken]) -> Self {
        let messages = calls.iter().flat_map(|spoken| spoken.input.iter().chain(&spoken.output));
        let mut whole = BTreeSet::new();
        for part in messages.flat_map(|MessageView { parts, .. }| parts) {
            match part {
                PartView::Part { part: Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } } => {
                    whole.insert(text.trim());
                }
                PartView::Part { part: Part::Json { value } | Part::ToolResult { result: value, .. } } => {
                    whole.extend(strings(value));
                }
                PartView::Part { .. } => {}
                PartView::Call { call } => {
                    whole.extend(strings(&call.arguments).chain(call.result.iter().flat_map(strings)));
                }
            }
        }
        Self { whole, left_to_search: SEARCH_LIMIT }
    }

    /// Returns the value when the transcript does not say it. A value is said when its longest text is: around that stand ids,
    /// types and settings, which are in the span's own view.
    fn unsaid(&mut self, value: Option<Value>, told: Told) -> Option<Value> {
        let value = value?;
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if is_empty {
            return None;
        }
        let is_said = match strings(&value).max_by_key(|text| text.len()) {
            Some(longest) => {
                let tells = match told {
                    _ if value.is_string() => true,
                    Told::Not => true,
                    Told::Below => is_phrase(longest),
                    Told::BelowAFunction => false,
                };
                !tells || self.say(longest)
            }
            None => !self.whole.is_empty(),
        };
        (!is_said).then_some(value)
    }

    fn say(&mut self, wanted: &str) -> bool {
        if wanted.is_empty() || self.whole.contains(wanted) {
            return true;
        }
        for text in &self.whole {
            // Looking at a text costs something even when it is too short.
            match self.left_to_search.checked_sub(text.len().max(64)) {
                Some(left) => self.left_to_search = left,
                None => return true,
            }
            if text.len() >= wanted.len() && text.contains(wanted) {
                return true;
            }
        }
        false
    }
}

/// Says whether a text is words somebody said and not a name, an id or a setting.
fn is_phrase(text: &str) -> bool {
    text.contains(char::is_whitespace) || text.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii())
}

/// Returns the texts in a JSON value, without the names of fields.
fn strings(value: &Value) -> impl Iterator<Item = &str> {
    let mut waiting = vec![value];
    std::iter::from_fn(move || {
        while let Some(value) = waiting.pop() {
            match value {
                Value::String(text) => return Some(text.trim()),
                Value::Array(items) => waiting.extend(items),
                Value::Object(fields) => waiting.extend(fields.values()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        None
    })
}
