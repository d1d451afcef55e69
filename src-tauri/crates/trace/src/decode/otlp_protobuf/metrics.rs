//! OTLP metrics from their protobuf: field numbers.
//!
//! Source: opentelemetry-proto 1.11, `metrics.proto`.

use super::super::complaints::Notes;
use std::borrow::Cow;

use super::super::MAX_DEPTH;
use super::super::points::{Data, Metric, Point, Points};
use super::super::wire::{Fields, Wire};
use super::common::Builder;
use super::text_of_field;
use crate::span::Attributes;

/// Where the points of a kind of data keep what.
struct Layout {
    attributes: u32,
    min_max: Option<(u32, u32)>,
}

/// Adds the points of one `Metric` of this service.
pub(super) fn metric(metric: &[u8], service: &str, points: &mut Points) {
    let (name, unit) = (&*text_of_field(metric, 1), &*text_of_field(metric, 3));
    let Some((number_of_data, bytes)) = data(metric) else { return };
    let (data, layout) = match number_of_data {
        5 => (Data::Gauge, Layout { attributes: 7, min_max: None }),
        7 => (Data::Sum, Layout { attributes: 7, min_max: None }),
        9 => (Data::Histogram, Layout { attributes: 9, min_max: Some((11, 12)) }),
        10 => (Data::Histogram, Layout { attributes: 1, min_max: Some((12, 13)) }),
        _ => (Data::Summary, Layout { attributes: 7, min_max: None }),
    };
    let (temporality, is_monotonic) = (number(&bytes, 2) as i32, number(&bytes, 3) != 0);
    let metric = Metric { name, unit, service, data, temporality, is_monotonic };
    for point in Fields::of(&bytes).map_while(Result::ok).filter(|field| field.number == 1) {
        let Wire::Bytes(point) = point.value else { continue };
        points.add(&metric, || layout.point(point));
    }
}

/// Returns the field that holds a metric's data: the last of them counts, with what stands right before it under the same number,
/// as protobuf merges.
fn data(metric: &[u8]) -> Option<(u32, Cow<'_, [u8]>)> {
    let mut data: Option<(u32, Cow<'_, [u8]>)> = None;
    for field in Fields::of(metric).map_while(Result::ok).filter(|field| [5, 7, 9, 10, 11].contains(&field.number)) {
        let Wire::Bytes(bytes) = field.value else { continue };
        match &mut data {
            Some((number, pieces)) if *number == field.number => pieces.to_mut().extend_from_slice(bytes),
            _ => data = Some((field.number, Cow::Borrowed(bytes))),
        }
    }
    data
}

/// Returns a number; 0 when it is not there.
fn number(data: &[u8], wanted: u32) -> u64 {
    let found = Fields::of(data).map_while(Result::ok).filter(|field| field.number == wanted).last();
    found.and_then(|field| if let Wire::Varint(number) = field.value { Some(number) } else { None }).unwrap_or(0)
}

impl Layout {
    fn point(&self, bytes: &[u8]) -> Option<Point> {
        let mut labels = Attributes::new();
        let mut builder = Builder { depth: MAX_DEPTH, notes: &mut Notes::default() };
        let mut point = Point::default();
        for field in Fields::of(bytes) {
            let field = field.ok()?;
            match (field.number, field.value) {
                (3, Wire::Fixed64(time)) => point.time_unix_nano = time,
                (n, Wire::Bytes(_)) if n == self.attributes => {
                    builder.attribute("a label", &field, &mut labels).ok()?;
                }
                (4, Wire::Fixed64(bits)) => (point.number, point.count) = (Some(f64::from_bits(bits)), bits),
                (5, Wire::Fixed64(bits)) => point.sum = f64::from_bits(bits),
                (6, Wire::Fixed64(bits)) => point.number = Some(bits as i64 as f64),
                (n, Wire::Fixed64(bits)) if self.min_max.is_some_and(|(min, _)| min == n) => {
                    point.min = Some(f64::from_bits(bits));
                }
                (n, Wire::Fixed64(bits)) if self.min_max.is_some_and(|(_, max)| max == n) => {
                    point.max = Some(f64::from_bits(bits));
                }
                _ => {}
            }
        }
        Some(Point { labels, ..point })
    }
}
