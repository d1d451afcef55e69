//! What is found in the pages of a damaged database: which table a page is of is told by the form of its rows.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::path::Path;

use spanglass_trace::span::TraceId;

use super::Salvaged;
use super::pages::{Page, Pages};
use super::rows::{self, Cell, Holds, Kind, Value};
use crate::store::payloads::{self, Contents, Place};
use crate::store::{Batch, NewLog, NewSpan, StoredEnvelope, logs, spans, unseal};

/// A batch takes nothing further once it holds this many bytes.
const BATCH_BYTES: usize = 4 << 20;

/// Where everything stands in a damaged database, and how far it was read.
pub(super) struct Found {
    pages: Pages,
    /// By its number; `None` = it was being deleted.
    traces: HashMap<i64, Option<TraceId>>,
    aliases: Vec<(TraceId, TraceId)>,
    envelopes: HashMap<i64, StoredEnvelope>,
    /// Envelope and place of what was replaced, by span.
    revisions: HashMap<i64, Vec<(i64, Place)>>,
    payloads: Payloads,
    contents: Contents,
    /// Pages of spans and of log records that are not read yet, the next one last.
    left: Vec<(Table, u32)>,
}

/// The pages of blocks, each after its first id, sorted.
struct Payloads(Vec<(i64, u32)>);

/// The tables that are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Traces,
    Spans,
    Logs,
    Payloads,
    Envelopes,
    Revisions,
}

/// Returns the table that has rows of this form.
fn table(row: &[Kind]) -> Option<Table> {
    use Kind::{Blob, Int, Null};
    let numbers = |row: &[Kind]| row.iter().all(|kind| *kind == Int);
    Some(match row {
        [Null, Blob | Null, middle @ .., Blob | Null] if middle.len() == 5 && numbers(middle) => Table::Traces,
        [Null, middle @ .., Blob] if middle.len() == 10 && numbers(middle) => Table::Spans,
        [Null, Int, Int, Int, Blob] => Table::Payloads,
        [Null, Int, Int, Blob, Blob] => Table::Envelopes,
        [Null, rest @ ..] if rest.len() == 7 && numbers(rest) => Table::Logs,
        [Null, rest @ ..] if rest.len() == 6 && numbers(rest) => Table::Revisions,
        _ => return None,
    })
}

impl Found {
    /// Looks at every page.
    pub(super) fn look(database: &Path, log: &Path) -> io::Result<Self> {
        let mut found = Self {
            pages: Pages::open(database, log)?,
            traces: HashMap::new(),
            aliases: Vec::new(),
            envelopes: HashMap::new(),
            revisions: HashMap::new(),
            payloads: Payloads(Vec::new()),
            contents: Contents::default(),
            left: Vec::new(),
        };
        let (mut map, mut leaves, mut pairs) = (None, Vec::new(), Vec::new());
        for number in 2..=found.pages.count {
            if found.pages.is_free(&mut map, number) {
                continue;
            }
            let Some(page) = found.pages.get(number) else { continue };
            match rows::holds(&page) {
                Holds::Rows => {
                    let mut told =
                        rows::cells(&page).filter_map(|cell| Some((cell.id, table(&rows::kinds(&page, cell)?)?)));
                    if let Some((first, table)) = told.next() {
                        leaves.push((table, first, number));
                        found.read_small(table, &page);
                    }
                }
                Holds::Entries => found.read_entries(&page, &mut pairs),
                Holds::Else => {}
            }
        }
        leaves.sort_unstable();
        let of = |table: Table| leaves.iter().filter(move |leaf| leaf.0 == table);
        found.payloads.0 = of(Table::Payloads).map(|(_, first, number)| (*first, *number)).collect();
        // Log records after spans, as a span's own record of them comes to the same either way.
        found.left =
            of(Table::Spans).chain(of(Table::Logs)).rev().map(|(table, _, number)| (*table, *number)).collect();
        found.keep_aliases(pairs);
        Ok(found)
    }

    /// Reads a page of what is kept in memory.
    fn read_small(&mut self, table: Table, page: &Page) {
        if !matches!(table, Table::Traces | Table::Envelopes | Table::Revisions) {
            return;
        }
        for cell in rows::cells(page) {
            let Some(row) = rows::read(&mut self.pages, page, cell) else { continue };
            match (table, &row[..]) {
                (Table::Traces, [_, Value::Blob(id), ..]) => {
                    self.traces.insert(cell.id, TraceId::from_slice(id));
                }
                (Table::Traces, _) => {
                    self.traces.insert(cell.id, None);
                }
                (
                    Table::Envelopes,
                    [_, Value::Int(crc), Value::Int(encoding), Value::Blob(resource), Value::Blob(scope)],
                ) => {
                    let (resource, scope) = (resource.clone().into(), scope.clone().into());
                    let envelope = StoredEnvelope { encoding: *encoding as u8, resource, scope };
                    if i64::from(envelope.crc()) == *crc {
                        self.envelopes.insert(cell.id, envelope);
                    }
                }
                (Table::Revisions, row) => {
                    let Some([span, envelope, payload, at, size, sum]) = numbers(row) else { continue };
                    self.revisions
                        .entry(span)
                        .or_default()
                        .extend(place([payload, at, size, sum]).map(|at| (envelope, at)));
                }
                _ => {}
            }
        }
    }

    /// Reads a page of the index of traces by name, which says what a damaged page of traces said; and those of other names.
    fn read_entries(&mut self, page: &Page, pairs: &mut Vec<(TraceId, TraceId)>) {
        for cell in rows::cells(page) {
            match rows::kinds(page, cell).as_deref() {
                Some([Kind::Blob, Kind::Int | Kind::Blob]) => {}
                _ => return,
            }
            match rows::read(&mut self.pages, page, cell).as_deref() {
                Some([Value::Blob(id), Value::Int(trace)]) => {
                    if let Some(id) = TraceId::from_slice(id) {
                        self.traces.entry(*trace).or_insert(Some(id));
                    }
                }
                Some([Value::Blob(one), Value::Blob(other)]) => {
                    pairs.extend(TraceId::from_slice(one).zip(TraceId::from_slice(other)));
                }
                _ => {}
            }
        }
    }

    /// Keeps the other names of traces. They stand in two orders, in their table and in its index.
    fn keep_aliases(&mut self, pairs: Vec<(TraceId, TraceId)>) {
        let mut known: Vec<TraceId> = self.traces.values().flatten().copied().collect();
        known.sort_unstable();
        let is_trace = |id: &TraceId| known.binary_search(id).is_ok();
        let named = |(one, other)| if is_trace(&other) { (one, other) } else { (other, one) };
        self.aliases = pairs.into_iter().map(named).filter(|(_, trace)| is_trace(trace)).collect();
        self.aliases.sort_unstable();
        self.aliases.dedup();
    }

    /// Returns the next `limit` spans and log records or some more, none = there are no more; and how many of them could be read.
    pub(super) fn next(&mut self, limit: usize) -> (Batch, Salvaged) {
        let salvaged = Salvaged::default();
        let mut making = Making { batch: Batch::default(), places: HashMap::new(), bytes: 0, salvaged };
        making.batch.aliases = std::mem::take(&mut self.aliases);
        while making.batch.spans.len() + making.batch.logs.len() < limit
            && making.bytes < BATCH_BYTES
            && let Some((table, number)) = self.left.pop()
        {
            let Some(page) = self.pages.get(number) else { continue };
            for cell in rows::cells(&page) {
                let row = rows::read(&mut self.pages, &page, cell);
                let kept = row.and_then(|row| match table {
                    Table::Spans => self.add_span(cell.id, row, &mut making),
                    _ => self.add_log(row, &mut making),
                });
                match kept {
                    Some(true) => making.salvaged.kept += 1,
                    Some(false) => {}
                    None => making.salvaged.lost += 1,
                }
            }
        }
        (making.batch, making.salvaged)
    }

    /// Adds a span after what it replaced, unless it was being deleted; says whether. `None` = its bytes are not there.
    fn add_span(&mut self, id: i64, mut row: Vec<Value>, making: &mut Making) -> Option<bool> {
        let Some(Value::Blob(digest)) = row.pop() else { return None };
        let [trace, span_id, envelope, payload, at, size, sum, ended, _, reading] = numbers(&row)?;
        let Some(trace_id) = *self.traces.get(&trace)? else { return Some(false) };
        let span_id = spans::from_key(span_id);
        let (envelope, content) = self.content(place([payload, at, size, sum])?, envelope, making)?;
        for (envelope, place) in self.revisions.remove(&id).unwrap_or_default() {
            if let Some((envelope, content)) = self.content(place, envelope, making) {
                let digest = Vec::new();
                let new = NewSpan { trace_id, span_id, envelope, content, ended: 0, reading: 0, digest };
                making.batch.spans.push(new);
            }
        }
        // A digest that is not what was stored is made again.
        let reading = unseal(&digest).and_then(|_| u32::try_from(reading).ok()).unwrap_or(0);
        let ended = ended.max(0) as u64;
        making.batch.spans.push(NewSpan { trace_id, span_id, envelope, content, ended, reading, digest });
        Some(true)
    }

    /// Adds a log record as [`Self::add_span`] does a span.
    fn add_log(&mut self, row: Vec<Value>, making: &mut Making) -> Option<bool> {
        let [trace, span_id, sum, envelope, payload, at, size] = numbers(&row)?;
        let trace_id = match trace {
            logs::NO_TRACE => None,
            trace => match *self.traces.get(&trace)? {
                Some(trace_id) => Some(trace_id),
                None => return Some(false),
            },
        };
        let (envelope, content) = self.content(place([payload, at, size, sum])?, envelope, making)?;
        let span_id = (span_id != 0).then(|| spans::from_key(span_id));
        making.batch.logs.push(NewLog { trace_id, span_id, envelope, content });
        Some(true)
    }

    /// Returns bytes that match their checksum, and the place of their envelope in the batch.
    fn content(&mut self, place: Place, envelope: i64, making: &mut Making) -> Option<(usize, bytes::Bytes)> {
        let (pages, payloads) = (&mut self.pages, &self.payloads);
        let found = self.contents.get_from(|id| Ok::<_, Infallible>(payloads.get(pages, id)), place, envelope);
        let Ok(content) = found;
        let content = content.ok()?;
        let Making { batch, places, bytes, .. } = making;
        let place = *places.entry(envelope).or_insert_with(|| {
            let stored = self.envelopes.get(&envelope).cloned();
            batch.envelopes.push(stored.unwrap_or_else(|| StoredEnvelope::lost(&content)));
            batch.envelopes.len() - 1
        });
        *bytes += content.len();
        Some((place, content))
    }
}

/// A batch that is being made.
struct Making {
    batch: Batch,
    /// Where in it an envelope is.
    places: HashMap<i64, usize>,
    bytes: usize,
    salvaged: Salvaged,
}

impl Payloads {
    fn get(&self, pages: &mut Pages, id: i64) -> Option<payloads::Row> {
        let after = self.0.partition_point(|(first, _)| *first <= id);
        let page = pages.get(self.0.get(after.checked_sub(1)?)?.1)?;
        let cell = rows::cells(&page).find(|cell: &Cell| cell.id == id)?;
        let row = <[Value; 5]>::try_from(rows::read(pages, &page, cell)?).ok()?;
        let [_, Value::Int(codec), Value::Int(size), Value::Int(base), Value::Blob(bytes)] = row else { return None };
        Some(payloads::Row { codec: u8::try_from(codec).ok()?, size, base, bytes })
    }
}

/// Returns the numbers of a row behind its id; `None` when there are not so many.
fn numbers<const N: usize>(row: &[Value]) -> Option<[i64; N]> {
    let number = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
    row.get(1..)?.iter().map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// Returns the place that these say.
fn place([payload, at, size, sum]: [i64; 4]) -> Option<Place> {
    let number = |number: i64| u32::try_from(number).ok();
    Some(Place { payload, at: number(at)?, size: number(size)?, sum: number(sum)? })
}
