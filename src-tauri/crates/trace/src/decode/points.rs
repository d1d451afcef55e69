//! Data points of OTLP metrics as samples, in whatever encoding they came. What a point cannot say of itself (buckets, quantiles,
//! exemplars) is not kept.
//!
//! Source: opentelemetry-proto 1.11, `metrics.proto`.

use crate::metric::{Counting, Sample, Series, Summary};
use crate::span::{AnyValue, Attributes};

/// How many data points of a request are kept; the others are counted.
const MAX_POINTS: usize = 100_000;

/// The points of one request.
#[derive(Default)]
pub(super) struct Points {
    pub(super) samples: Vec<Sample>,
    pub(super) count: u64,
}

/// What kind of data a metric has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Gauge,
    Sum,
    /// Of either kind of buckets.
    Histogram,
    Summary,
}

/// What all points of a metric share.
pub(super) struct Metric<'a> {
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    /// The program; empty when it did not say.
    pub(super) service: &'a str,
    pub(super) data: Data,
    /// 1 = since the last export, 2 = since the start.
    pub(super) temporality: i32,
    pub(super) is_monotonic: bool,
}

/// A point as sent. A gauge and a sum have a number, the others `count` and `sum`.
#[derive(Default)]
pub(super) struct Point {
    pub(super) labels: Attributes,
    pub(super) time_unix_nano: u64,
    pub(super) number: Option<f64>,
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

impl Points {
    /// Adds a point; `None` is one that could not be read.
    pub(super) fn add(&mut self, metric: &Metric<'_>, point: impl FnOnce() -> Option<Point>) {
        self.count += 1;
        if self.samples.len() < MAX_POINTS {
            self.samples.extend(point().and_then(|point| metric.sample(point)));
        }
    }
}

impl Metric<'_> {
    fn sample(&self, point: Point) -> Option<Sample> {
        let Point { labels, time_unix_nano, number, count, sum, min, max } = point;
        let summary = match self.data {
            Data::Gauge | Data::Sum => Summary::of(number?, 1),
            Data::Histogram | Data::Summary => Summary { count, sum, min, max, last: sum },
        };
        let finite = [summary.sum, summary.last].iter().all(|number| number.is_finite());
        let labels = labels.into_iter().filter_map(|(key, value)| Some((key, text(&value)?)));
        let service = (!self.service.is_empty()).then(|| ("service.name".to_owned(), self.service.to_owned()));
        finite.then(|| Sample {
            series: Series::new(self.name, self.unit, self.counting(), service.into_iter().chain(labels)),
            time_unix_nano,
            summary,
        })
    }

    fn counting(&self) -> Counting {
        match (self.data, self.temporality) {
            (Data::Gauge, _) => Counting::Level,
            // A sum that may fall is how much there is now.
            (Data::Sum, 2) if !self.is_monotonic => Counting::Level,
            (Data::Sum | Data::Histogram, 1) => Counting::Added,
            _ => Counting::Running,
        }
    }
}

fn text(value: &AnyValue) -> Option<String> {
    match value {
        AnyValue::Str(text) => Some(text.clone()),
        AnyValue::Int(number) => Some(number.to_string()),
        AnyValue::Double(number) => Some(number.to_string()),
        AnyValue::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
