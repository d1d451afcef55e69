//! How fast traces come in, how much they take, and what each figure's limit on this machine is.
//!
//! Run by `cargo xtask bench`. The load is sent by this program to `spanglass serve` over the network, so that both share the
//! machine as they do in life. Each rate is the best of three runs, the limit's too: what disturbs a machine makes both slower.

mod agent;
mod client;
mod datagrams;
mod limits;
mod load;
mod report;
mod search;
mod serve;
mod stored;
mod way_in;
mod way_out;
mod words;
mod work;

use clap::Parser;
use report::Report;

#[derive(Parser)]
struct Arguments {
    /// How many spans of some 14 KB each
    #[arg(long, default_value_t = 15_000)]
    spans: usize,
    /// Spans in the stores that are sent to, listed and searched; 10,000,000 take some 10 GB and an hour
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1_000_000])]
    stored: Vec<u64>,
    /// Bytes of the store that is sent more than it may hold; 0 leaves that out
    #[arg(long, default_value_t = 50_000_000)]
    cap: u64,
    /// How many times the cap is sent, counted as sent: what is stored is a tenth or so
    #[arg(long, default_value_t = 40)]
    times: u64,
    /// Traces in the stores whose list is asked for
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 1_000_000])]
    listed: Vec<u64>,
    /// Only these parts: work, agents, others, datagrams, visible, list, open, stored, capped
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Where the report goes
    #[arg(long, default_value = "bench.json")]
    report: std::path::PathBuf,
    /// Handed over by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let wanted = |part: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == part);
    let mut report = Report::default();
    let load = load::agents(arguments.spans, 1);
    println!("{} spans in {} traces, {:.1} KB a span", load.spans, load.traces, load.span_bytes() / 1000.0);
    report.figure("bytes of a span as sent", load.span_bytes().round(), "bytes");
    let json = way_in::as_json(&load);
    if wanted("work") {
        work::decode(&load, &json, &mut report);
        let received = limits::received(&load);
        work::read(&received, load.spans, &mut report);
        work::redact(&received, &json, &mut report);
    }
    if wanted("agents") {
        way_in::agents(&load, &json, &mut report)?;
    }
    if wanted("others") {
        way_in::others(&mut report)?;
    }
    if wanted("datagrams") {
        datagrams::datagrams(&mut report)?;
    }
    if wanted("visible") {
        way_in::visible(&mut report)?;
    }
    if wanted("list") {
        way_out::list(&arguments.listed, &mut report)?;
    }
    if wanted("open") {
        way_out::open(&mut report)?;
    }
    if wanted("capped") && arguments.cap > 0 {
        way_in::capped(arguments.cap, arguments.times, &mut report)?;
    }
    if wanted("stored") {
        stored::stored(&arguments.stored, arguments.spans, &mut report)?;
    }
    std::fs::write(&arguments.report, report.json())?;
    println!("report: {}", arguments.report.display());
    Ok(())
}

/// Returns a folder beside the build and not in the system's temporary folder, which is memory on many machines.
fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
}
