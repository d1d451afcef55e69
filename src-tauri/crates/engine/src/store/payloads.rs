//! Spans and log records as they were sent, compressed and checksummed, apart from the rows that are searched.

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension, params};

pub(super) const TABLE: &str = "
CREATE TABLE payloads (
    id INTEGER PRIMARY KEY,
    codec INTEGER NOT NULL,
    size INTEGER NOT NULL,   -- of the content, in bytes
    crc INTEGER NOT NULL,    -- CRC32C of codec, size, bytes and the envelope's id
    bytes BLOB NOT NULL
);";

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// Below this many bytes compression does not pay for its frame.
const WORTH_COMPRESSING: usize = 96;

thread_local! {
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = RefCell::new(zstd::bulk::Compressor::new(1).ok());
}

/// Bytes ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    codec: u8,
    size: u64,
    bytes: Vec<u8>,
    /// CRC32C of codec, size and bytes.
    crc: u32,
}

/// Says that stored bytes are not the ones that were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored bytes do not match their checksum: the disk or another program changed them")]
pub struct Damaged;

impl Payload {
    /// Compresses bytes (zstd level 1) where that makes them smaller.
    pub fn pack(content: &[u8]) -> Self {
        let compressed = (content.len() >= WORTH_COMPRESSING)
            .then(|| COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(content).ok()))
            .flatten()
            .filter(|bytes| bytes.len() < content.len());
        let (codec, bytes) = compressed.map_or_else(|| (PLAIN, content.to_vec()), |bytes| (ZSTD, bytes));
        let size = content.len() as u64;
        let crc = checksum(codec, size, &bytes);
        Self { codec, size, bytes, crc }
    }

    /// Returns what was packed.
    pub fn unpack(&self) -> Result<Vec<u8>, Damaged> {
        if checksum(self.codec, self.size, &self.bytes) != self.crc {
            return Err(Damaged);
        }
        let size = usize::try_from(self.size).map_err(|_| Damaged)?;
        let content = match self.codec {
            PLAIN => self.bytes.clone(),
            ZSTD => zstd::bulk::decompress(&self.bytes, size).map_err(|_| Damaged)?,
            _ => return Err(Damaged),
        };
        (content.len() == size).then_some(content).ok_or(Damaged)
    }

    /// Returns how many bytes it takes in the database.
    pub fn stored_bytes(&self) -> usize {
        self.bytes.len()
    }
}

fn checksum(codec: u8, size: u64, bytes: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&[codec]);
    let crc = crc32c::crc32c_append(crc, &size.to_le_bytes());
    crc32c::crc32c_append(crc, bytes)
}

/// The envelope is part of what is checked: a flipped reference would show a span as another service's.
fn bind(crc: u32, envelope: i64) -> u32 {
    crc32c::crc32c_append(crc, &envelope.to_le_bytes())
}

/// Returns the id the next payload gets.
pub(super) fn next_id(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("SELECT coalesce(max(id), 0) + 1 FROM payloads", [], |row| row.get(0))
}

pub(super) fn insert(conn: &Connection, id: i64, payload: &Payload, envelope: i64) -> rusqlite::Result<()> {
    let mut insert =
        conn.prepare_cached("INSERT INTO payloads (id, codec, size, crc, bytes) VALUES (?, ?, ?, ?, ?)")?;
    let crc = bind(payload.crc, envelope);
    insert.execute(params![id, payload.codec, payload.size as i64, crc, payload.bytes])?;
    Ok(())
}

pub(super) fn delete(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM payloads WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// Returns the content of a payload; [`Damaged`] when it is not there or not what was stored.
pub(super) fn content(conn: &Connection, id: i64, envelope: i64) -> rusqlite::Result<Result<Vec<u8>, Damaged>> {
    let mut select = conn.prepare_cached("SELECT codec, size, crc, bytes FROM payloads WHERE id = ?")?;
    let found = select
        .query_row([id], |row| {
            // Types are loose in SQLite: whatever a damaged cell holds is damage and not an error.
            let codec: Option<u8> = row.get(0).ok();
            let size: Option<i64> = row.get(1).ok();
            let crc: Option<u32> = row.get(2).ok();
            let bytes: Option<Vec<u8>> = row.get(3).ok();
            Ok(codec.zip(size).zip(crc).zip(bytes))
        })
        .optional()?
        .flatten();
    let Some((((codec, size), stored), bytes)) = found else { return Ok(Err(Damaged)) };
    let size = size as u64;
    let crc = checksum(codec, size, &bytes);
    if bind(crc, envelope) != stored {
        return Ok(Err(Damaged));
    }
    Ok(Payload { codec, size, bytes, crc }.unpack())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        for content in [&b""[..], b"short", &[7; 100_000], &(0..=255).collect::<Vec<u8>>()] {
            assert_eq!(Payload::pack(content).unpack().as_deref(), Ok(content));
        }
        assert!(Payload::pack(&[7; 100_000]).stored_bytes() < 200);
    }
}
