//! The messages of the transcript: what each call said first, with each tool call and its result in one place.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::calls::{ShownCall, shown_calls};
use super::history::History;
use super::{MessageView, PartView, ToolCallView};
use crate::reading::{Kind, Message, Part};
use crate::views::ReadTrace;
use crate::views::checks::checks_of;

/// How many open tool calls are looked through for the one that a result without an id answers.
const LOOKED_THROUGH: usize = 1_000;

/// What of a call is shown.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::views) struct Spoken {
    pub(in crate::views) call: ShownCall,
    /// Input messages that the transcript shows above.
    pub(in crate::views) history: u32,
    /// Input messages that only bring results of tool calls shown above.
    pub(in crate::views) results: u32,
    pub(in crate::views) input: Vec<MessageView>,
    pub(in crate::views) output: Vec<MessageView>,
}

/// A tool call of the transcript.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::views) struct Asked {
    /// The call of a model that shows it, as a place in [`Messages::calls`].
    pub(in crate::views) call: usize,
    /// Whether that call asked for it; else it came with what that call was sent.
    pub(in crate::views) in_output: bool,
    pub(in crate::views) message: usize,
    pub(in crate::views) part: usize,
    /// The agent in which it was asked for.
    pub(in crate::views) agent: Option<usize>,
    /// The span that executes it.
    pub(in crate::views) executed_at: Option<usize>,
    pub(in crate::views) view: ToolCallView,
}

/// The transcript without its structure. Tool calls stand apart until [`Messages::settle`] puts them where they were asked for.
pub(in crate::views) struct Messages {
    /// The calls by start time.
    pub(in crate::views) calls: Vec<Spoken>,
    /// The tool calls in the order in which they are shown.
    pub(in crate::views) asked: Vec<Asked>,
    /// For each span the agent it is in, itself included.
    pub(in crate::views) agents: Vec<Option<usize>>,
    by_id: BTreeMap<String, Vec<usize>>,
    /// Tool calls without a result.
    open: BTreeSet<usize>,
}

impl Messages {
    /// Returns the messages of a trace, each once.
    pub(in crate::views) fn of(trace: &ReadTrace) -> Self {
        let mut messages = Self {
            calls: Vec::new(),
            asked: Vec::new(),
            agents: agents(trace),
            by_id: BTreeMap::new(),
            open: BTreeSet::new(),
        };
        let mut history = History::default();
        for call in shown_calls(trace) {
            messages.add(trace, call, &mut history);
        }
        messages
    }

    /// Puts the tool calls into the messages and returns the calls of models.
    pub(in crate::views) fn settle(mut self) -> Vec<Spoken> {
        for Asked { call, in_output, message, part, view, .. } in self.asked {
            let spoken = &mut self.calls[call];
            let said = if in_output { &mut spoken.output } else { &mut spoken.input };
            said[message].parts[part] = PartView::Call { call: view };
        }
        self.calls
    }

    /// Returns the tool calls with this id, as places in `asked`.
    pub(in crate::views) fn with_id(&self, id: &str) -> &[usize] {
        self.by_id.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    fn add(&mut self, trace: &ReadTrace, call: ShownCall, history: &mut History) {
        let read = &trace.spans[call.at];
        let (input, output) = (&read.reading.input, &read.reading.output);
        let input = said(input.messages.as_deref(), input.value.as_ref(), "user", "/input");
        let output = said(output.messages.as_deref(), output.value.as_ref(), "assistant", "/output");
        let shown = history.meet(&texts(&input), &texts(&output));

        let at = self.calls.len();
        let agent = self.agents[call.at];
        let span_id = read.span.span_id.to_string();
        self.calls.push(Spoken { call, history: 0, results: 0, input: Vec::new(), output: Vec::new() });
        for (said, shown) in input.iter().zip(shown) {
            if shown.iter().all(|shown| *shown) {
                self.calls[at].history += 1;
                continue;
            }
            let new = said.message.parts.iter().zip(&shown).filter(|(_, shown)| !**shown);
            let parts: Vec<Part> = new.filter_map(|(part, _)| self.attach(part.clone(), agent, &span_id)).collect();
            if parts.is_empty() {
                self.calls[at].results += 1;
            } else {
                self.show(at, false, &span_id, said, parts);
            }
        }
        for said in &output {
            self.show(at, true, &span_id, said, said.message.parts.clone());
        }
        // An answer is shown with all its parts: those of a check are those of the view.
        for check in checks_of(trace, self.calls[at].call.at) {
            let place = output.iter().position(|said| said.index == check.message as usize);
            if let Some(place) = place {
                self.calls[at].output[place].checks.push(check);
            }
        }
    }

    fn show(&mut self, call: usize, in_output: bool, span_id: &str, said: &Said<'_>, parts: Vec<Part>) {
        let spoken = &self.calls[call];
        let agent = self.agents[spoken.call.at];
        let message = if in_output { spoken.output.len() } else { spoken.input.len() };
        let mut views = Vec::with_capacity(parts.len());
        for part in parts {
            views.push(match part {
                Part::ToolCall { id, name, arguments } => {
                    if let Some(id) = &id {
                        self.by_id.entry(id.clone()).or_default().push(self.asked.len());
                    }
                    self.open.insert(self.asked.len());
                    let view = ToolCallView { id, name, arguments, ..ToolCallView::default() };
                    self.asked.push(Asked {
                        call,
                        in_output,
                        message,
                        part: views.len(),
                        agent,
                        executed_at: None,
                        view,
                    });
                    PartView::Call { call: ToolCallView::default() }
                }
                part => PartView::Part { part },
            });
        }
        let side = if in_output { "out" } else { "in" };
        let view = MessageView {
            key: format!("{span_id}:{side}:{}", said.index),
            role: said.message.role.clone(),
            name: said.message.name.clone(),
            pointer: said.pointer.clone(),
            parts: views,
            checks: Vec::new(),
        };
        let spoken = &mut self.calls[call];
        if in_output { spoken.output.push(view) } else { spoken.input.push(view) }
    }

    /// Ties a tool's result to the call it answers; returns the part when there is none, and every other part.
    fn attach(&mut self, part: Part, agent: Option<usize>, span_id: &str) -> Option<Part> {
        let Part::ToolResult { id, name, result, is_error } = part else { return Some(part) };
        let Some(at) = self.answered(id.as_ref(), name.as_ref(), agent) else {
            return Some(Part::ToolResult { id, name, result, is_error });
        };
        self.open.remove(&at);
        let view = &mut self.asked[at].view;
        view.name = view.name.take().or(name);
        view.result = Some(result);
        view.is_error = is_error;
        view.answered_in = Some(span_id.to_owned());
        None
    }

    /// Returns the tool call that a result answers: the latest open one with the id, else the first open one of the same name
    /// in the same agent, else anywhere.
    fn answered(&self, id: Option<&String>, name: Option<&String>, agent: Option<usize>) -> Option<usize> {
        let same_id = id.and_then(|id| self.by_id.get(id)).map(Vec::as_slice).unwrap_or_default();
        let by_id = same_id.iter().rev().find(|at| self.open.contains(at));
        let fits = |at: &&usize| {
            let view = &self.asked[**at].view;
            let same_name = name.is_none() || view.name.is_none() || name == view.name.as_ref();
            same_name && (id.is_none() || view.id.is_none())
        };
        let open = || self.open.iter().take(LOOKED_THROUGH);
        by_id
            .or_else(|| open().find(|at| fits(at) && self.asked[**at].agent == agent))
            .or_else(|| open().find(fits))
            .copied()
    }
}

/// Returns for each span the agent it is in, itself included.
fn agents(trace: &ReadTrace) -> Vec<Option<usize>> {
    let mut agents: Vec<Option<usize>> = Vec::with_capacity(trace.spans.len());
    for (at, read) in trace.spans.iter().enumerate() {
        let above = trace.tree.parent[at].and_then(|up| agents[up as usize]);
        agents.push(if read.reading.kind == Kind::Agent { Some(at) } else { above });
    }
    agents
}

/// A message with its place in the document.
struct Said<'a> {
    index: usize,
    pointer: String,
    message: Cow<'a, Message>,
}

fn texts<'a>(said: &'a [Said<'_>]) -> Vec<&'a Message> {
    said.iter().map(|said| said.message.as_ref()).collect()
}

/// Returns the messages of one side of a call that have parts; what is not understood stands as one message with the JSON as
/// sent.
fn said<'a>(messages: Option<&'a [Message]>, value: Option<&Value>, role: &str, pointer: &str) -> Vec<Said<'a>> {
    let messages = messages.unwrap_or_default().iter().enumerate().filter(|(_, message)| !message.parts.is_empty());
    let mut said: Vec<Said<'a>> = messages
        .map(|(index, message)| Said {
            index,
            pointer: format!("{pointer}/messages/{index}"),
            message: Cow::Borrowed(message),
        })
        .collect();
    if let Some(value) = value.filter(|value| said.is_empty() && !value.is_null()) {
        let part = match value {
            Value::String(text) => Part::Text { text: text.clone() },
            value => Part::Json { value: value.clone() },
        };
        let message = Cow::Owned(Message::new(role, vec![part]));
        said.push(Said { index: 0, pointer: format!("{pointer}/value"), message });
    }
    said
}
