//! Searching a store of many spans: how long the first page of a filter takes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::report::Report;
use crate::serve::Serve;

/// The rows of a page.
const PAGE: usize = 50;

/// What is asked: common and rare, in the middle of words, of languages without blanks, and not there at all.
const FILTERS: [&str; 24] = [
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
    "duration>5s",
    "tokens>1000",
    "tokens>100000",
    "errors>0",
];

/// Asks a store with so many needles for each of the filters, some times over; `named` names a figure.
pub(crate) fn search(serve: &Serve, needles: u64, named: &dyn Fn(&str) -> String, report: &mut Report) -> Result<()> {
    let mut times = Vec::new();
    for round in 0..5 {
        for filter in FILTERS {
            let (time, found) = ask(serve, filter)?;
            if round == 0 {
                println!("{filter:<52} {found:>5} found in {:>8.2} ms", time.as_secs_f64() * 1e3);
            }
            times.push(time);
        }
    }
    ensure!(ask(serve, "天気は晴れ")?.1 == PAGE.min(needles as usize), "every needle is found");
    times.sort_unstable();
    report.millis(&named("search, first page, median"), times[times.len() / 2]);
    report.within(&named("search, first page, 95 of 100"), times[times.len() * 95 / 100], Duration::from_millis(300));
    report.millis(&named("search, first page, the longest"), times[times.len() - 1]);
    Ok(())
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
