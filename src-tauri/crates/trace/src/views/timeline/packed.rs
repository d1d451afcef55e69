//! A window of rows as one binary buffer: columns of numbers, which the interface reads where they lie.
//!
//! All numbers are little-endian. The buffer is: the length of the head (u32), 4 bytes unused, the head (JSON: [`Timeline`] without
//! rows and, where the asker has it, without the minimap), padded to a multiple of 8; then the counts of rows `n`, of ancestors
//! among them (which come first), of critical pieces `c`, of buckets `b` and of bytes of text (u32 each), and 4 bytes unused; then
//! the columns:
//!
//! | type | columns |
//! |---|---|
//! | f64 | `n` each of: start, duration, self time, first chunk, input tokens, output tokens (not a number = unknown) |
//! | f64 | `c` starts and `c` ends of critical pieces; `b` starts and `b` ends of buckets: from the trace's start |
//! | u32 | `n` each of: row, depth, children, descendants, siblings alike, position, siblings, children at once, flags, end of its critical pieces, end of its buckets |
//! | u32 | `b` counts of spans, `b` looks (kind, 256 = an error is in it); `3 n` ends of texts: name, model, error |
//! | u8 | `n` span ids, `n` parents (zero = none), 8 bytes each; the texts in UTF-8 |
//!
//! Flags are bits: 0–4 the kind's place in [`KINDS`], 5–6 the status (ok, error), 7 expanded, 8 running, 9 missing, from 10 on
//! the badges in the order of [`RowBadge`].

use super::buckets::{Bucket, buckets};
use super::minimap::KINDS;
use super::rows::{RowWindow, TimelineIndex};
use super::shown::Shown;
use super::{Minimap, RowBadge, Timeline, TimelineRow};
use crate::reading::Kind;
use crate::views::document::StatusCode;

/// The most bytes of a name; the whole of it is in the span.
const NAME_LIMIT: usize = 512;

/// Folded rows of one answer have at most so many bins together: more is not drawn in a frame.
const BINS_TOGETHER: usize = 40_000;

/// The time that is shown, and how finely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// From the trace's start.
    pub from_ns: u64,
    /// From the trace's start.
    pub to_ns: u64,
    /// How many pieces of it can be told apart.
    pub pieces: u32,
}

/// Returns a window of the rows there are when folded as `shown`, with what is to be drawn of them in a stretch of time;
/// `with_minimap` says whether the asker has none.
pub fn packed(
    index: &TimelineIndex,
    shown: &Shown,
    version: u64,
    window: &RowWindow,
    stretch: Stretch,
    with_minimap: bool,
) -> Vec<u8> {
    let mut timeline = index.among(shown, version, window);
    let ancestors = std::mem::take(&mut timeline.ancestors);
    let rows = std::mem::take(&mut timeline.rows);
    if !with_minimap {
        timeline.minimap = Minimap::default();
    }
    let folded = rows.iter().filter(|row| is_folded(row)).count().max(1);
    let bins = (stretch.pieces as usize).min(BINS_TOGETHER / folded).max(16);
    let gap_ns = stretch.to_ns.saturating_sub(stretch.from_ns) / u64::from(stretch.pieces.max(1));
    let mut columns = Columns::default();
    for row in ancestors.iter().chain(&rows) {
        let stands = shown.rows[row.row as usize];
        columns.critical.extend(match stands {
            _ if row.alike > 0 && !row.expanded => row.critical.clone(),
            super::shown::Stands::Span(at) => {
                index.critical.within(at as usize, stretch.from_ns, stretch.to_ns, gap_ns)
            }
            super::shown::Stands::Missing(_) => Vec::new(),
        });
        if is_folded(row) && row.row >= rows.first().map_or(0, |first| first.row) {
            columns.buckets.extend(buckets(index, shown.below(index, stands), stretch.from_ns, stretch.to_ns, bins));
        }
        columns.add(row);
    }
    columns.written(&timeline, ancestors.len())
}

fn is_folded(row: &TimelineRow) -> bool {
    row.descendants > 0 && !row.expanded
}

#[derive(Default)]
struct Columns {
    numbers: [Vec<f64>; 6],
    whole: [Vec<u32>; 11],
    critical: Vec<(u64, u64)>,
    buckets: Vec<Bucket>,
    ids: Vec<u8>,
    parents: Vec<u8>,
    ends: Vec<u32>,
    text: Vec<u8>,
}

impl Columns {
    fn add(&mut self, row: &TimelineRow) {
        let unknown = |number: Option<u64>| number.map_or(f64::NAN, |number| number as f64);
        let numbers = [
            row.start_ns as f64,
            row.duration_ns as f64,
            row.self_ns as f64,
            unknown(row.first_chunk_ns),
            unknown(row.input_tokens),
            unknown(row.output_tokens),
        ];
        self.numbers.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
        let whole = [
            row.row,
            row.depth,
            row.children,
            row.descendants,
            row.alike,
            row.position,
            row.siblings,
            row.at_once,
            flags(row),
            self.critical.len() as u32,
            self.buckets.len() as u32,
        ];
        self.whole.iter_mut().zip(whole).for_each(|(column, number)| column.push(number));
        push_id(&mut self.ids, Some(&row.span_id));
        push_id(&mut self.parents, row.parent_span_id.as_ref());
        let name = &row.name[..row.name.floor_char_boundary(NAME_LIMIT)];
        for text in [name, row.model.as_deref().unwrap_or_default(), row.error.as_deref().unwrap_or_default()] {
            self.text.extend(text.as_bytes());
            self.ends.push(self.text.len() as u32);
        }
    }

    fn written(self, timeline: &Timeline, ancestors: usize) -> Vec<u8> {
        // Plain data without maps: it always becomes JSON.
        let head = serde_json::to_vec(timeline).unwrap_or_default();
        let mut out = Vec::with_capacity(head.len() + 160 * self.ids.len() / 8 + self.text.len());
        put(&mut out, [head.len() as u32, 0]);
        out.extend(head);
        out.resize(out.len().next_multiple_of(8), b' ');
        let rows = self.ids.len() as u32 / 8;
        let counts =
            [rows, ancestors as u32, self.critical.len() as u32, self.buckets.len() as u32, self.text.len() as u32];
        put(&mut out, counts);
        put(&mut out, [0]);
        self.numbers.iter().for_each(|column| put_floats(&mut out, column.iter().copied()));
        put_floats(&mut out, self.critical.iter().map(|piece| piece.0 as f64));
        put_floats(&mut out, self.critical.iter().map(|piece| piece.1 as f64));
        put_floats(&mut out, self.buckets.iter().map(|bucket| bucket.from_ns as f64));
        put_floats(&mut out, self.buckets.iter().map(|bucket| bucket.to_ns as f64));
        self.whole.iter().for_each(|column| put(&mut out, column.iter().copied()));
        put(&mut out, self.buckets.iter().map(|bucket| bucket.count));
        put(&mut out, self.buckets.iter().map(|bucket| number(bucket.kind) | u32::from(bucket.error) << 8));
        put(&mut out, self.ends);
        out.extend(self.ids);
        out.extend(self.parents);
        out.extend(self.text);
        out
    }
}

fn flags(row: &TimelineRow) -> u32 {
    let status = match row.status {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
    };
    let badges = (0..).zip(RowBadge::ALL).filter(|(_, badge)| row.badges.contains(badge));
    let badges: u32 = badges.fold(0, |all, (bit, _)| all | 1 << bit);
    let bits = [(7, row.expanded), (8, row.running), (9, row.missing)];
    let bits = bits.into_iter().filter(|(_, holds)| *holds).fold(0, |all, (bit, _)| all | 1 << bit);
    number(row.kind) | status << 5 | bits | badges << 10
}

fn number(kind: Kind) -> u32 {
    KINDS.iter().position(|each| *each == kind).unwrap_or(KINDS.len() - 1) as u32
}

/// Appends an id's eight bytes; eight zeros for none.
fn push_id(out: &mut Vec<u8>, id: Option<&String>) {
    let number = id.and_then(|id| u64::from_str_radix(id, 16).ok()).unwrap_or(0);
    out.extend(number.to_be_bytes());
}

fn put(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    numbers.into_iter().for_each(|number| out.extend(number.to_le_bytes()));
}

fn put_floats(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = f64>) {
    numbers.into_iter().for_each(|number| out.extend(number.to_le_bytes()));
}
