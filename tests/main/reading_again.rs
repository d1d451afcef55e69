//! What an older program read is read again: in the background, the opened trace first, while spans arrive and over restarts.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;
use spanglass_engine::prices::STAMPS;
use spanglass_engine::store::{seal, unseal};
use spanglass_trace::reading::READING_VERSION;

use crate::app::App;
use crate::http::{self, Request};
use crate::otlp;

/// Traces with one span, and the spans of the large trace, which is the last one.
const SMALL: u64 = 40;
const LARGE: u64 = 5_000;

/// What the older program took for every span's name.
const OLD_NAME: &str = "as an older version reads it";

fn database(data_dir: &Path) -> Connection {
    let conn = Connection::open(data_dir.join("traces.db")).expect("a database");
    conn.busy_timeout(Duration::from_secs(10)).expect("a pragma");
    conn
}

fn count(conn: &Connection, what: &str) -> u64 {
    conn.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get::<_, i64>(0)).expect("a count") as u64
}

/// Asks until the answer is yes, for a minute at most.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "a minute went by and not: {what}");
        std::thread::yield_now();
    }
}

fn call(n: u64, trace: u64) -> opentelemetry_proto::tonic::trace::v1::Span {
    let mut span = otlp::span(n);
    span.trace_id = u128::from(trace).to_be_bytes().to_vec();
    let text = |key: &str, value: &str| otlp::text_attribute(key, value.to_owned());
    span.attributes = vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.request.model", "gpt-4o-mini"),
        text(
            "gen_ai.input.messages",
            r#"[{"role":"user","parts":[{"type":"text","content":"What is the weather?"}]}]"#,
        ),
    ];
    span
}

/// Fills a folder and makes of it what an older program would have left: every digest and row of another reading version, and
/// another name in each.
fn left_by_an_older_program(data_dir: &Path) {
    let app = App::start_in(data_dir, &[]);
    for n in 1..=SMALL {
        app.store(&otlp::traces(vec![call(n, n)]));
    }
    for from in (0..LARGE).step_by(1_000) {
        app.store(&otlp::traces((from..from + 1_000).map(|n| call(1_000 + n, SMALL + 1)).collect()));
    }
    let conn = database(data_dir);
    let stale = format!("traces WHERE row_reading NOT BETWEEN {} AND {}", STAMPS.start(), STAMPS.end());
    wait_until("rows are kept", || count(&conn, &stale) == 0);
    let (status, _) = app.stop();
    assert!(status.success());
    let older = |sealed: Vec<u8>| {
        let mut value: Value = serde_json::from_slice(unseal(&sealed).expect("whole")).expect("JSON");
        let name = value.pointer_mut("/summary/name").map(std::mem::take);
        let at = if name.is_some() { "/summary/name" } else { "/name" };
        *value.pointer_mut(at).expect("a name") = OLD_NAME.into();
        seal(value.to_string().as_bytes())
    };
    let transaction = conn.unchecked_transaction().expect("a transaction");
    for (select, update) in [
        ("SELECT id, digest FROM spans", "UPDATE spans SET reading = 1, digest = ?2 WHERE id = ?1"),
        ("SELECT id, row FROM traces", "UPDATE traces SET row_reading = 1, row = ?2 WHERE id = ?1"),
    ] {
        let mut select = transaction.prepare(select).expect("a query");
        let all = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).expect("rows");
        for (id, sealed) in all.collect::<Result<Vec<_>, _>>().expect("rows") {
            transaction.execute(update, rusqlite::params![id, older(sealed)]).expect("an update");
        }
    }
    transaction.commit().expect("a commit");
}

/// Sends one span after another until `enough`; returns the 99th percentile of every hundred answers' times, in the middle.
fn p99_while(port: u16, first: u64, enough: &dyn Fn() -> bool) -> (u64, Duration) {
    let mut connection = http::Connection::open(port);
    let (mut sent, mut rounds) = (first, Vec::new());
    while rounds.len() < 3 || !enough() {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..100 {
            let request = Request::post("/v1/traces").protobuf(&otlp::traces(vec![call(sent, sent)]));
            let begun = Instant::now();
            assert_eq!(connection.send(&request).status, 200);
            times.push(begun.elapsed());
            sent += 1;
        }
        times.sort_unstable();
        rounds.push(times[98]);
    }
    rounds.sort_unstable();
    (sent - first, rounds[rounds.len() / 2])
}

#[test]
fn what_an_older_version_read_is_read_again_while_spans_arrive() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    left_by_an_older_program(dir.path());
    let conn = database(dir.path());
    let again = format!("spans WHERE reading = {READING_VERSION}");
    let all = SMALL + LARGE;

    let app = App::start_in(dir.path(), &[]);
    // Said while nothing is read again yet: that begins a moment later.
    wait_until("how much there is to read again is said", || {
        app.get("/api/status")["reading_again"]["of"] == SMALL + 1
    });
    // The list shows what there is, at once; an opened trace is read anew.
    let exported = app.ask("GET", &format!("/api/traces/{}/export", otlp::trace_id(1)), b"");
    let list = app.get("/api/traces");
    assert!(list["rows"].as_array().is_some_and(|rows| rows.len() as u64 == SMALL + 1), "{list}");
    let opened = app.run_json(&["show", &otlp::trace_id(SMALL + 1), "--json"]);
    assert_eq!(opened["spans"].as_array().map(Vec::len), Some(LARGE as usize));
    assert!(opened["spans"][0]["name"].as_str().is_some_and(|name| name.starts_with("span ")));

    // Killed in the middle, it goes on where it was.
    wait_until("reading again has begun", || count(&conn, &again) > 0);
    app.kill();
    let kept = count(&conn, &again);
    assert!(kept < all, "all {all} were read again before the kill");
    let app = App::start_in(dir.path(), &[]);
    wait_until("how much is left to be read again is said", || {
        let of = app.get("/api/status")["reading_again"]["of"].as_u64();
        of.is_some_and(|of| (1..=SMALL + 1).contains(&of))
    });
    assert!(count(&conn, &again) >= kept);

    let status = || app.get("/api/status")["reading_again"].clone();
    let (sent, during) = p99_while(app.http_port(), 1_000_000, &|| status().is_null());
    let (_, after) = p99_while(app.http_port(), 2_000_000, &|| true);
    println!("p99 of an answer while reading again: {during:?} ({sent} requests), without: {after:?}");
    assert!(during < after * 3 + Duration::from_millis(50), "{during:?} while reading again, {after:?} without");

    wait_until("every digest is read again", || {
        count(&conn, &format!("spans WHERE reading != {READING_VERSION}")) == 0
    });
    for n in [1, SMALL + 1] {
        let head = app.get(&format!("/api/traces/{}", otlp::trace_id(n)));
        let name = head["row"]["summary"]["name"].as_str();
        assert!(name.is_some_and(|name| name.starts_with("span ")), "{head}");
    }
    let old = format!("spans WHERE instr(digest, '{OLD_NAME}') > 0");
    assert_eq!(count(&conn, &old), 0);
    let later = app.ask("GET", &format!("/api/traces/{}/export", otlp::trace_id(1)), b"");
    assert_eq!(exported.body, later.body, "an export is of the bytes received");
}

#[test]
fn the_list_shows_the_older_reading_until_the_newer_is_there() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    left_by_an_older_program(dir.path());
    let conn = database(dir.path());
    let app = App::start_in(dir.path(), &[]);
    let listed = |n: u64| {
        let list = app.get("/api/traces?limit=1000");
        let rows = list["rows"].as_array().expect("rows").clone();
        let row = rows.into_iter().find(|row| row["summary"]["trace_id"] == otlp::trace_id(n).as_str());
        (row.expect("it is listed")["summary"]["name"].clone(), list["seq"].as_u64().expect("a number"))
    };
    let (name, seq) = listed(SMALL + 1);
    assert_eq!(name, OLD_NAME, "5,000 spans cannot be read again before the first answer");
    app.get(&format!("/api/traces/{}/document", otlp::trace_id(SMALL + 1)));
    wait_until("the opened trace is read again", || {
        count(
            &conn,
            &format!("traces WHERE row_reading BETWEEN {} AND {} AND spans = {LARGE}", STAMPS.start(), STAMPS.end()),
        ) == 1
    });
    // Whoever follows the changes is told.
    let changes = app.get(&format!("/api/changes?since={seq}&wait_ms=20000"));
    assert!(changes["seq"].as_u64() > Some(seq), "{changes}");
    assert_ne!(listed(SMALL + 1).0, OLD_NAME);
}
