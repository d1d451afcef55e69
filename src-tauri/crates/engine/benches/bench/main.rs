//! How fast traces are decoded, read, stored and opened, each beside the limit it runs against on this machine.
//!
//! Run by `cargo xtask bench`. Arguments: how many spans, and the file the report goes to. Each figure is the best of three
//! runs, the limit's too: what disturbs a machine makes both slower.

mod limits;
mod load;
mod report;
mod work;

use report::Report;

fn main() -> anyhow::Result<()> {
    // `cargo bench` adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let spans = arguments.next().map_or(Ok(15_000), |spans| spans.parse())?;
    let file = arguments.next().unwrap_or_else(|| "bench.json".to_owned());

    let load = load::make(spans);
    println!("{} spans in {} requests, {:.1} KB a span", load.spans, load.requests.len(), load.span_bytes() / 1000.0);
    let mut report = Report::new(&load);
    work::decode(&load, &mut report)?;
    work::read(&load, &mut report)?;
    work::insert_and_open(&load, &mut report)?;
    std::fs::write(&file, report.json())?;
    println!("report: {file}");
    Ok(())
}
