//! The rows in a page, read without SQLite.
//!
//! Source: sqlite.org/fileformat2.html, "B-tree Pages" and "Record Format". Whatever a page says is doubted: what does not fit is
//! no row.

use super::pages::{Page, Pages};
use crate::store::migrate::PAGE_BYTES;

/// The longest row that is read: more than a request may hold.
const LONGEST: usize = 128 << 20;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// What kind of value a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Int,
    Real,
    Text,
    Blob,
}

/// What a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Rows of a table.
    Rows,
    /// Entries of an index, or rows of a table that is one.
    Entries,
    /// Nothing that is looked at.
    Else,
}

/// Returns what a page holds.
pub(super) fn holds(page: &Page) -> Holds {
    match page[0] {
        0x0d => Holds::Rows,
        0x02 | 0x0a => Holds::Entries,
        _ => Holds::Else,
    }
}

/// A row in a page, not yet read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Of a row its id, of an entry 0.
    pub(super) id: i64,
    /// Where in the page it begins, and how long it is.
    at: usize,
    size: usize,
    /// How much of it is in the page.
    here: usize,
}

/// Returns the rows (entries) of a page.
pub(super) fn cells(page: &Page) -> impl Iterator<Item = Cell> {
    let holds = holds(page);
    // The pages of an index that are no leaves have a page's number before each entry and in their head.
    let above = usize::from(page[0] == 0x02) * 4;
    let count = if holds == Holds::Else { 0 } else { u16::from_be_bytes([page[3], page[4]]) as usize };
    (0..count).filter_map(move |n| {
        let place = page.get(8 + above + 2 * n..)?.first_chunk()?;
        let mut at = usize::from(u16::from_be_bytes(*place)) + above;
        let size = usize::try_from(varint(page, &mut at)?).ok().filter(|size| *size <= LONGEST)?;
        let id = if holds == Holds::Rows { varint(page, &mut at)? as i64 } else { 0 };
        // How much of a long one stays in the page, which is less of an index.
        let most = if holds == Holds::Rows { PAGE_BYTES - 35 } else { (PAGE_BYTES - 12) * 64 / 255 - 23 };
        let least = (PAGE_BYTES - 12) * 32 / 255 - 23;
        let rest = if size > most { least + (size - least) % (PAGE_BYTES - 4) } else { size };
        let here = if rest <= most { rest } else { least };
        (at + here <= PAGE_BYTES).then_some(Cell { id, at, size, here })
    })
}

/// Returns the kinds of a row's values; `None` when the page does not tell.
pub(super) fn kinds(page: &Page, cell: Cell) -> Option<Vec<Kind>> {
    let kind = |code: u64| match code {
        0 => Kind::Null,
        7 => Kind::Real,
        12.. if code.is_multiple_of(2) => Kind::Blob,
        12.. => Kind::Text,
        _ => Kind::Int,
    };
    let (codes, _) = head(&page[cell.at..cell.at + cell.here])?;
    Some(codes.into_iter().map(kind).collect())
}

/// Returns the values of a row; `None` when it is not whole.
pub(super) fn read(pages: &mut Pages, page: &Page, cell: Cell) -> Option<Vec<Value>> {
    let mut record = page[cell.at..cell.at + cell.here].to_vec();
    let mut next = page[cell.at + cell.here..].first_chunk().map_or(0, |next| u32::from_be_bytes(*next));
    while record.len() < cell.size {
        let more = pages.get(next)?;
        let (head, content) = more.split_first_chunk()?;
        record.extend_from_slice(&content[..content.len().min(cell.size - record.len())]);
        next = u32::from_be_bytes(*head);
    }
    values(&record)
}

/// Returns the codes that say what each value is and how long, and where the first value begins.
fn head(record: &[u8]) -> Option<(Vec<u64>, usize)> {
    let mut at = 0;
    let head = usize::try_from(varint(record, &mut at)?).ok().filter(|head| *head <= record.len())?;
    let mut codes = Vec::new();
    while at < head {
        codes.push(varint(record, &mut at)?);
    }
    (at == head).then_some((codes, head))
}

fn values(record: &[u8]) -> Option<Vec<Value>> {
    let (codes, mut at) = head(record)?;
    let mut values = Vec::with_capacity(codes.len());
    for code in codes {
        let mut take = |bytes: u64| {
            let end = at.checked_add(usize::try_from(bytes).ok()?)?;
            record.get(std::mem::replace(&mut at, end)..end)
        };
        values.push(match code {
            0 => Value::Null,
            1..=4 => Value::Int(number(take(code)?)),
            5 => Value::Int(number(take(6)?)),
            6 => Value::Int(number(take(8)?)),
            7 => Value::Real(f64::from_bits(number(take(8)?) as u64)),
            8 | 9 => Value::Int(code as i64 - 8),
            12.. if code.is_multiple_of(2) => Value::Blob(take((code - 12) / 2)?.to_vec()),
            13.. => Value::Text(String::from_utf8_lossy(take((code - 13) / 2)?).into_owned()),
            _ => return None,
        });
    }
    Some(values)
}

/// Reads a big-endian number with a sign.
fn number(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte))
}

/// Reads SQLite's number of up to nine bytes, of which each but the ninth has seven bits.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for n in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if n == 8 {
            return Some(number << 8 | u64::from(byte));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}
