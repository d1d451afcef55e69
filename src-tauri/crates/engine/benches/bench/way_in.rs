//! The way in, measured from outside: a load is sent to the running program, and counts once it is committed and can be asked
//! for.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;

use crate::client::{self, PROTOBUF, Sent, Way};
use crate::load::{self, CONNECTIONS, Load};
use crate::report::{RUNS, Report, rounded};
use crate::serve::Serve;
use crate::{folder, limits};

/// A cap that is never reached.
pub(crate) const NO_CAP: &str = "1TB";

/// What a load did to a program that was started for it.
struct Run {
    sent: Sent,
    /// User and system time of the program, per 10,000 spans.
    cpu: Duration,
    disk: u64,
    rss: u64,
}

/// Sends a load to a fresh program and asks it whether everything is there.
fn run(load: &Load, way: Way, pace: Duration) -> Result<Run> {
    let folder = folder()?;
    let serve = Serve::start(folder.path(), NO_CAP)?;
    let begun = serve.cpu()?;
    let sent = client::send(serve.port, load, way, pace)?;
    let list = serve.get("/api/traces?limit=1")?;
    ensure!(list["total"] == load.traces, "{} of {} traces are there", list["total"], load.traces);
    let cpu = (serve.cpu()? - begun).mul_f64(10_000.0 / load.spans as f64);
    let rss = serve.memory("Rss")?;
    Ok(Run { sent, cpu, rss, disk: serve.stop()? })
}

/// Returns the run that was fastest.
fn fastest(load: &Load, way: Way) -> Result<Run> {
    let runs = (0..RUNS).map(|_| run(load, way, Duration::ZERO)).collect::<Result<Vec<_>>>()?;
    runs.into_iter().min_by_key(|run| run.sent.took).context("a run")
}

/// The realistic load by every way in, beside the bare database and the bare disk.
pub(crate) fn agents(load: &Load, json: &Load, report: &mut Report) -> Result<()> {
    let received = limits::received(load);
    let folder = folder()?;
    let path = |run: usize| folder.path().join(format!("raw-{run}"));
    let sqlite = (0..RUNS).map(|n| limits::insert(&path(n), &received, CONNECTIONS)).collect::<Result<Vec<_>>>()?;
    let sqlite = sqlite.into_iter().min().context("a run")?;
    let disk = limits::write(&path(RUNS), &received, CONNECTIONS)?;
    drop((received, folder));

    let protobuf = fastest(load, PROTOBUF)?;
    let took = protobuf.sent.took;
    report.rate("agents, protobuf", load.spans, took, "rusqlite, FULL, the same spans as they are", sqlite);
    report.rate("agents, protobuf", load.spans, took, "the disk, the same bytes in a row", disk);
    report.millis("agents, protobuf: CPU of 10,000 spans", protobuf.cpu);
    report.millis("agents, protobuf: answer, median", protobuf.sent.percentile(50));
    report.millis("agents, protobuf: answer, 99 of 100", protobuf.sent.percentile(99));
    let per_span = |bytes: u64| rounded(bytes as f64 / load.spans as f64, 0);
    report.ratio("agents: on disk, a span", per_span(protobuf.disk), "bytes", "as sent", rounded(load.span_bytes(), 0));
    let json_bytes = per_span(json.bytes);
    report.ratio("agents: on disk, a span", per_span(protobuf.disk), "bytes", "as sent in JSON", json_bytes);
    report.figure("agents: resident after it", rounded(protobuf.rss as f64 / 1e6, 0), "MB");

    // Half of what it can take: so many requests a second and connection.
    let requests = load.connections[0].len() as u32;
    let half = run(load, PROTOBUF, took * 2 / requests)?;
    report.millis("agents, protobuf, half the rate: answer, 99 of 100", half.sent.percentile(99));

    let gzip = load.map(compress);
    report.figure("agents: gzip of the requests, a span", per_span(gzip.bytes), "bytes");
    let gzip_way = Way::Http { content_type: "application/x-protobuf", encoding: Some("gzip") };
    let json_way = Way::Http { content_type: "application/json", encoding: None };
    for (name, load, way) in
        [("gRPC", load, Way::Grpc), ("gzip of protobuf", &gzip, gzip_way), ("JSON", json, json_way)]
    {
        let run = fastest(load, way)?;
        report.rate(
            &format!("agents, {name}"),
            load.spans,
            run.sent.took,
            "rusqlite, FULL, the same spans as they are",
            sqlite,
        );
        report.millis(&format!("agents, {name}: CPU of 10,000 spans"), run.cpu);
    }
    Ok(())
}

fn compress(body: &Bytes) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory").into()
}

/// Spans that are many and small, one by one, and many in one trace.
pub(crate) fn others(report: &mut Report) -> Result<()> {
    let small = load::small(100_000, 2);
    let ran = fastest(&small, PROTOBUF)?;
    report.figure(
        "small spans, 256 a request",
        rounded(small.spans as f64 / ran.sent.took.as_secs_f64(), 0),
        "spans/s",
    );
    report.millis("small spans: CPU of 10,000 spans", ran.cpu);
    let per_span = rounded(ran.disk as f64 / small.spans as f64, 0);
    report.ratio("small spans: on disk, a span", per_span, "bytes", "as sent", rounded(small.span_bytes(), 0));

    let single = load::single(3_000, 3);
    let ran = fastest(&single, PROTOBUF)?;
    let rate = rounded(single.spans as f64 / ran.sent.took.as_secs_f64(), 0);
    report.figure("one span a request on one connection", rate, "spans/s");
    report.millis("one span a request: answer, median", ran.sent.percentile(50));

    let large = load::one_trace(10_000, 4);
    report.millis("a trace of 10,000 spans", fastest(&large, PROTOBUF)?.sent.took);

    let agent = load::one_agent(50, 5);
    let json = as_json(&agent);
    // What a fresh store takes is not the agent's.
    let folder = folder()?;
    let empty = Serve::start(folder.path(), NO_CAP)?.stop()?;
    let kept = rounded((run(&agent, PROTOBUF, Duration::ZERO)?.disk - empty) as f64, 0);
    report.ratio("an agent of 50 turns: on disk", kept, "bytes", "as sent in JSON", json.bytes as f64);
    Ok(())
}

/// From the first byte of a request to the answer of the interface that shows it.
pub(crate) fn visible(report: &mut Report) -> Result<()> {
    let folder = folder()?;
    let serve = Serve::start(folder.path(), NO_CAP)?;
    let (mut interface, list) = serve.interface("GET", "/api/traces?limit=1")?;
    let mut sender = client::Connection::open(serve.port)?;
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/x-protobuf\r\n",
        serve.port
    );
    let mut times = Vec::new();
    for (n, request) in load::single(500, 6).requests().enumerate() {
        let start = Instant::now();
        let (status, _) = sender.ask(&head, request)?;
        ensure!(status == 200, "it was answered {status}");
        let (_, body) = interface.ask(&list, b"")?;
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        ensure!(answer["total"] == n as u64 + 1, "a trace was answered and is not there");
        times.push(start.elapsed());
    }
    times.sort_unstable();
    report.millis("sent to visible, median", times[times.len() / 2]);
    report.millis("sent to visible, 95 of 100", times[times.len() * 95 / 100]);
    serve.stop()?;
    let again = Serve::start(folder.path(), NO_CAP)?;
    report.within("start on that store until every listener accepts", again.ready, Duration::from_millis(50));
    std::thread::sleep(Duration::from_secs(3));
    let begun = again.cpu()?;
    std::thread::sleep(Duration::from_secs(2));
    report.millis("idle: CPU in two seconds", again.cpu()? - begun);
    report.ratio("idle: proportional memory", rounded(again.memory("Pss")? as f64 / 1e6, 1), "MB", "may be", 25.0);
    Ok(())
}

/// So many times the cap is sent: how much the store takes at most, and how long an answer takes meanwhile.
pub(crate) fn capped(cap: u64, times: u64, report: &mut Report) -> Result<()> {
    let folder = folder()?;
    let serve = Serve::start(folder.path(), &cap.to_string())?;
    let (mut most, mut log, mut sent, mut answers) = (0, 0, 0, Vec::new());
    for seed in 100.. {
        let load = load::agents(15_000, seed);
        let ran = std::thread::scope(|threads| {
            let sending = threads.spawn(|| client::send(serve.port, &load, PROTOBUF, Duration::ZERO));
            while !sending.is_finished() {
                let (all, of_log) = serve.disk()?;
                (most, log) = (most.max(all), log.max(of_log));
                std::thread::sleep(Duration::from_millis(20));
            }
            sending.join().expect("no panic")
        })?;
        answers.extend(ran.answers);
        sent += load.bytes;
        if sent >= cap * times {
            break;
        }
    }
    answers.sort_unstable();
    let listed = serve.get("/api/traces?limit=1")?["total"].as_u64().context("a number")?;
    report.ratio("capped store: most bytes on disk", most as f64, "bytes", "the cap", cap as f64);
    report.figure("capped store: most bytes of write-ahead log", log as f64, "bytes");
    report.ratio("capped store: sent", sent as f64, "bytes", "the cap", cap as f64);
    report.figure("capped store: traces at the end", listed as f64, "traces");
    report.millis("capped store: answer, 99 of 100", answers[answers.len() * 99 / 100]);
    Ok(())
}

/// Returns a load in JSON.
pub(crate) fn as_json(load: &Load) -> Load {
    load.map(|request| {
        let received = spanglass_trace::decode::otlp_protobuf::traces(request, Default::default());
        let mut requests = spanglass_engine::share::requests(&received.expect("a valid request"));
        requests.swap_remove(0).1
    })
}
