//! Blocks of spans: what the bits of each are of, and how they are written down.

use std::sync::Arc;

use spanglass_trace::reading::READING_VERSION;

use crate::store::Mark;

/// How far the index has come in the order of arrival: the latest place, and what stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) id: i64,
    /// `None` = nothing stood there when it was looked at.
    pub(super) mark: Option<Mark>,
}

/// The same for spans, log records and revisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) spans: Reached,
    pub(super) logs: Reached,
    pub(super) revisions: Reached,
}

/// Ranges of ids, both ends within.
pub(super) type Ranges = Vec<(i64, i64)>;

/// What a block's bits are of.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// Ids of spans.
    pub(super) spans: Ranges,
    /// Ids of log records.
    pub(super) logs: Ranges,
    /// The numbers of their traces, sorted.
    pub(super) traces: Vec<i64>,
    /// How far the index had come with it.
    pub(super) end: End,
}

/// What a run of blocks covers, as far as it is asked at every change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Covers {
    /// The first ids of spans and log records; `i64::MAX` = none.
    pub(super) first: (i64, i64),
    /// The last ones; 0 = none.
    pub(super) last: (i64, i64),
    /// How far the index had come with its last block.
    pub(super) end: End,
}

impl Covers {
    pub(super) fn of(blocks: &[Arc<Block>]) -> Self {
        let first_of = |ranges: &Ranges| ranges.iter().map(|range| range.0).min();
        let last_of = |ranges: &Ranges| ranges.iter().map(|range| range.1).max().unwrap_or(0);
        let last = |of: fn(&Block) -> &Ranges| blocks.iter().map(|block| last_of(of(block))).max().unwrap_or(0);
        let spans = blocks.first().and_then(|block| first_of(&block.spans));
        let logs = blocks.iter().find_map(|block| first_of(&block.logs));
        Self {
            first: (spans.unwrap_or(i64::MAX), logs.unwrap_or(i64::MAX)),
            last: (last(|block| &block.spans), last(|block| &block.logs)),
            end: blocks.last().map(|block| block.end).unwrap_or_default(),
        }
    }
}

/// What blocks were made with: the readings' version, and how [`Mark`]s are made.
const VERSION: i64 = READING_VERSION as i64 | 1 << 32;

/// Returns blocks as numbers, the version before them: a question reads those of every section in which something can
/// stand, and numbers take a tenth of the time that a JSON text takes.
pub(super) fn as_numbers(blocks: &[Arc<Block>]) -> Vec<u8> {
    let mut numbers = vec![VERSION];
    for block in blocks {
        for ranges in [&block.spans, &block.logs] {
            numbers.push(ranges.len() as i64);
            numbers.extend(ranges.iter().flat_map(|range| [range.0, range.1]));
        }
        numbers.push(block.traces.len() as i64);
        numbers.extend(&block.traces);
        for Reached { id, mark } in [block.end.spans, block.end.logs, block.end.revisions] {
            numbers.extend([id, i64::from(mark.is_some()), mark.unwrap_or_default()]);
        }
    }
    numbers.into_iter().flat_map(i64::to_le_bytes).collect()
}

/// Returns the blocks that numbers are; `None` when they are none, or of other readings.
pub(super) fn from_numbers(bytes: &[u8]) -> Option<Vec<Arc<Block>>> {
    let (numbers, []) = bytes.as_chunks() else { return None };
    let mut numbers = numbers.iter().map(|bytes| i64::from_le_bytes(*bytes));
    if numbers.next() != Some(VERSION) {
        return None;
    }
    let mut blocks = Vec::new();
    while numbers.len() > 0 {
        let mut list = |of_each: usize| -> Option<Vec<i64>> {
            let length = usize::try_from(numbers.next()?).ok()?.checked_mul(of_each)?;
            (length <= numbers.len()).then(|| numbers.by_ref().take(length).collect())
        };
        let pairs = |list: Vec<i64>| list.as_chunks().0.iter().map(|[from, to]| (*from, *to)).collect();
        let (spans, logs, traces) = (pairs(list(2)?), pairs(list(2)?), list(1)?);
        let mut reached = || {
            let (id, is_marked, mark) = (numbers.next()?, numbers.next()?, numbers.next()?);
            Some(Reached { id, mark: (is_marked != 0).then_some(mark) })
        };
        let end = End { spans: reached()?, logs: reached()?, revisions: reached()? };
        blocks.push(Arc::new(Block { spans, logs, traces, end }));
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_the_same_as_numbers_and_what_is_cut_is_none() {
        let reached = |id: i64, mark: Option<i64>| Reached { id, mark };
        let end = End { spans: reached(9, Some(-3)), logs: reached(0, None), revisions: reached(i64::MAX, Some(0)) };
        let blocks = [
            Block { spans: vec![(1, 4), (7, 9)], logs: vec![], traces: vec![2, 3], end },
            Block { spans: vec![], logs: vec![(-1, i64::MAX)], traces: vec![], end: End::default() },
        ];
        let bytes = as_numbers(&blocks.clone().map(Arc::new));
        let told = |blocks: &[Arc<Block>]| format!("{blocks:?}");
        assert_eq!(from_numbers(&bytes).map(|all| told(&all)), Some(told(&blocks.map(Arc::new))));
        let first = 8 * (1 + 5 + 1 + 3 + 9);
        for end in (0..bytes.len()).filter(|end| ![8, first].contains(end)) {
            assert!(from_numbers(&bytes[..end]).is_none(), "{end}");
        }
        let of_others = [&(VERSION + 1).to_le_bytes(), &bytes[8..]].concat();
        assert!(from_numbers(&of_others).is_none());
        let huge = [&bytes[..8], &i64::MAX.to_le_bytes()[..]].concat();
        assert!(from_numbers(&huge).is_none());
    }
}
