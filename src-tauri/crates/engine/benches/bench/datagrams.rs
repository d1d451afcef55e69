//! Metrics over dogstatsd, a hundred thousand datagrams a second, while traces come in.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::client::{self, PROTOBUF};
use crate::report::Report;
use crate::serve::Serve;
use crate::way_in::NO_CAP;
use crate::{folder, load};

/// How many are sent, and how many each thousandth of a second.
const DATAGRAMS: u64 = 300_000;
const BURST: u64 = 100;

/// How old what was received may be before it is stored.
const SETTLED: Duration = Duration::from_secs(10);

pub(crate) fn datagrams(report: &mut Report) -> Result<()> {
    let folder = folder()?;
    let serve = Serve::start(folder.path(), NO_CAP)?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(("127.0.0.1", serve.statsd_port))?;
    let load = load::small(20_000, 9);
    let took = std::thread::scope(|threads| {
        let traces = threads.spawn(|| client::send(serve.port, &load, PROTOBUF, Duration::from_millis(150)));
        let begun = Instant::now();
        for n in 0..DATAGRAMS {
            if n % BURST == 0 {
                let due = begun + Duration::from_millis(n / BURST);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            socket
                .send(b"openai.tokens.total:7|d|#openai.model:gpt-4o,openai.endpoint:chat.completions,service:demo")?;
        }
        let took = begun.elapsed();
        traces.join().expect("no panic")?;
        anyhow::Ok(took)
    })?;
    let begun = Instant::now();
    let (taken, spans) = loop {
        let status = serve.get("/api/status")?;
        let count = |name: &str| status["received"][name].as_u64().context("a number");
        let (taken, dropped, spans) = (count("metric_points")?, count("dropped_metric_points")?, count("spans")?);
        if taken + dropped == DATAGRAMS && spans == load.spans {
            break (taken, spans);
        }
        ensure!(begun.elapsed() < SETTLED, "{taken} datagrams were taken, {dropped} dropped, {spans} spans stored");
        std::thread::sleep(Duration::from_millis(50));
    };
    let rate = (DATAGRAMS as f64 / took.as_secs_f64()).round();
    report.ratio("dogstatsd: sent, with traces beside them", rate, "/s", "what is asked for", 100_000.0);
    report.ratio("dogstatsd: taken", taken as f64, "datagrams", "sent", DATAGRAMS as f64);
    report.ratio("dogstatsd: spans stored meanwhile", spans as f64, "spans", "sent", load.spans as f64);
    serve.stop()?;
    Ok(())
}
