//! OTLP metrics from their JSON.

use super::super::MAX_DEPTH;
use super::super::complaints::Notes;
use super::super::json::{Kind, Value};
use super::super::points::{Data, Metric, Point, Points};
use super::common::{Builder, Fault, enumeration, int, list, number, object};

const TEMPORALITIES: &[&str] = &["UNSPECIFIED", "DELTA", "CUMULATIVE"];

/// Adds the points of one `Metric` of this service. A point that cannot be read is counted.
pub(super) fn metric(metric: Value<'_, '_>, service: &str, points: &mut Points) {
    let Kind::Object(members) = metric.kind() else { return };
    let mut notes = Notes::default();
    let mut builder = Builder::new(MAX_DEPTH, u64::MAX, &mut notes);
    let (mut name, mut unit, mut all) = (String::new(), String::new(), Vec::new());
    for (key, value) in members {
        let data = match &*key.read().0 {
            "name" => {
                name = builder.text("name", value).unwrap_or_default();
                continue;
            }
            "unit" => {
                unit = builder.text("unit", value).unwrap_or_default();
                continue;
            }
            "gauge" => Data::Gauge,
            "sum" => Data::Sum,
            "histogram" | "exponentialHistogram" | "exponential_histogram" => Data::Histogram,
            "summary" => Data::Summary,
            _ => continue,
        };
        all.push((data, value));
    }
    for (data, value) in all {
        let Kind::Object(members) = value.kind() else { continue };
        let (mut temporality, mut is_monotonic, mut sent) = (0, false, None);
        for (key, value) in members {
            match &*key.read().0 {
                "aggregationTemporality" | "aggregation_temporality" => {
                    let told = enumeration("temporality", "AGGREGATION_TEMPORALITY_", TEMPORALITIES, value);
                    temporality = told.unwrap_or_default();
                }
                "isMonotonic" | "is_monotonic" => is_monotonic = matches!(value.kind(), Kind::Bool(true)),
                "dataPoints" | "data_points" => sent = list("dataPoints", value).ok(),
                _ => {}
            }
        }
        let metric = Metric { name: &name, unit: &unit, service, data, temporality, is_monotonic };
        for each in sent.into_iter().flatten() {
            points.add(&metric, || point(&mut builder, each).ok());
        }
    }
}

fn point(builder: &mut Builder<'_>, value: Value<'_, '_>) -> Result<Point, Fault> {
    let mut point = Point::default();
    for (key, value) in object("a data point", value)?.filter(|(_, value)| !value.is_null()) {
        match &*key.read().0 {
            "attributes" => builder.attributes("attributes", value, &mut point.labels)?,
            "timeUnixNano" | "time_unix_nano" => point.time_unix_nano = int("timeUnixNano", value)?,
            "asDouble" | "as_double" => point.number = Some(number(value)?),
            "asInt" | "as_int" => point.number = Some(int::<i64>("asInt", value)? as f64),
            "count" => point.count = int("count", value)?,
            "sum" => point.sum = number(value)?,
            "min" => point.min = Some(number(value)?),
            "max" => point.max = Some(number(value)?),
            _ => {}
        }
    }
    Ok(point)
}
