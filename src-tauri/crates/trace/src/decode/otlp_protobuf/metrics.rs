//! OTLP metrics: their data points as samples. What a point cannot say of itself (buckets, quantiles, exemplars) is not kept.
//!
//! Source: opentelemetry-proto 1.11, `metrics.proto`.

use super::super::complaints::Notes;
use super::super::wire::{Fields, Wire};
use super::common::Builder;
use super::text_of_field;
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

/// Where a kind of data keeps what; field numbers.
struct Layout {
    attributes: u32,
    value: Of,
    min_max: Option<(u32, u32)>,
}

enum Of {
    Number,
    Distribution,
}

impl Points {
    /// Adds the points of one `Metric` of this service.
    pub(super) fn metric(&mut self, metric: &[u8], service: &str) {
        let (name, unit) = (text_of_field(metric, 1), text_of_field(metric, 3));
        for field in Fields::of(metric).map_while(Result::ok) {
            let Wire::Bytes(data) = field.value else { continue };
            let layout = match field.number {
                5 | 7 => Layout { attributes: 7, value: Of::Number, min_max: None },
                9 => Layout { attributes: 9, value: Of::Distribution, min_max: Some((11, 12)) },
                10 => Layout { attributes: 1, value: Of::Distribution, min_max: Some((12, 13)) },
                11 => Layout { attributes: 7, value: Of::Distribution, min_max: None },
                _ => continue,
            };
            let counting = counting(field.number, data);
            for point in Fields::of(data).map_while(Result::ok).filter(|field| field.number == 1) {
                let Wire::Bytes(point) = point.value else { continue };
                self.count += 1;
                if self.samples.len() < MAX_POINTS
                    && let Some(sample) = layout.sample(point, &name, &unit, counting, service)
                {
                    self.samples.push(sample);
                }
            }
        }
    }
}

/// A sum that only grows, and a distribution, are counted since the last export or since the start.
fn counting(data_kind: u32, data: &[u8]) -> Counting {
    let number = |wanted| {
        let found = Fields::of(data).map_while(Result::ok).filter(|field| field.number == wanted).last();
        found.and_then(|field| if let Wire::Varint(number) = field.value { Some(number) } else { None }).unwrap_or(0)
    };
    match (data_kind, number(2), number(3)) {
        (5, ..) => Counting::Level,
        // A sum that may fall is how much there is now.
        (7, 2, 0) => Counting::Level,
        (7 | 9 | 10, 1, _) => Counting::Added,
        _ => Counting::Running,
    }
}

impl Layout {
    fn sample(&self, point: &[u8], name: &str, unit: &str, counting: Counting, service: &str) -> Option<Sample> {
        let mut labels = Attributes::new();
        let mut builder = Builder { depth: 1, notes: &mut Notes::default() };
        let (mut time_unix_nano, mut number, mut count, mut sum) = (0, None, 0, 0.0);
        let (mut min, mut max) = (None, None);
        for field in Fields::of(point) {
            let field = field.ok()?;
            match (field.number, field.value) {
                (3, Wire::Fixed64(time)) => time_unix_nano = time,
                (n, Wire::Bytes(_)) if n == self.attributes => {
                    builder.attribute("a label", &field, &mut labels).ok()?;
                }
                (4, Wire::Fixed64(bits)) => (number, count) = (Some(f64::from_bits(bits)), bits),
                (5, Wire::Fixed64(bits)) => sum = f64::from_bits(bits),
                (6, Wire::Fixed64(bits)) => number = Some(bits as i64 as f64),
                (n, Wire::Fixed64(bits)) if self.min_max.is_some_and(|(min, _)| min == n) => {
                    min = Some(f64::from_bits(bits));
                }
                (n, Wire::Fixed64(bits)) if self.min_max.is_some_and(|(_, max)| max == n) => {
                    max = Some(f64::from_bits(bits));
                }
                _ => {}
            }
        }
        let summary = match self.value {
            Of::Number => Summary::of(number?, 1),
            Of::Distribution => Summary { count, sum, min, max, last: sum },
        };
        let finite = [summary.sum, summary.last].iter().all(|number| number.is_finite());
        let labels = labels.into_iter().filter_map(|(key, value)| Some((key, text(&value)?)));
        let service = (!service.is_empty()).then(|| ("service.name".to_owned(), service.to_owned()));
        finite.then(|| Sample {
            series: Series::new(name, unit, counting, service.into_iter().chain(labels)),
            time_unix_nano,
            summary,
        })
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
