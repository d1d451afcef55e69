//! Two traces side by side, aligned by what their spans are and what was said in them.
//!
//! Steps are the spans in tree order; a step stands beside one of the same kind and name, or, for the roots and for calls of models
//! and agents, beside one that does the same under another name. Of a pair, what differs is told once: a prompt that every later call
//! repeats is compared where it is new.

mod align;
mod runs;
mod said;

use std::collections::BTreeSet;

pub use runs::{Run, Whose};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use self::align::{Pair, align};
use self::runs::runs;
use self::said::{Piece, pieces};
use super::stream::streams;
use super::summary::TraceRow;
use super::timeline::{Columns, Shares, shares};
use super::{ReadTrace, summary};
use crate::reading::Kind;

/// Steps that are shown; how many more there are is said.
const MOST_STEPS: usize = 2_000;

/// Texts that are compared in all steps together.
const MOST_PIECES: usize = 5_000;

/// One of the traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Compared {
    /// The trace in one row.
    pub row: TraceRow,
    /// Where its time went.
    pub shares: Shares,
    /// The spans whose answers were streamed with chunk events.
    pub streams: Vec<String>,
}

/// A span of one of the traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StepSide {
    /// The span.
    pub span_id: String,
    /// What it is called.
    pub name: String,
    /// What kind of work it did.
    pub kind: Kind,
    /// How many ancestors it has.
    pub depth: u32,
    /// How long it took, in nanoseconds.
    #[ts(type = "number")]
    pub duration_ns: u64,
    /// Tokens in.
    #[ts(type = "number | null")]
    pub input_tokens: Option<u64>,
    /// Tokens out.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
    /// What it cost in US dollars.
    pub cost_usd: Option<f64>,
    /// The error's first line.
    pub error: Option<String>,
}

/// What of two traces a text belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ComparedPart {
    /// What was asked, and whatever else went in.
    #[default]
    Prompts,
    /// What went into a tool and came out.
    Tools,
    /// What was answered.
    Answers,
}

/// A text of a step, in both traces or in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ComparedText {
    /// Which: `system`, `user`, `assistant`, `reasoning`, `tool call`, `tool result`, `arguments`, `result`, `input`, `output` …
    pub what: String,
    /// What it belongs to.
    pub part: ComparedPart,
    /// Whether it is in the first trace.
    pub in_a: bool,
    /// Whether it is in the second.
    pub in_b: bool,
    /// What it says, whose each piece is.
    pub runs: Vec<Run>,
    /// Whether only its beginning was compared.
    pub cut: bool,
}

/// A step of one trace, or one of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Step {
    /// The first trace's span.
    pub a: Option<StepSide>,
    /// The second's.
    pub b: Option<StepSide>,
    /// What is said in it: all of it where only one trace has it, else what differs.
    pub texts: Vec<ComparedText>,
    /// Texts of it that both have and that are the same.
    pub alike: u32,
}

/// A setting of model calls that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ComparedSetting {
    /// Which: `model`, or a parameter's name.
    pub name: String,
    /// In the first trace; `None` = not set.
    pub a: Option<String>,
    /// In the second.
    pub b: Option<String>,
}

/// Two traces side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Compare {
    /// The first trace.
    pub a: Compared,
    /// The second.
    pub b: Compared,
    /// The steps, aligned.
    pub steps: Vec<Step>,
    /// Steps that are not shown.
    pub more_steps: u32,
    /// Steps that stand in both.
    pub common_steps: u32,
    /// Settings of calls that stand in both and differ, each once.
    pub settings: Vec<ComparedSetting>,
}

/// Compares two traces; `a` and `b` are their rows.
pub fn compare(first: &ReadTrace, a: TraceRow, second: &ReadTrace, b: TraceRow) -> Compare {
    let mut steps = Vec::new();
    let (mut settings, mut told, mut seen) = (BTreeSet::new(), BTreeSet::new(), Seen::default());
    let pairs = aligned(first, second);
    let common_steps = pairs.iter().filter(|(a, b)| a.is_some() && b.is_some()).count() as u32;
    let more_steps = pairs.len().saturating_sub(MOST_STEPS) as u32;
    let mut list = Vec::new();
    for (at_a, at_b) in pairs.into_iter().take(MOST_STEPS) {
        if let (Some(at_a), Some(at_b)) = (at_a, at_b) {
            for setting in differing(first, at_a, second, at_b) {
                if settings.insert((setting.name.clone(), setting.a.clone(), setting.b.clone())) {
                    list.push(setting);
                }
            }
        }
        let (texts, alike) = texts(first, at_a, second, at_b, &mut seen, &mut told);
        steps.push(Step { a: at_a.map(|at| side(first, at)), b: at_b.map(|at| side(second, at)), texts, alike });
    }
    Compare { a: compared(first, a), b: compared(second, b), steps, more_steps, common_steps, settings: list }
}

fn compared(trace: &ReadTrace, row: TraceRow) -> Compared {
    let streams = streams(trace).into_iter().map(|stream| stream.span_id).collect();
    Compared { row, shares: shares(&Columns::of(trace)), streams }
}

/// What a step is known by.
fn keys(trace: &ReadTrace) -> Vec<(Kind, &str)> {
    trace.spans.iter().map(|read| (read.reading.kind, read.span.name.as_str())).collect()
}

/// What a step that has no like of its name is known by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Known<'a> {
    /// What stands above all others.
    Root,
    /// A call of a model or a run of an agent: which model or agent is often in its name, and is what may differ.
    Kind(Kind),
    /// Work that is another when it is called something else: a tool, a request, a step of a program.
    Name(Kind, &'a str),
}

impl<'a> Known<'a> {
    fn of(trace: &'a ReadTrace, at: usize) -> Self {
        let read = &trace.spans[at];
        match read.reading.kind {
            _ if trace.tree.depth[at] == 0 => Self::Root,
            kind if kind.is_call() || kind == Kind::Agent => Self::Kind(kind),
            kind => Self::Name(kind, &read.span.name),
        }
    }
}

/// Puts the steps of two traces beside each other: those of the same kind and name, then of what is left between two of them those
/// that do the same under another name.
fn aligned(first: &ReadTrace, second: &ReadTrace) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let (mut only_a, mut only_b) = (Vec::new(), Vec::new());
    let between = |only_a: &mut Vec<usize>, only_b: &mut Vec<usize>, pairs: &mut Vec<Pair>| {
        let a: Vec<Known> = only_a.iter().map(|&at| Known::of(first, at)).collect();
        let b: Vec<Known> = only_b.iter().map(|&at| Known::of(second, at)).collect();
        pairs.extend(align(&a, &b).into_iter().map(|(a, b)| (a.map(|at| only_a[at]), b.map(|at| only_b[at]))));
        only_a.clear();
        only_b.clear();
    };
    for pair in align(&keys(first), &keys(second)) {
        match pair {
            (Some(a), None) => only_a.push(a),
            (None, Some(b)) => only_b.push(b),
            both => {
                between(&mut only_a, &mut only_b, &mut pairs);
                pairs.push(both);
            }
        }
    }
    between(&mut only_a, &mut only_b, &mut pairs);
    pairs
}

fn side(trace: &ReadTrace, at: usize) -> StepSide {
    let read = &trace.spans[at];
    let usage = read.reading.usage.as_ref();
    StepSide {
        span_id: read.span.span_id.to_string(),
        name: read.span.name.clone(),
        kind: read.reading.kind,
        depth: trace.tree.depth[at],
        duration_ns: trace.duration_ns(at),
        input_tokens: usage.and_then(|usage| usage.input_tokens),
        output_tokens: usage.and_then(|usage| usage.output_tokens),
        cost_usd: trace.cost_usd(at),
        error: summary::error_line(&read.span, read.reading.error.as_ref()),
    }
}

/// What was said before in each trace: a call repeats the conversation so far.
#[derive(Default)]
struct Seen {
    a: BTreeSet<Piece>,
    b: BTreeSet<Piece>,
}

/// Returns what differs in a step (all of it, where only one trace has the step), and how many of its texts are alike.
fn texts(
    first: &ReadTrace,
    at_a: Option<usize>,
    second: &ReadTrace,
    at_b: Option<usize>,
    seen: &mut Seen,
    told: &mut BTreeSet<(Option<Piece>, Option<Piece>)>,
) -> (Vec<ComparedText>, u32) {
    let is_alone = at_a.is_none() || at_b.is_none();
    let new = |trace: &ReadTrace, at: Option<usize>, seen: &mut BTreeSet<Piece>| -> Vec<Piece> {
        let Some(at) = at else { return Vec::new() };
        let read = &trace.spans[at];
        let all = pieces(&read.reading).into_iter();
        // An attempt that failed is made again with the same words, which then stand beside the other trace's.
        match is_alone && read.reading.kind.is_call() && read.failed() {
            true => all.filter(|piece| !seen.contains(piece)).collect(),
            false => all.filter(|piece| seen.insert(piece.clone())).collect(),
        }
    };
    let (a, b) = (new(first, at_a, &mut seen.a), new(second, at_b, &mut seen.b));
    let (mut texts, mut alike) = (Vec::new(), 0);
    let mut tell = |a: Option<&Piece>, b: Option<&Piece>| {
        if told.len() < MOST_PIECES && told.insert((a.cloned(), b.cloned())) {
            texts.push(text(a, b));
        }
    };
    // Alike ones are put beside each other, then those between them that are of the same sort.
    let (mut only_a, mut only_b) = (Vec::new(), Vec::new());
    for pair in align(&a, &b) {
        match pair {
            (Some(_), Some(_)) => {
                between(&mut only_a, &mut only_b, &mut tell);
                alike += 1;
            }
            (Some(at), None) => only_a.push(&a[at]),
            (None, Some(at)) => only_b.push(&b[at]),
            (None, None) => {}
        }
    }
    between(&mut only_a, &mut only_b, &mut tell);
    (texts, alike)
}

/// Tells what stands between two texts that are alike: of the same sort side by side.
fn between<'a>(
    a: &mut Vec<&'a Piece>,
    b: &mut Vec<&'a Piece>,
    tell: &mut impl FnMut(Option<&'a Piece>, Option<&'a Piece>),
) {
    let sorts = |pieces: &[&'a Piece]| -> Vec<_> { pieces.iter().map(|piece| piece.sort()).collect() };
    for (at_a, at_b) in align(&sorts(a), &sorts(b)) {
        tell(at_a.map(|at| a[at]), at_b.map(|at| b[at]));
    }
    a.clear();
    b.clear();
}

fn text(a: Option<&Piece>, b: Option<&Piece>) -> ComparedText {
    let of = |piece: Option<&Piece>| piece.map_or("", |piece| piece.text.as_str()).to_owned();
    let (runs, cut) = runs(&of(a), &of(b));
    let what = a.or(b).map(|piece| piece.what.clone()).unwrap_or_default();
    let part = a.or(b).map(Piece::part).unwrap_or_default();
    ComparedText { what, part, in_a: a.is_some(), in_b: b.is_some(), runs, cut }
}

/// Returns the settings of two calls that differ.
fn differing(first: &ReadTrace, at_a: usize, second: &ReadTrace, at_b: usize) -> Vec<ComparedSetting> {
    let settings = |trace: &ReadTrace, at: usize| {
        let reading = &trace.spans[at].reading;
        let model = reading.model.as_ref().and_then(|model| model.request.clone().or_else(|| model.response.clone()));
        let tools: Vec<&str> = reading.tools.iter().map(|tool| tool.name.as_str()).collect();
        let mut found: Vec<(String, String)> = model.map(|model| ("model".to_owned(), model)).into_iter().collect();
        if !tools.is_empty() {
            found.push(("tools".to_owned(), tools.join(", ")));
        }
        // Some senders list the whole request as its parameters: what was understood of it is said once.
        let said = |name: &str| found.iter().any(|(known, _)| known == name);
        let others = reading.parameters.iter().filter(|(name, _)| !said(name));
        let others: Vec<_> = others.map(|(name, value)| (name.clone(), word(value))).collect();
        found.extend(others);
        found
    };
    let (a, b) = (settings(first, at_a), settings(second, at_b));
    let of = |list: &[(String, String)], name: &str| {
        list.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let mut names: Vec<&String> = a.iter().map(|(name, _)| name).collect();
    names.extend(b.iter().map(|(name, _)| name).filter(|name| of(&a, name).is_none()));
    let setting = |name: &String| ComparedSetting { name: name.clone(), a: of(&a, name), b: of(&b, name) };
    names.into_iter().map(setting).filter(|setting| setting.a != setting.b).collect()
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
