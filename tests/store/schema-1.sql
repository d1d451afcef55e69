PRAGMA page_size = 4096;
PRAGMA auto_vacuum = INCREMENTAL;
CREATE TABLE counters (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,        -- the change sequence
    next_trace INTEGER NOT NULL, -- the id the next trace gets; never given twice
    traces INTEGER NOT NULL,     -- with at least one span
    spans INTEGER NOT NULL,
    logs INTEGER NOT NULL
);
CREATE TABLE traces (
    id INTEGER PRIMARY KEY,
    trace_id BLOB UNIQUE,                   -- 16 bytes; NULL while it is being deleted
    version INTEGER NOT NULL,               -- the change sequence of its last change
    spans INTEGER NOT NULL,
    logs INTEGER NOT NULL,
    row_version INTEGER NOT NULL DEFAULT 0, -- the version that `row` is of
    row_reading INTEGER NOT NULL DEFAULT 0, -- the reading version that `row` was made with; 0 = it must be made again
    row BLOB                                -- sealed
);
CREATE INDEX traces_listed ON traces (id) WHERE spans > 0;
CREATE INDEX traces_by_reading ON traces (row_reading, id) WHERE spans > 0;
CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL,      -- traces.id
    span_id INTEGER NOT NULL,    -- its eight bytes, big-endian
    envelope INTEGER NOT NULL,   -- envelopes.id
    payload INTEGER NOT NULL,    -- payloads.id
    ended INTEGER NOT NULL,      -- whether it has an end time
    duplicates INTEGER NOT NULL, -- how many further times it was received
    reading INTEGER NOT NULL,    -- the reading version of the digest; 0 = it must be made again
    digest BLOB NOT NULL         -- sealed
);
CREATE UNIQUE INDEX spans_by_trace ON spans (trace, span_id);
CREATE TABLE payloads (
    id INTEGER PRIMARY KEY,
    codec INTEGER NOT NULL,
    size INTEGER NOT NULL,   -- of the content, in bytes
    crc INTEGER NOT NULL,    -- CRC32C of codec, size, bytes and the envelope's id
    bytes BLOB NOT NULL
);
CREATE TABLE envelopes (
    id INTEGER PRIMARY KEY,
    crc INTEGER NOT NULL,       -- CRC32C of encoding, the resource's length, resource and scope
    encoding INTEGER NOT NULL,
    resource BLOB NOT NULL,
    scope BLOB NOT NULL
);
CREATE INDEX envelopes_by_crc ON envelopes (crc);
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL,     -- traces.id; 0 = it belongs to none
    span_id INTEGER NOT NULL,   -- its eight bytes, big-endian; 0 = it belongs to none
    sum INTEGER NOT NULL,       -- CRC32C of its bytes
    envelope INTEGER NOT NULL,
    payload INTEGER NOT NULL
);
CREATE INDEX logs_by_span ON logs (trace, span_id, sum);
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    span INTEGER NOT NULL,      -- spans.id
    envelope INTEGER NOT NULL,
    payload INTEGER NOT NULL
);
CREATE INDEX revisions_by_span ON revisions (span);
PRAGMA application_id = 1397770060;
PRAGMA user_version = 1;
