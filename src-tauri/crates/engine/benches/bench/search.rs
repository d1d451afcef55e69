//! Searching a store of many spans: how long the first page of a filter takes, what the index takes on disk, and what it costs
//! the way in.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::client::{self, PROTOBUF};
use crate::load;
use crate::report::{Report, rounded};
use crate::serve::Serve;
use crate::{folder, way_in::NO_CAP};

/// The rows of a page.
const PAGE: usize = 50;

/// The longest wait for the index.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// What is asked: common and rare, in the middle of words, of languages without blanks, and not there at all.
const FILTERS: [&str; 20] = [
    "\"the\"",
    "天気は晴れ",
    "気は",
    "größenvergl",
    "ößenver",
    "\"needle 7 of\"",
    "needle",
    "haystac",
    "tool:weather",
    "tool=get_weather kind:tool",
    "model:gpt-4o 天気",
    "attr.http.route:/v1/forecast",
    "attr.http.route=/v1/forecast",
    "nowhere_to_be_found",
    "\"nobody ever said this\"",
    "тишина",
    "session:conversation-0",
    "kind:llm -status:error",
    "name:researcher tokens>1000",
    "duration>3h",
];

/// Fills a store with so many spans, a needle every 20,000, and searches it.
pub(crate) fn search(spans: u64, report: &mut Report) -> Result<()> {
    let folder = folder()?;
    let serve = Serve::start(folder.path(), NO_CAP)?;
    let (mut stored, mut needles, mut took) = (0, 0, Duration::ZERO);
    while stored < spans {
        // A quarter are agents' calls with their conversations; the others are small.
        let (some, other) = (load::agents(5_000, 30_000 + stored), load::small(15_000, 40_000 + stored));
        for load in [some, other] {
            took += client::send(serve.port, &load, PROTOBUF, Duration::ZERO)?.took;
            stored += load.spans;
        }
        needles += 1;
        client::send(serve.port, &load::needle(needles), PROTOBUF, Duration::ZERO)?;
    }
    report.figure("search: spans stored", stored as f64, "spans");
    report.figure("search: sent while indexing", rounded(stored as f64 / took.as_secs_f64(), 0), "spans/s");
    let begun = Instant::now();
    while serve.get("/api/status")?["unindexed_spans"].as_u64().context("a number")? > 256 {
        ensure!(begun.elapsed() < PATIENCE, "the index does not come to an end");
        std::thread::sleep(Duration::from_secs(1));
    }
    report.millis("search: until all of it is indexed", begun.elapsed());
    let index: u64 = std::fs::read_dir(folder.path().join("index"))?.flatten().map(|file| size(&file)).sum();
    report.figure("search: index on disk, a span", rounded(index as f64 / stored as f64, 0), "bytes");
    let (all, _) = serve.disk()?;
    report.figure("search: all on disk, a span", rounded(all as f64 / stored as f64, 0), "bytes");
    let mut times = Vec::new();
    for round in 0..5 {
        for filter in FILTERS {
            let (time, found) = ask(&serve, filter)?;
            if round == 0 {
                println!("{filter:<52} {found:>5} found in {:>8.2} ms", time.as_secs_f64() * 1e3);
            }
            times.push(time);
        }
    }
    ensure!(ask(&serve, "天気は晴れ")?.1 == PAGE.min(needles as usize), "every needle is found");
    times.sort_unstable();
    report.millis("search: first page, median", times[times.len() / 2]);
    report.millis("search: first page, 95 of 100", times[times.len() * 95 / 100]);
    report.millis("search: first page, the longest", times[times.len() - 1]);
    serve.stop()?;
    Ok(())
}

fn size(file: &std::fs::DirEntry) -> u64 {
    file.metadata().map_or(0, |file| file.len())
}

/// Asks for the first page, from the parts it comes in; returns how long that took and how many were found.
fn ask(serve: &Serve, filter: &str) -> Result<(Duration, usize)> {
    let begun = Instant::now();
    let (mut found, mut before) = (0, String::new());
    loop {
        let escaped: String = filter.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let page: Value = serve.get(&format!("/api/traces?limit={}&before={before}&filter={escaped}", PAGE - found))?;
        found += page["rows"].as_array().context("rows")?.len();
        match page["next"].as_str() {
            Some(next) if found < PAGE => next.clone_into(&mut before),
            _ => return Ok((begun.elapsed(), found)),
        }
    }
}
