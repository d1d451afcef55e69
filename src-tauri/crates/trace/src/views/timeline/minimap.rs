//! The whole trace at a glance.

use super::columns::Columns;
use super::{Lane, Minimap, MinimapMark, lane};
use crate::reading::Kind;

const BINS: u16 = 300;
const LANES: [Lane; 5] = [Lane::Agents, Lane::Structure, Lane::Model, Lane::Tools, Lane::Wire];
pub(super) const KINDS: [Kind; 17] = [
    Kind::Llm,
    Kind::Embedding,
    Kind::Agent,
    Kind::Chain,
    Kind::Tool,
    Kind::Retriever,
    Kind::Reranker,
    Kind::Parser,
    Kind::Guardrail,
    Kind::Evaluator,
    Kind::Memory,
    Kind::Prompt,
    Kind::Task,
    Kind::Http,
    Kind::Db,
    Kind::Rpc,
    Kind::Other,
];

/// How many more spans run in a bin than in the one before; the last one takes the ends.
type Steps = [i32; BINS as usize + 1];

/// Returns the minimap: per lane, neighbouring bins with the same commonest kind and the same presence of errors are one mark.
pub(super) fn minimap(columns: &Columns) -> Minimap {
    let failed = columns.innermost_failures();
    let mut running: Vec<Steps> = vec![[0; BINS as usize + 1]; KINDS.len()];
    let mut failing: Vec<Steps> = vec![[0; BINS as usize + 1]; LANES.len()];
    for (at, failed) in failed.into_iter().enumerate() {
        let (from, to) = bins(columns, at);
        let add = |steps: &mut Steps| {
            steps[from] += 1;
            steps[to] -= 1;
        };
        let kind = columns.kind(at);
        add(&mut running[KINDS.iter().position(|k| *k == kind).unwrap_or(KINDS.len() - 1)]);
        if failed {
            add(&mut failing[lane(kind) as usize]);
        }
    }
    running.iter_mut().chain(&mut failing).for_each(add_up);

    let mut marks: Vec<MinimapMark> = Vec::new();
    for lane_of_marks in LANES {
        let kinds: Vec<usize> = (0..KINDS.len()).filter(|&kind| lane(KINDS[kind]) == lane_of_marks).collect();
        for bin in 0..BINS {
            let at = usize::from(bin);
            // Of equally common kinds the first of the list.
            let commonest = kinds.iter().copied().rev().max_by_key(|&kind| running[kind][at]);
            let Some(kind) = commonest.filter(|&kind| running[kind][at] > 0).map(|kind| KINDS[kind]) else { continue };
            let error = failing[lane_of_marks as usize][at] > 0;
            match marks.last_mut() {
                Some(mark) if (mark.lane, mark.kind, mark.error, mark.to) == (lane_of_marks, kind, error, bin) => {
                    mark.to = bin + 1;
                }
                _ => marks.push(MinimapMark { lane: lane_of_marks, from: bin, to: bin + 1, kind, error }),
            }
        }
    }
    Minimap { bins: BINS, marks }
}

/// Returns the first bin of a span and the one past its last; at least one.
fn bins(columns: &Columns, at: usize) -> (usize, usize) {
    let all = usize::from(BINS);
    let total = columns.extent_ns();
    if total == 0 {
        return (0, all);
    }
    let start = columns.start_ns(at);
    let end = start.saturating_add(columns.duration_ns(at));
    // How many bins a time fills whole, and how many it begins. Numbers of usual size are divided much faster.
    let filled = |ns: u64| match ns.checked_mul(all as u64) {
        Some(scaled) => ((scaled / total) as usize, scaled.div_ceil(total) as usize),
        None => {
            let (scaled, total) = (u128::from(ns) * all as u128, u128::from(total));
            ((scaled / total) as usize, scaled.div_ceil(total) as usize)
        }
    };
    let from = filled(start).0.min(all - 1);
    (from, filled(end).1.min(all).max(from + 1))
}

fn add_up(steps: &mut Steps) {
    for bin in 1..steps.len() {
        steps[bin] += steps[bin - 1];
    }
}
