//! What surrounded spans and log records when they were sent, each stored once by content, as long as something names it.

use std::collections::HashMap;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::doubtful::Doubtful;

pub(super) const TABLE: &str = "
CREATE TABLE envelopes (
    id INTEGER PRIMARY KEY,
    crc INTEGER NOT NULL,       -- CRC32C of encoding, the resource's length, resource and scope
    encoding INTEGER NOT NULL,
    resource BLOB NOT NULL,
    scope BLOB NOT NULL
);
CREATE INDEX envelopes_by_crc ON envelopes (crc);";

/// How many envelopes the writer remembers, and how large one may be to be remembered.
const REMEMBERED: usize = 1_024;
const REMEMBERED_BYTES: usize = 16 << 10;

/// What surrounded spans or log records, as sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredEnvelope {
    /// How it is written: [`PROTOBUF`], [`JSON`] or what a newer version knows.
    pub encoding: u8,
    /// The outer message without what is in it.
    pub resource: Bytes,
    /// The inner message without what is in it.
    pub scope: Bytes,
}

/// What was sent as protobuf, in [`StoredEnvelope::encoding`].
pub const PROTOBUF: u8 = 0;

/// What was sent as JSON.
pub const JSON: u8 = 1;

impl StoredEnvelope {
    /// Returns what stands for the envelope of these bytes when that is lost: it says nothing of who sent them.
    pub(super) fn lost(content: &[u8]) -> Self {
        // No protobuf message of ours begins as JSON does.
        let encoding = if content.first() == Some(&b'{') { JSON } else { PROTOBUF };
        Self { encoding, resource: Bytes::new(), scope: Bytes::new() }
    }

    pub(super) fn crc(&self) -> u32 {
        let crc = crc32c::crc32c(&[self.encoding]);
        let crc = crc32c::crc32c_append(crc, &(self.resource.len() as u64).to_le_bytes());
        let crc = crc32c::crc32c_append(crc, &self.resource);
        crc32c::crc32c_append(crc, &self.scope)
    }
}

/// The writer's memory of envelopes and their ids.
#[derive(Default)]
pub(super) struct Known {
    ids: HashMap<StoredEnvelope, i64>,
    /// Those that may be named by nothing.
    pub(super) doubtful: Doubtful,
}

impl Known {
    pub(super) fn forget(&mut self) {
        self.ids.clear();
    }

    /// Goes on with the search for envelopes that nothing names; says how many were deleted.
    pub(super) fn sweep(&mut self, conn: &mut Connection) -> rusqlite::Result<usize> {
        let deleted = self.doubtful.step(conn)?;
        if deleted > 0 {
            self.forget();
        }
        Ok(deleted)
    }

    /// Returns the id of an envelope, storing it when it is new.
    pub(super) fn id(&mut self, conn: &Connection, envelope: &StoredEnvelope) -> rusqlite::Result<i64> {
        if let Some(id) = self.ids.get(envelope) {
            self.doubtful.trust(*id);
            return Ok(*id);
        }
        let id = match find(conn, envelope)? {
            Some(id) => id,
            None => insert(conn, envelope)?,
        };
        self.doubtful.trust(id);
        if envelope.resource.len() + envelope.scope.len() <= REMEMBERED_BYTES {
            if self.ids.len() >= REMEMBERED {
                self.ids.clear();
            }
            // Owned bytes: a slice would keep the whole request alive.
            let resource = Bytes::copy_from_slice(&envelope.resource);
            let scope = Bytes::copy_from_slice(&envelope.scope);
            self.ids.insert(StoredEnvelope { encoding: envelope.encoding, resource, scope }, id);
        }
        Ok(id)
    }
}

fn find(conn: &Connection, envelope: &StoredEnvelope) -> rusqlite::Result<Option<i64>> {
    let mut select =
        conn.prepare_cached("SELECT id FROM envelopes WHERE crc = ? AND encoding = ? AND resource = ? AND scope = ?")?;
    select
        .query_row(params![envelope.crc(), envelope.encoding, &envelope.resource[..], &envelope.scope[..]], |row| {
            row.get(0)
        })
        .optional()
}

fn insert(conn: &Connection, envelope: &StoredEnvelope) -> rusqlite::Result<i64> {
    let mut insert =
        conn.prepare_cached("INSERT INTO envelopes (crc, encoding, resource, scope) VALUES (?, ?, ?, ?)")?;
    insert.insert(params![envelope.crc(), envelope.encoding, &envelope.resource[..], &envelope.scope[..]])
}

/// Returns an envelope; `None` when it is not there or not what was stored.
pub(super) fn get(conn: &Connection, id: i64) -> rusqlite::Result<Option<StoredEnvelope>> {
    let mut select = conn.prepare_cached("SELECT crc, encoding, resource, scope FROM envelopes WHERE id = ?")?;
    let found = select
        .query_row([id], |row| {
            let crc: Option<u32> = row.get(0).ok();
            let encoding: Option<u8> = row.get(1).ok();
            let resource: Option<Vec<u8>> = row.get(2).ok();
            let scope: Option<Vec<u8>> = row.get(3).ok();
            Ok(crc.zip(encoding).zip(resource).zip(scope))
        })
        .optional()?
        .flatten();
    Ok(found.and_then(|(((crc, encoding), resource), scope)| {
        let envelope = StoredEnvelope { encoding, resource: resource.into(), scope: scope.into() };
        (envelope.crc() == crc).then_some(envelope)
    }))
}
