//! What was sent, in compressed blocks apart from the rows that are searched. A block holds what one request brought of one
//! trace, so that what its spans repeat is stored once, and it goes when the trace goes.
//!
//! A conversation grows from request to request: a block may be compressed against the end of an earlier block of its trace,
//! its base, and then holds little but what is new. Chains of bases are short.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use spanglass_trace::span::TraceId;

use super::codec;

pub(super) const TABLE: &str = "
CREATE TABLE payloads (
    id INTEGER PRIMARY KEY,
    codec INTEGER NOT NULL,  -- 0 plain, 1 zstd
    size INTEGER NOT NULL,   -- of the content, in bytes
    base INTEGER NOT NULL,   -- the block whose end it was compressed against; 0 = none
    bytes BLOB NOT NULL
);";

/// How many bases there may be on the way to a block's content.
pub(super) const LONGEST_CHAIN: u32 = 8;

/// How many blocks' contents a reader keeps: spans that arrived together are asked for together.
const KEPT: usize = 4;

/// Up to how many bytes those are together; one that is larger is kept alone.
const KEPT_BYTES: usize = 16 << 20;

/// Says that stored bytes are not the ones that were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored bytes do not match their checksum: the disk or another program changed them")]
pub struct Damaged;

/// Where bytes are stored, and what they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) payload: i64,
    pub(super) at: u32,
    pub(super) size: u32,
    /// CRC32C of the bytes and of the id of their envelope: a flipped reference would show a span as another service's.
    pub(super) sum: u32,
}

impl Place {
    /// Returns how many bytes stand there.
    pub fn bytes(&self) -> usize {
        self.size as usize
    }
}

/// A block ready to be stored.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) trace_id: Option<TraceId>,
    pub(super) codec: u8,
    pub(super) size: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) base: Option<Base>,
    /// Its content's end, when later blocks of the trace may be compressed against it.
    pub(super) end: Option<Arc<[u8]>>,
}

/// A stored block that others of its trace may be compressed against.
#[derive(Clone, Debug)]
pub(super) struct Base {
    /// The trace's row. A trace that was deleted and came again has another.
    pub(super) trace: i64,
    pub(super) payload: i64,
    /// How many bases it has itself.
    pub(super) depth: u32,
    pub(super) end: Arc<[u8]>,
}

impl Block {
    pub(super) fn new(trace_id: Option<TraceId>, content: &[u8], base: Option<Base>, end: Option<Arc<[u8]>>) -> Self {
        let prefix = base.as_ref().map_or(&[][..], |base| &base.end);
        let size = content.len() as u32;
        match codec::compress(content, prefix) {
            Some(bytes) => Self { trace_id, codec: codec::ZSTD, size, bytes, base, end },
            None => Self { trace_id, codec: codec::PLAIN, size, bytes: content.to_vec(), base: None, end },
        }
    }

    pub(super) fn content(&self) -> Result<Vec<u8>, Damaged> {
        let prefix = self.base.as_ref().map_or(&[][..], |base| &base.end);
        codec::decompress(self.codec, &self.bytes, self.size as usize, prefix).ok_or(Damaged)
    }

    /// Returns the block as one that needs no other.
    pub(super) fn alone(&self) -> Result<Self, Damaged> {
        Ok(Self::new(self.trace_id, &self.content()?, None, self.end.clone()))
    }

    pub(super) fn depth(&self) -> u32 {
        self.base.as_ref().map_or(0, |base| base.depth + 1)
    }
}

/// Returns the id the next payload gets.
pub(super) fn next_id(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("SELECT coalesce(max(id), 0) + 1 FROM payloads", [], |row| row.get(0))
}

pub(super) fn insert(conn: &Connection, id: i64, block: &Block) -> rusqlite::Result<()> {
    let mut insert =
        conn.prepare_cached("INSERT INTO payloads (id, codec, size, base, bytes) VALUES (?, ?, ?, ?, ?)")?;
    let base = block.base.as_ref().map_or(0, |base| base.payload);
    insert.execute(params![id, block.codec, block.size, base, block.bytes])?;
    Ok(())
}

pub(super) fn delete(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM payloads WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// What is in a block.
type Content = Result<Bytes, Damaged>;

/// What is in the blocks that were asked for last.
#[derive(Debug, Default)]
pub struct Contents(Vec<(i64, Content)>);

impl Contents {
    /// Returns stored bytes; [`Damaged`] when they are not there or not what was stored.
    pub(super) fn get(
        &mut self,
        conn: &Connection,
        place: Place,
        envelope: i64,
    ) -> rusqlite::Result<Result<Bytes, Damaged>> {
        self.get_from(|id| row(conn, id), place, envelope)
    }

    /// The same of blocks that are not in a database; `find` returns the one with an id.
    pub(super) fn get_from<E>(
        &mut self,
        find: impl FnMut(i64) -> Result<Option<Row>, E>,
        place: Place,
        envelope: i64,
    ) -> Result<Result<Bytes, Damaged>, E> {
        let content = self.block(find, place.payload)?;
        Ok(content.and_then(|content| {
            let at = place.at as usize;
            let bytes = content.get(at..at.saturating_add(place.size as usize)).ok_or(Damaged)?;
            (bind(crc32c::crc32c(bytes), envelope) == place.sum).then_some(()).ok_or(Damaged)?;
            // What is a small part of its block does not keep all of it.
            Ok(match bytes.len() >= content.len() / 2 {
                true => content.slice_ref(bytes),
                false => Bytes::copy_from_slice(bytes),
            })
        }))
    }

    fn block<E>(&mut self, mut find: impl FnMut(i64) -> Result<Option<Row>, E>, id: i64) -> Result<Content, E> {
        // The blocks on the way, from the one that is asked for to one whose content is known or that has no base.
        let mut chain = Vec::new();
        let (mut next, mut content) = (id, Ok(Bytes::new()));
        while next != 0 {
            if let Some((_, known)) = self.0.iter().find(|(known, _)| *known == next) {
                content = known.clone();
                break;
            }
            let Some(row) = find(next)?.filter(|_| chain.len() <= LONGEST_CHAIN as usize) else {
                content = Err(Damaged);
                break;
            };
            let base = row.base;
            chain.push((next, row));
            next = base;
        }
        while let Some((id, row)) = chain.pop() {
            content = content.and_then(|base| {
                let prefix = if row.base == 0 { &[][..] } else { codec::end_of(&base) };
                let size = usize::try_from(row.size).map_err(|_| Damaged)?;
                codec::decompress(row.codec, &row.bytes, size, prefix).map(Bytes::from).ok_or(Damaged)
            });
            let size = |content: &Content| content.as_ref().map_or(0, Bytes::len);
            let most = KEPT_BYTES.saturating_sub(size(&content));
            while self.0.len() >= KEPT || self.0.iter().map(|(_, kept)| size(kept)).sum::<usize>() > most {
                let _oldest = self.0.remove(0);
            }
            self.0.push((id, content.clone()));
        }
        Ok(content)
    }
}

/// Returns the checksum of bytes within their envelope.
pub(super) fn bind(crc: u32, envelope: i64) -> u32 {
    crc32c::crc32c_append(crc, &envelope.to_le_bytes())
}

/// A stored block.
pub(super) struct Row {
    pub(super) codec: u8,
    pub(super) size: i64,
    pub(super) base: i64,
    pub(super) bytes: Vec<u8>,
}

fn row(conn: &Connection, id: i64) -> rusqlite::Result<Option<Row>> {
    let mut select = conn.prepare_cached("SELECT codec, size, base, bytes FROM payloads WHERE id = ?")?;
    let found = select.query_row([id], |row| {
        // Types are loose in SQLite: whatever a damaged cell holds is damage and not an error.
        let numbers = row.get(0).ok().zip(row.get(1).ok()).zip(row.get(2).ok()).zip(row.get(3).ok());
        Ok(numbers.map(|(((codec, size), base), bytes)| Row { codec, size, base, bytes }))
    });
    Ok(found.optional()?.flatten())
}
