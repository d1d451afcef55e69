//! Figures beside their limits.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::Load;

/// Runs per figure; the best counts.
const RUNS: usize = 3;

pub(crate) struct Report {
    spans: u64,
    span_bytes: f64,
    rows: Vec<Value>,
}

impl Report {
    pub(crate) fn new(load: &Load) -> Self {
        println!("{:<34} {:>12} {:>12} {:>7}  limit", "", "spans/s", "limit", "ratio");
        Self { spans: load.spans, span_bytes: load.span_bytes(), rows: Vec::new() }
    }

    /// Adds a figure: how long the work on this many spans took, and how long its limit took on as many.
    pub(crate) fn add(&mut self, name: &str, spans: u64, took: Duration, limit: &str, limit_took: Duration) {
        let rate = |took: Duration| spans as f64 / took.as_secs_f64();
        let ratio = limit_took.as_secs_f64() / took.as_secs_f64();
        println!("{name:<34} {:>12.0} {:>12.0} {ratio:>7.2}  {limit}", rate(took), rate(limit_took));
        self.rows.push(json!({
            "name": name,
            "spans_per_s": rate(took).round(),
            "mb_per_s": (rate(took) * self.span_bytes / 1e6).round(),
            "limit": limit,
            "limit_spans_per_s": rate(limit_took).round(),
            "ratio": (ratio * 1000.0).round() / 1000.0,
        }));
    }

    pub(crate) fn json(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let report = json!({
            "format": "spanglass.bench/v1",
            "spans": self.spans,
            "span_bytes": self.span_bytes.round(),
            "cores": cores,
            "figures": self.rows,
        });
        format!("{report:#}\n")
    }
}

/// Returns how long the fastest of three runs took.
pub(crate) fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}
