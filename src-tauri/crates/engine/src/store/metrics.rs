//! Metrics: one row per series, and one per series and ten seconds, summed up. Bounded in series and in rows.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};
use spanglass_trace::metric::{Counting, Sample, Series, Summary};

pub(super) const TABLE: &str = "
CREATE TABLE metric_series (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    counting INTEGER NOT NULL,
    labels TEXT NOT NULL        -- JSON, sorted by key
);
CREATE UNIQUE INDEX metric_series_by_content ON metric_series (name, unit, counting, labels);
CREATE TABLE metric_slices (
    series INTEGER NOT NULL,
    slice INTEGER NOT NULL,     -- seconds since 1970 / 10
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    min REAL,
    max REAL,
    last REAL NOT NULL,
    PRIMARY KEY (series, slice)
) WITHOUT ROWID;
CREATE INDEX metric_slices_by_slice ON metric_slices (slice);";

/// How long a slice is, in seconds.
pub const SLICE_SECONDS: u64 = 10;

/// How many series are kept. For a further one a tenth of them goes, those that nothing was added to for longest.
const MAX_SERIES: usize = 5_000;

/// How many slices are kept at most, and at least where the database may take little.
const MAX_SLICES: u64 = 500_000;
const MIN_SLICES: u64 = MAX_SERIES as u64;

/// How many bytes the database may take for each slice that is kept: a slice takes about 65, so that all of them take an eighth.
const BYTES_FOR_SLICE: u64 = 512;

/// How many samples are written between two looks at how many slices there are, and how many slices go at once.
const LOOK_EVERY: u64 = 5_000;
const GO_AT_ONCE: u64 = 20_000;

/// How far ahead of the clock a slice may be, in seconds. What is further ahead goes first: its sender's clock is wrong.
const AHEAD_SECONDS: u64 = 3_600;

/// A series that is kept, and its slices.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRecord {
    /// Its id.
    pub id: i64,
    /// What it measures.
    pub series: Series,
}

/// Returns how many slices are kept in a database that may take so many bytes; `None` = it may take any.
pub(super) fn most_slices(max_bytes: Option<u64>) -> u64 {
    max_bytes.map_or(MAX_SLICES, |max| (max / BYTES_FOR_SLICE).clamp(MIN_SLICES, MAX_SLICES))
}

/// The writer's memory of series and their ids.
#[derive(Default)]
pub(super) struct Known {
    /// `None` = not loaded yet.
    series: Option<HashMap<Series, KnownSeries>>,
    /// Samples written since the series were loaded.
    written: u64,
    /// How many samples may be written before the slices are counted.
    unlooked: u64,
}

struct KnownSeries {
    id: i64,
    /// [`Known::written`] when something was added last; 0 = not since the series were loaded.
    last: u64,
}

impl Known {
    pub(super) fn forget(&mut self) {
        self.series = None;
    }

    /// Stores a sample, and keeps no more than `most` slices.
    pub(super) fn write(&mut self, conn: &Connection, sample: &Sample, most: u64) -> rusqlite::Result<()> {
        if self.unlooked == 0 {
            self.make_room(conn, most)?;
            self.unlooked = LOOK_EVERY;
        }
        self.unlooked -= 1;
        let id = self.id(conn, &sample.series)?;
        add(conn, id, sample)
    }

    fn id(&mut self, conn: &Connection, series: &Series) -> rusqlite::Result<i64> {
        let known = match &mut self.series {
            Some(known) => known,
            unknown => {
                self.written = 0;
                let loaded = |SeriesRecord { id, series }| (series, KnownSeries { id, last: 0 });
                unknown.insert(all(conn)?.into_iter().map(loaded).collect())
            }
        };
        self.written += 1;
        if let Some(known) = known.get_mut(series) {
            known.last = self.written;
            return Ok(known.id);
        }
        if known.len() >= MAX_SERIES {
            forget_oldest(conn, known)?;
        }
        let mut insert =
            conn.prepare_cached("INSERT INTO metric_series (name, unit, counting, labels) VALUES (?, ?, ?, ?)")?;
        let labels = serde_json::to_string(&series.labels).unwrap_or_default();
        let id = insert.insert(params![series.name, series.unit, to_number(series.counting), labels])?;
        known.insert(series.clone(), KnownSeries { id, last: self.written });
        Ok(id)
    }

    /// Deletes some of the slices that are more than `most`, and the series of which none is left; says whether there were any.
    pub(super) fn make_room(&mut self, conn: &Connection, most: u64) -> rusqlite::Result<bool> {
        let deleted = make_room(conn, most)?;
        if deleted {
            self.forget();
        }
        Ok(deleted)
    }
}

/// Deletes a tenth of the series, with their slices: those that nothing was added to for longest.
fn forget_oldest(conn: &Connection, known: &mut HashMap<Series, KnownSeries>) -> rusqlite::Result<()> {
    let mut oldest: Vec<(u64, i64)> = known.values().map(|series| (series.last, series.id)).collect();
    oldest.sort_unstable();
    oldest.truncate(MAX_SERIES / 10);
    for (_, id) in &oldest {
        conn.prepare_cached("DELETE FROM metric_slices WHERE series = ?")?.execute([id])?;
        conn.prepare_cached("DELETE FROM metric_series WHERE id = ?")?.execute([id])?;
    }
    let last = oldest.last().copied().unwrap_or_default();
    known.retain(|_, series| (series.last, series.id) > last);
    Ok(())
}

/// Adds to the sample's slice. A count since the sender's start includes the one before.
fn add(conn: &Connection, series: i64, sample: &Sample) -> rusqlite::Result<()> {
    let slice = sample.time_unix_nano / 1_000_000_000 / SLICE_SECONDS;
    let Summary { count, sum, min, max, last } = sample.summary;
    let sql = match sample.series.counting {
        Counting::Running => {
            "INSERT INTO metric_slices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET
             count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max, last = excluded.last"
        }
        Counting::Added | Counting::Level => {
            "INSERT INTO metric_slices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET
             count = count + excluded.count, sum = sum + excluded.sum,
             min = min(coalesce(min, excluded.min), coalesce(excluded.min, min)),
             max = max(coalesce(max, excluded.max), coalesce(excluded.max, max)), last = excluded.last"
        }
    };
    // Far less than 2^63 in a slice, and SQLite's numbers have a sign.
    let (slice, count) = (slice as i64, count.min(1 << 50) as i64);
    conn.prepare_cached(sql)?.execute(params![series, slice, count, sum, min, max, last])?;
    Ok(())
}

fn make_room(conn: &Connection, most: u64) -> rusqlite::Result<bool> {
    let count: i64 = conn.query_row("SELECT count(*) FROM metric_slices", [], |row| row.get(0))?;
    let over = (count as u64).saturating_sub(most).min(GO_AT_ONCE) as i64;
    if over == 0 {
        return Ok(false);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let ahead = ((now + AHEAD_SECONDS) / SLICE_SECONDS) as i64;
    let deleted = conn.execute(
        "DELETE FROM metric_slices WHERE slice >= coalesce(
             (SELECT slice FROM metric_slices WHERE slice > ?1 ORDER BY slice DESC LIMIT 1 OFFSET ?2), ?1 + 1)",
        params![ahead, over - 1],
    )?;
    let over = over - deleted as i64;
    if over > 0 {
        let newest = "SELECT slice FROM metric_slices ORDER BY slice LIMIT 1 OFFSET ?";
        conn.execute(&format!("DELETE FROM metric_slices WHERE slice <= ({newest})"), [over - 1])?;
    }
    conn.execute("DELETE FROM metric_series WHERE id NOT IN (SELECT series FROM metric_slices)", [])?;
    Ok(true)
}

/// Returns all series, by name.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<SeriesRecord>> {
    let mut select =
        conn.prepare_cached("SELECT id, name, unit, counting, labels FROM metric_series ORDER BY name, id")?;
    let rows = select.query_map([], |row| {
        let labels: String = row.get(4)?;
        let labels: BTreeMap<String, String> = serde_json::from_str(&labels).unwrap_or_default();
        let series = Series { name: row.get(1)?, unit: row.get(2)?, counting: from_number(row.get(3)?), labels };
        Ok(SeriesRecord { id: row.get(0)?, series })
    })?;
    rows.collect()
}

/// Returns a series' slices from `from` (seconds since 1970) on, oldest first: the latest `limit` of them.
pub(super) fn slices(conn: &Connection, series: i64, from: u64, limit: u32) -> rusqlite::Result<Vec<(u64, Summary)>> {
    let mut select = conn.prepare_cached(
        "SELECT slice, count, sum, min, max, last FROM metric_slices WHERE series = ? AND slice >= ?
         ORDER BY slice DESC LIMIT ?",
    )?;
    let rows = select.query_map(params![series, (from / SLICE_SECONDS) as i64, limit], |row| {
        let slice: i64 = row.get(0)?;
        let count: i64 = row.get(1)?;
        let (sum, min, max, last) = (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
        let summary = Summary { count: count.max(0) as u64, sum, min, max, last };
        Ok((slice.max(0) as u64 * SLICE_SECONDS, summary))
    })?;
    let mut slices: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    slices.reverse();
    Ok(slices)
}

pub(super) fn probe(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("SELECT id FROM metric_series LIMIT 1", [], |_| Ok(())).optional()?;
    conn.query_row("SELECT series FROM metric_slices LIMIT 1", [], |_| Ok(())).optional()?;
    Ok(())
}

fn to_number(counting: Counting) -> u8 {
    match counting {
        Counting::Added => 0,
        Counting::Running => 1,
        Counting::Level => 2,
    }
}

fn from_number(number: u8) -> Counting {
    match number {
        1 => Counting::Running,
        2 => Counting::Level,
        _ => Counting::Added,
    }
}
