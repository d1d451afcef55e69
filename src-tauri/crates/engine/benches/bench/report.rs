//! Figures beside their limits.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Runs per figure; the best counts: what disturbs a machine makes figure and limit slower.
pub(crate) const RUNS: usize = 3;

/// What was measured, in the order it was.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Value>,
}

impl Report {
    /// Adds how fast work was done, beside how fast its limit did the same.
    pub(crate) fn rate(&mut self, name: &str, spans: u64, took: Duration, limit: &str, limit_took: Duration) {
        let rate = |took: Duration| (spans as f64 / took.as_secs_f64()).round();
        self.ratio(name, rate(took), "spans/s", limit, rate(limit_took));
    }

    /// Adds a figure beside its limit, of which it is so many times.
    pub(crate) fn ratio(&mut self, name: &str, value: f64, unit: &str, limit: &str, limit_value: f64) {
        let ratio = value / limit_value;
        println!("{name:<52} {value:>12} {unit:<10} {ratio:>6.2} × {limit_value} ({limit})");
        self.figures.push(json!({
            "name": name, "value": value, "unit": unit,
            "limit": limit, "limit_value": limit_value, "ratio": rounded(ratio, 3),
        }));
    }

    /// Adds a figure that has no limit but the one that was set.
    pub(crate) fn figure(&mut self, name: &str, value: f64, unit: &str) {
        println!("{name:<52} {value:>12} {unit}");
        self.figures.push(json!({"name": name, "value": value, "unit": unit}));
    }

    /// Adds a time in milliseconds beside the one it may take.
    pub(crate) fn within(&mut self, name: &str, time: Duration, bar: Duration) {
        self.ratio(name, in_millis(time), "ms", "may take", in_millis(bar));
    }

    /// Adds a time in milliseconds.
    pub(crate) fn millis(&mut self, name: &str, time: Duration) {
        self.figure(name, in_millis(time), "ms");
    }

    pub(crate) fn json(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let report = json!({"format": "spanglass.bench/v2", "cores": cores, "figures": self.figures});
        format!("{report:#}\n")
    }
}

/// Returns a number with so many decimals.
pub(crate) fn rounded(number: f64, decimals: i32) -> f64 {
    (number * 10_f64.powi(decimals)).round() / 10_f64.powi(decimals)
}

fn in_millis(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3, 2)
}

/// Returns how long the fastest of the runs took.
pub(crate) fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}
