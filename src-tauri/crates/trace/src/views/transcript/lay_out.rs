//! Blocks become rows.

use std::collections::BTreeMap;

use super::{Answer, Line, SCOPES_TOLD, TranscriptRow};
use crate::reading::{ErrorInfo, Kind, Usage};
use crate::usage::rollup::plus;
use crate::views::conversation::{Block, MessageView, PartView};

/// Returns the rows of blocks.
pub(super) fn rows(blocks: Vec<Block>) -> Vec<TranscriptRow> {
    let mut laid = Laid {
        outermost: outermost(&blocks),
        calls: blocks.iter().filter(|block| matches!(block, Block::Call { .. })).count() as u32,
        within: calls_within(&blocks),
        results: results_by_span(&blocks),
        ..Laid::default()
    };
    let mut blocks = blocks.into_iter().enumerate().peekable();
    while let Some((at, block)) = blocks.next() {
        let mut alike = Vec::new();
        while let Some((_, next)) = blocks.next_if(|(_, next)| is_silent(&block) && is_alike(&block, next)) {
            alike.push(next);
        }
        if alike.len() + 1 < LEAST_ALIKE {
            laid.block(at, block);
            // Of what is within a step nothing is counted: its place does not matter.
            alike.into_iter().for_each(|step| laid.block(at, step));
        } else {
            laid.steps(block, &alike);
        }
    }
    laid.rows
}

/// Fewer steps that are alike are shown one by one.
const LEAST_ALIKE: usize = 5;

/// Says whether nothing is told of a step but that it was done.
fn is_silent(block: &Block) -> bool {
    matches!(block, Block::Step { input: None, output: None, error: None, .. })
}

/// Says whether a step is one more of the same.
fn is_alike(step: &Block, next: &Block) -> bool {
    match (step, next) {
        (Block::Step { name, kind, depth, .. }, Block::Step { name: other, kind: of, depth: at, .. }) => {
            (name, kind, depth) == (other, of, at) && is_silent(next)
        }
        _ => false,
    }
}

#[derive(Default)]
struct Laid {
    rows: Vec<TranscriptRow>,
    /// Scopes that indent nothing.
    outermost: usize,
    calls: u32,
    number: u32,
    /// Calls within each block, and their tokens.
    within: Vec<Within>,
    /// Tool results that each call's request carried first.
    results: BTreeMap<String, u32>,
    /// For each scope around the block at hand, whether it is an agent.
    around: Vec<bool>,
    /// Where the block at hand stands.
    span_id: String,
    depth: u32,
    agents: Vec<bool>,
}

impl Laid {
    /// Lays out a step and those after it that are alike as one row.
    fn steps(&mut self, first: Block, others: &[Block]) {
        let took = |block: &Block| if let Block::Step { duration_ns, .. } = block { *duration_ns } else { 0 };
        let all = others.iter().map(took).fold(took(&first), u64::saturating_add);
        let at = self.rows.len();
        self.block(0, first);
        if let Some(Line::Step { duration_ns, alike, .. }) = self.rows.get_mut(at).map(|row| &mut row.line) {
            (*duration_ns, *alike) = (all, others.len() as u32 + 1);
        }
    }

    fn block(&mut self, at: usize, block: Block) {
        self.around.resize(block.depth() as usize, false);
        let inner = self.around.get(self.outermost..).unwrap_or_default();
        (self.depth, self.agents) = (inner.len() as u32, inner[..inner.len().min(SCOPES_TOLD)].to_vec());
        self.span_id = block.span_id().to_owned();
        match block {
            Block::Scope { name, kind, duration_ns, input, output, error, .. } => {
                self.around.push(kind == Kind::Agent);
                let (failed, Within { calls, usage, told }) = (error.is_some(), self.within[at]);
                let usage = usage.filter(|_| told == calls);
                self.push("scope", Line::Scope { name, kind, duration_ns, failed, calls, usage });
                for (title, value) in [("Input", input), ("Output", output)] {
                    if let Some(value) = value {
                        self.push(title, Line::Value { title: title.to_owned(), value });
                    }
                }
                self.error(error);
            }
            Block::Step { name, kind, duration_ns, input, output, error, .. } => {
                let failed = error.is_some();
                self.push("step", Line::Step { name, kind, duration_ns, alike: 1, failed, input, output });
                self.error(error);
            }
            call @ Block::Call { .. } => self.call(call),
        }
    }

    fn call(&mut self, block: Block) {
        let Block::Call {
            span_id,
            name,
            model,
            duration_ns,
            time_to_first_chunk_ns,
            streamed,
            usage,
            cost_usd,
            history,
            input,
            output,
            finish_reasons,
            cited,
            tools,
            content_missing,
            why_blank,
            cut,
            error,
            running,
            ..
        } = block
        else {
            return;
        };
        self.number += 1;
        let (number, of) = (self.number, self.calls);
        let call = Line::Call {
            name,
            model,
            duration_ns,
            time_to_first_chunk_ns,
            streamed,
            usage,
            cost_usd,
            running,
            number,
            of,
        };
        self.push("call", call);
        let fresh = input.len() as u32;
        let known = input.iter().filter_map(place_in_request).collect();
        let (frames, turns): (Vec<_>, Vec<_>) = input.into_iter().partition(is_frame);
        for message in frames {
            self.named(message.key.clone(), Line::Frame { message });
        }
        if !tools.is_empty() {
            self.push("tools", Line::Tools { tools });
        }
        if history > 0 {
            let results = self.results.get(&span_id).copied().unwrap_or(0);
            self.push("history", Line::History { count: history, fresh, results, known });
        }
        for message in turns {
            self.named(message.key.clone(), Line::Message { message, fresh: history > 0, answer: None });
        }
        if let Some(cut) = cut.as_deref().filter(|cut| cut.input) {
            self.push("cut-in", Line::Cut { cut: cut.clone(), of_answer: false });
        }
        let (blank_input, blank_output) =
            why_blank.as_ref().map_or((false, content_missing), |why| (why.input, why.output));
        let missing = || Line::Missing { why: why_blank.as_deref().cloned() };
        if blank_input && !blank_output {
            self.push("missing", missing());
        }
        let silent = output.is_empty() && error.is_none();
        let said = Said {
            finish_reasons,
            answers: output.len(),
            output_tokens: usage.and_then(|usage| usage.output_tokens),
            cited,
        };
        let spoken_ns = time_to_first_chunk_ns.map_or(0, |first| duration_ns.saturating_sub(first));
        for (at, message) in output.into_iter().enumerate() {
            let answer = Some(said.beside(at, spoken_ns));
            self.named(message.key.clone(), Line::Message { message, fresh: false, answer });
        }
        if let Some(cut) = cut.as_deref().filter(|cut| cut.output) {
            self.push("cut-out", Line::Cut { cut: cut.clone(), of_answer: true });
        }
        self.error(error);
        if blank_output {
            self.push("missing", missing());
        } else if silent {
            self.push("silent", Line::Silent { running });
        }
    }

    fn error(&mut self, error: Option<ErrorInfo>) {
        if let Some(error) = error {
            self.push("error", Line::Error { error });
        }
    }

    fn push(&mut self, name: &str, line: Line) {
        self.named(format!("{}:{name}", self.span_id), line);
    }

    fn named(&mut self, key: String, line: Line) {
        let Self { span_id, depth, agents, .. } = &*self;
        let row = TranscriptRow { key, span_id: span_id.clone(), depth: *depth, agents: agents.clone(), line };
        self.rows.push(row);
    }
}

/// What a call told of its answers.
struct Said {
    finish_reasons: Vec<String>,
    answers: usize,
    output_tokens: Option<u64>,
    cited: Vec<String>,
}

impl Said {
    fn beside(&self, at: usize, spoken_ns: u64) -> Answer {
        let reasons = &self.finish_reasons;
        let reason = if self.answers == reasons.len() || at == 0 { reasons.get(at) } else { None };
        let output_tokens = self.output_tokens.filter(|_| at == 0);
        let measured = output_tokens.filter(|&tokens| tokens > 1 && spoken_ns > 0);
        Answer {
            finish_reason: reason.cloned(),
            choice: (reasons.len() > 1 && self.answers > 1).then_some(at as u32 + 1),
            output_tokens,
            tokens_per_second: measured.map(|tokens| tokens as f64 / (spoken_ns as f64 / 1e9)),
            cited: if at == 0 { self.cited.clone() } else { Vec::new() },
        }
    }
}

/// Says whether a message is the frame of a conversation and not its course.
fn is_frame(message: &MessageView) -> bool {
    matches!(message.role.as_str(), "system" | "developer")
}

/// Returns the place among its request's messages.
fn place_in_request(message: &MessageView) -> Option<u32> {
    message.pointer.strip_prefix("/input/messages/")?.split('/').next()?.parse().ok()
}

/// Returns how deep everything but the outermost scope is at least: that much is not indented.
fn outermost(blocks: &[Block]) -> usize {
    match blocks.split_first() {
        Some((Block::Scope { depth: 0, .. }, rest)) if rest.iter().all(|block| block.depth() > 0) => 1,
        _ => 0,
    }
}

/// What the calls of models within a block make together.
#[derive(Clone, Copy, Default)]
struct Within {
    calls: u32,
    usage: Option<Usage>,
    /// How many of them told their tokens.
    told: u32,
}

/// Returns what the calls within each block make.
fn calls_within(blocks: &[Block]) -> Vec<Within> {
    let mut within = vec![Within::default(); blocks.len()];
    // The scopes around, with their depth: what is within one is within all around it.
    let mut around: Vec<(usize, u32)> = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        leave(&mut around, block.depth(), &mut within);
        match block {
            Block::Scope { depth, .. } => around.push((at, *depth)),
            Block::Call { usage, .. } => {
                let call = Within { calls: 1, usage: *usage, told: u32::from(usage.is_some()) };
                around.last().into_iter().for_each(|(scope, _)| within[*scope].add(call));
            }
            Block::Step { .. } => {}
        }
    }
    leave(&mut around, 0, &mut within);
    within
}

/// Leaves the scopes that are this deep or deeper: each adds what is within it to the one around it.
fn leave(around: &mut Vec<(usize, u32)>, depth: u32, within: &mut [Within]) {
    while let Some((scope, _)) = around.pop_if(|(_, of)| *of >= depth) {
        let inner = within[scope];
        around.last().into_iter().for_each(|(outer, _)| within[*outer].add(inner));
    }
}

impl Within {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.told += other.told;
        self.usage = plus(self.usage, other.usage);
    }
}

/// Returns how many tool results each call's request carried first.
fn results_by_span(blocks: &[Block]) -> BTreeMap<String, u32> {
    let mut results = BTreeMap::new();
    for block in blocks {
        let Block::Call { input, output, .. } = block else { continue };
        for part in input.iter().chain(output).flat_map(|message| &message.parts) {
            if let PartView::Call { call } = part
                && let Some(span_id) = &call.answered_in
            {
                *results.entry(span_id.clone()).or_insert(0) += 1;
            }
        }
    }
    results
}
