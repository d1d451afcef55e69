//! Metrics by series: what each is about, and its numbers over time.

use serde::{Deserialize, Serialize};
use spanglass_trace::dialects::metrics::{About, about, unit};
use spanglass_trace::metric::{Counting, Summary};
use std::collections::BTreeMap;
use ts_rs::TS;

use crate::store::{Fault, Reading, SLICE_SECONDS};

/// How many series an answer holds.
const MAX_SERIES: usize = 500;

/// How many points of a series an answer holds: ten seconds each, so four hours.
const MAX_POINTS: u32 = 1_440;

/// Which metrics to answer with; empty = all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MetricsQuery {
    /// The name.
    pub name: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The endpoint.
    pub endpoint: Option<String>,
    /// The program.
    pub service: Option<String>,
    /// Points from here on, in seconds since 1970.
    pub from: u64,
}

/// Metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Metrics {
    /// The series, by name; at most 500.
    pub series: Vec<MetricSeries>,
    /// How many more there are.
    pub left_out: u32,
    /// How long a point is, in seconds.
    #[ts(type = "number")]
    pub slice_seconds: u64,
}

/// Numbers under one name with the same labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MetricSeries {
    /// The name as sent.
    pub name: String,
    /// The unit, such as `ns`, `s` or `{token}`; empty when unknown.
    pub unit: String,
    /// Whether a number is how much there is now; otherwise numbers are counted.
    pub is_level: bool,
    /// What it is about.
    pub about: About,
    /// All labels as sent.
    pub labels: BTreeMap<String, String>,
    /// The numbers, oldest first; at most the latest 1,440 slices.
    pub points: Vec<MetricPoint>,
}

/// The numbers of one slice of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MetricPoint {
    /// The start of the slice, in seconds since 1970.
    #[ts(type = "number")]
    pub time_unix: u64,
    /// How many numbers there were.
    #[ts(type = "number")]
    pub count: u64,
    /// All of them together.
    pub sum: f64,
    /// The smallest, when known.
    pub min: Option<f64>,
    /// The largest, when known.
    pub max: Option<f64>,
    /// The latest.
    pub last: f64,
}

pub(super) fn metrics(reading: &Reading<'_>, asked: &MetricsQuery) -> Result<Metrics, Fault> {
    let mut answer = Metrics { slice_seconds: SLICE_SECONDS, ..Metrics::default() };
    for record in reading.metric_series()? {
        let about = about(&record.series.labels);
        let fits = |asked: &Option<String>, is: Option<&String>| asked.is_none() || asked.as_ref() == is;
        let is_asked = fits(&asked.name, Some(&record.series.name))
            && fits(&asked.model, about.model.as_ref())
            && fits(&asked.endpoint, about.endpoint.as_ref())
            && fits(&asked.service, about.service.as_ref());
        if !is_asked {
            continue;
        }
        if answer.series.len() >= MAX_SERIES {
            answer.left_out += 1;
            continue;
        }
        let slices = reading.metric_slices(record.id, asked.from, MAX_POINTS)?;
        let counting = record.series.counting;
        let points = if counting == Counting::Running { steps(&slices) } else { slices.iter().map(point).collect() };
        answer.series.push(MetricSeries {
            unit: unit(&record.series).to_owned(),
            name: record.series.name,
            is_level: counting == Counting::Level,
            about,
            labels: record.series.labels,
            points,
        });
    }
    Ok(answer)
}

fn point((time_unix, summary): &(u64, Summary)) -> MetricPoint {
    let Summary { count, sum, min, max, last } = *summary;
    MetricPoint { time_unix: *time_unix, count, sum, min, max, last }
}

/// Returns what was added from slice to slice of numbers that include all before. A number that fell began anew.
fn steps(slices: &[(u64, Summary)]) -> Vec<MetricPoint> {
    let mut before = Summary { count: 0, sum: 0.0, min: None, max: None, last: 0.0 };
    let mut points = Vec::with_capacity(slices.len());
    for (time_unix, now) in slices {
        let is_anew = now.count < before.count || now.sum < before.sum;
        let (count, sum) = if is_anew { (0, 0.0) } else { (before.count, before.sum) };
        let step = Summary { count: now.count - count, sum: now.sum - sum, min: None, max: None, last: now.last };
        before = *now;
        points.push(point(&(*time_unix, step)));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_include_all_before_become_steps_and_a_restart_begins_anew() {
        let running = |count, sum| Summary { count, sum, min: Some(1.0), max: Some(9.0), last: sum };
        let slices = [(0, running(2, 10.0)), (10, running(5, 30.0)), (20, running(5, 30.0)), (30, running(1, 4.0))];
        let steps: Vec<(u64, f64)> = steps(&slices).iter().map(|point| (point.count, point.sum)).collect();
        assert_eq!(steps, [(2, 10.0), (3, 20.0), (0, 0.0), (1, 4.0)]);
    }
}
