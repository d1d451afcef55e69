//! Stores of many spans: what comes in, is listed, opened and searched, each beside an empty store or the time it may take.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::client::{self, PROTOBUF};
use crate::load::{self, Load};
use crate::report::{Report, rounded};
use crate::serve::Serve;
use crate::way_out::questions;
use crate::{folder, search, way_in::NO_CAP};

/// The longest wait for the search index.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Brings one store to each of these sizes, the smallest first, and measures it there. A quarter of what it is filled with are
/// agents' calls with their conversations, the others are small; a needle is among every 20,000.
pub(crate) fn stored(counts: &[u64], spans: usize, report: &mut Report) -> Result<()> {
    let folder = folder()?;
    let mut serve = Serve::start(folder.path(), NO_CAP)?;
    let (empty, _) = rate(&serve, &load::agents(spans, 1_000))?;
    let (mut stored, mut needles) = (spans as u64, 0);
    for (n, &count) in counts.iter().enumerate() {
        let (begun, indexing) = (Instant::now(), serve.cpu_of("search-index")?);
        let from = stored;
        while stored < count {
            let (some, other) = (load::agents(5_000, 30_000 + stored), load::small(15_000, 40_000 + stored));
            for load in [some, other] {
                client::send(serve.port, &load, PROTOBUF, Duration::ZERO)?;
                stored += load.spans;
            }
            needles += 1;
            client::send(serve.port, &load::needle(needles), PROTOBUF, Duration::ZERO)?;
        }
        let named = |what: &str| format!("{count} stored: {what}");
        let behind = serve.get("/api/status")?["unindexed_spans"].as_u64().context("a number")?;
        report.figure(&named("spans the index is behind"), behind as f64, "spans");
        search::search(&serve, needles, &|what| named(&format!("{what}, right after sending")), report)?;
        let (full, sent) = rate(&serve, &load::agents(spans, 1_001 + n as u64))?;
        stored += spans as u64;
        report.ratio(&named("agents, protobuf"), full, "spans/s", "into an empty store", empty);
        report.millis(&named("agents, protobuf: answer, 99 of 100"), sent.percentile(99));
        let sent_at = Instant::now();
        while serve.get("/api/status")?["unindexed_spans"].as_u64().context("a number")? > 256 {
            ensure!(begun.elapsed() < PATIENCE, "the index does not come to an end");
            std::thread::sleep(Duration::from_secs(1));
        }
        report.millis(&named("until the index has caught up"), sent_at.elapsed());
        let indexing = (serve.cpu_of("search-index")? - indexing).mul_f64(10_000.0 / (stored - from) as f64);
        report.millis(&named("the index: CPU of 10,000 spans"), indexing);
        report.figure(&named("resident memory"), rounded(serve.memory("Rss")? as f64 / 1e6, 0), "MB");
        report.figure(&named("on disk, a span"), rounded(serve.disk()?.0 as f64 / stored as f64, 0), "bytes");
        let files = std::fs::read_dir(folder.path().join("index")).into_iter().flatten().flatten();
        let index: u64 = files.map(|file| size(&file)).sum();
        report.figure(&named("the index on disk, a span"), rounded(index as f64 / stored as f64, 0), "bytes");
        let newest = questions(&serve, "/api/traces?limit=50")?;
        report.within(&named("newest 50, 95 of 100"), newest[newest.len() * 95 / 100], Duration::from_millis(5));
        for by in ["session", "model"] {
            let begun = Instant::now();
            let traces =
                serve.get(&format!("/api/totals?by={by}&limit=50"))?["all"]["traces"].as_u64().context("a number")?;
            report.millis(&named(&format!("totals by {by} of {traces} traces")), begun.elapsed());
        }
        let trace = newest_agent(&serve)?;
        let opened = questions(&serve, &format!("/api/traces/{trace}"))?;
        report.millis(&named("open an agent's trace, median"), opened[opened.len() / 2]);
        search::search(&serve, needles, &named, report)?;
        serve.stop()?;
        serve = Serve::start(folder.path(), NO_CAP)?;
        report.within(&named("ready on it"), serve.ready, Duration::from_millis(50));
        std::thread::sleep(Duration::from_secs(3));
        let begun = serve.cpu()?;
        std::thread::sleep(Duration::from_secs(2));
        report.millis(&named("idle: CPU in two seconds"), serve.cpu()? - begun);
        let idle = rounded(serve.memory("Pss")? as f64 / 1e6, 1);
        report.ratio(&named("idle: proportional memory"), idle, "MB", "may be", 25.0);
    }
    serve.stop()?;
    Ok(())
}

/// Returns how many spans a second came in.
fn rate(serve: &Serve, load: &Load) -> Result<(f64, client::Sent)> {
    let sent = client::send(serve.port, load, PROTOBUF, Duration::ZERO)?;
    Ok(((load.spans as f64 / sent.took.as_secs_f64()).round(), sent))
}

fn newest_agent(serve: &Serve) -> Result<String> {
    let list = serve.get("/api/traces?limit=1")?;
    Ok(list["rows"][0]["summary"]["trace_id"].as_str().context("a trace")?.to_owned())
}

fn size(file: &std::fs::DirEntry) -> u64 {
    file.metadata().map_or(0, |file| file.len())
}
