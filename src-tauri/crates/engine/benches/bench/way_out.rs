//! Answers from a store with much in it, each beside the time it may take.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::client::{self, PROTOBUF};
use crate::report::Report;
use crate::serve::Serve;
use crate::{folder, load, way_in};

/// How many traces are sent in one go while a store is filled.
const FILLING: u64 = 100_000;

/// Questions per figure about the list.
const QUESTIONS: usize = 100;

/// Times that a trace is opened by a program that has just started.
const OPENINGS: usize = 5;

/// The list with so many traces, and how soon a program that starts on such a store is ready.
pub(crate) fn list(counts: &[u64], report: &mut Report) -> Result<()> {
    let folder = folder()?;
    let mut stored = 0;
    for &traces in counts {
        let serve = Serve::start(folder.path(), way_in::NO_CAP)?;
        while stored < traces {
            let filling = load::traces(FILLING.min(traces - stored), 3_000 + stored);
            client::send(serve.port, &filling, PROTOBUF, Duration::ZERO)?;
            stored += filling.traces;
        }
        let newest = questions(&serve, "/api/traces?limit=50")?;
        // The bar of a million is that of 95 of 100, the one before of an answer like any.
        let (percent, bar) = if traces > 100_000 { (95, 5) } else { (50, 1) };
        let name = format!("newest 50 of {traces} traces, {percent} of 100");
        report.within(&name, newest[newest.len() * percent / 100], Duration::from_millis(bar));
        serve.stop()?;
        let again = Serve::start(folder.path(), way_in::NO_CAP)?;
        report.within(&format!("ready on a store of {traces} traces"), again.ready, Duration::from_millis(50));
        again.stop()?;
    }
    Ok(())
}

/// Asks the same again and again; returns how long the answers took, sorted.
pub(crate) fn questions(serve: &Serve, path: &str) -> Result<Vec<Duration>> {
    let (mut connection, head) = serve.interface("GET", path)?;
    let mut times = Vec::with_capacity(QUESTIONS);
    while times.len() < QUESTIONS {
        let start = Instant::now();
        let (status, _) = connection.ask(&head, b"")?;
        ensure!(status == 200, "{path} was answered {status}");
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

/// A trace opened by a program that has just started: its first rows, all of them, and all that is in it.
pub(crate) fn open(report: &mut Report) -> Result<()> {
    let millis = Duration::from_millis;
    for (spans, first_rows, structure, whole) in [
        (1_000, None, Some(millis(3)), Some(millis(10))),
        (10_000, None, Some(millis(60)), None),
        (100_000, Some(millis(200)), None, None),
    ] {
        let folder = folder()?;
        let serve = Serve::start(folder.path(), way_in::NO_CAP)?;
        client::send(serve.port, &load::one_trace(spans, 7), PROTOBUF, Duration::ZERO)?;
        let list = serve.get("/api/traces?limit=1")?;
        let path = format!("/api/traces/{}", list["rows"][0]["summary"]["trace_id"].as_str().unwrap_or_default());
        serve.stop()?;
        if let Some(bar) = first_rows {
            let took = opened(folder.path(), |serve| window(serve, &path, 0, 100))?;
            report.within(&format!("open a trace of {spans} spans: first rows"), took, bar);
        }
        if let Some(bar) = structure {
            let took = opened(folder.path(), |serve| {
                (0..spans as u64).step_by(ROWS as usize).try_for_each(|from| window(serve, &path, from, ROWS))
            })?;
            report.within(&format!("open a trace of {spans} spans: all rows"), took, bar);
        }
        if let Some(bar) = whole {
            let took = opened(folder.path(), |serve| document(serve, &path))?;
            report.within(&format!("open a trace of {spans} spans: whole document"), took, bar);
        }
    }
    Ok(())
}

/// Rows of a timeline that are answered at once, at most.
const ROWS: u64 = 2_000;

fn window(serve: &Serve, path: &str, from: u64, rows: u64) -> Result<()> {
    let (mut connection, head) = serve.interface("POST", &format!("{path}/timeline"))?;
    let body = serde_json::json!({"from": from, "rows": rows}).to_string();
    let (status, answer) = connection.ask(&format!("{head}content-type: application/json\r\n"), body.as_bytes())?;
    ensure!(status == 200, "the timeline was answered {status}: {}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// Takes the whole document; reading its JSON would be the client's time.
fn document(serve: &Serve, path: &str) -> Result<()> {
    let (mut connection, head) = serve.interface("GET", &format!("{path}/document"))?;
    let (status, answer) = connection.ask(&head, b"")?;
    ensure!(status == 200 && answer.ends_with(b"]}"), "the document was answered {status}");
    Ok(())
}

/// Returns how long something takes of a program that has just started; the best of a few.
fn opened(folder: &std::path::Path, act: impl Fn(&Serve) -> Result<()>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..OPENINGS {
        let serve = Serve::start(folder, way_in::NO_CAP)?;
        // The connection to the store is made by the first question.
        serve.get("/api/traces?limit=1")?;
        let start = Instant::now();
        act(&serve)?;
        best = best.min(start.elapsed());
        serve.stop()?;
    }
    Ok(best)
}
