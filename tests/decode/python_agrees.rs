//! What Google's protobuf for Python says of a request is what we read of it: from its protobuf, from its JSON, and from what we write
//! of it as JSON.
//!
//! Some requests are recorded in `tests/fixtures/otlp`. `SPANGLASS_PROTOBUF_PYTHON` names a Python that has `opentelemetry-proto`
//! and makes others, as many as `SPANGLASS_PROTOBUF_REQUESTS` says; `./dev test --long` has it make a million.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "requests come from a file or a program, and the environment says which"
)]

use std::fs::File;
use std::io::{BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use spanglass_trace::decode::{Budget, ReceivedLog, json_out, otlp_json, otlp_protobuf, stored};
use spanglass_trace::metric::{Counting, Sample, Series, Summary};
use spanglass_trace::span::{
    AnyValue, Attributes, Event, Link, LogRecord, Resource, Scope, Span, SpanId, Status, TraceId,
};

use super::requests::{as_json, decode_json, from_store, same};

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests");

/// A message of OTLP/JSON; of each kind, the members that are read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    resource_spans: Vec<Group>,
    resource_logs: Vec<Group>,
    resource_metrics: Vec<Group>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Group {
    resource: Around,
    scope: Around,
    schema_url: String,
    #[serde(alias = "scopeSpans", alias = "scopeLogs", alias = "scopeMetrics")]
    scopes: Vec<Group>,
    spans: Vec<Item>,
    log_records: Vec<Item>,
    metrics: Vec<Item>,
}

/// A resource or a scope.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
struct Around {
    name: String,
    version: String,
    attributes: Vec<Entry>,
    dropped_attributes_count: u32,
}

/// A span, one of its events or links, a log record or a metric.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    trace_state: String,
    flags: u32,
    name: String,
    kind: i32,
    start_time_unix_nano: Whole,
    end_time_unix_nano: Whole,
    time_unix_nano: Whole,
    observed_time_unix_nano: Whole,
    attributes: Vec<Entry>,
    dropped_attributes_count: u32,
    events: Vec<Item>,
    dropped_events_count: u32,
    links: Vec<Item>,
    dropped_links_count: u32,
    status: State,
    severity_number: i32,
    severity_text: String,
    event_name: String,
    body: Option<Value>,
    unit: String,
    gauge: Option<Data>,
    sum: Option<Data>,
    histogram: Option<Data>,
    exponential_histogram: Option<Data>,
    summary: Option<Data>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    code: i32,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Data {
    aggregation_temporality: i32,
    is_monotonic: bool,
    data_points: Vec<Point>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Point {
    attributes: Vec<Entry>,
    time_unix_nano: Whole,
    as_double: Option<Double>,
    as_int: Option<Whole>,
    count: Whole,
    sum: Option<Double>,
    min: Option<Double>,
    max: Option<Double>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct Entry {
    key: String,
    value: Value,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
struct Value {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Whole>,
    double_value: Option<Double>,
    array_value: Option<Values<Value>>,
    kvlist_value: Option<Values<Entry>>,
    bytes_value: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Values<T> {
    #[serde(default = "Vec::new")]
    values: Vec<T>,
}

/// A number of 64 bits, which stands as a text.
#[derive(Deserialize, Default, Clone)]
#[serde(transparent)]
struct Whole(String);

/// A double: a number or the text of one that JSON has not. As a number it is read from its own text, since `serde_json` rounds.
#[derive(Deserialize, Clone)]
#[serde(transparent)]
struct Double(Box<RawValue>);

impl Whole {
    fn unsigned(&self) -> u64 {
        if self.0.is_empty() { 0 } else { self.0.parse().unwrap() }
    }

    fn signed(&self) -> i64 {
        self.0.parse().unwrap()
    }
}

impl Double {
    fn read(&self) -> f64 {
        // Rust reads "NaN", "Infinity" and "-Infinity", too.
        self.0.get().trim_matches('"').parse().unwrap()
    }
}

impl Value {
    fn read(&self) -> AnyValue {
        use base64::Engine as _;
        let Self { string_value, bool_value, int_value, double_value, array_value, kvlist_value, bytes_value } = self;
        let bytes = |text: &String| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        let all = [
            string_value.clone().map(AnyValue::Str),
            bool_value.map(AnyValue::Bool),
            int_value.as_ref().map(|value| AnyValue::Int(value.signed())),
            double_value.as_ref().map(|value| AnyValue::Double(value.read())),
            array_value.as_ref().map(|list| AnyValue::Array(list.values.iter().map(Self::read).collect())),
            kvlist_value.as_ref().map(|map| AnyValue::Map(attributes(&map.values))),
            bytes_value.as_ref().map(|text| AnyValue::Bytes(bytes(text))),
        ];
        all.into_iter().flatten().next().unwrap_or(AnyValue::Null)
    }
}

fn attributes(entries: &[Entry]) -> Attributes {
    entries.iter().map(|entry| (entry.key.clone(), entry.value.read())).collect()
}

impl Around {
    fn resource(&self, schema_url: &str) -> Arc<Resource> {
        let Self { attributes: entries, dropped_attributes_count, .. } = self;
        let schema_url = schema_url.to_owned();
        Arc::new(Resource {
            attributes: attributes(entries),
            dropped_attributes: *dropped_attributes_count,
            schema_url,
        })
    }

    fn scope(&self, schema_url: &str) -> Arc<Scope> {
        let Self { name, version, attributes: entries, dropped_attributes_count } = self.clone();
        let (attributes, schema_url) = (attributes(&entries), schema_url.to_owned());
        Arc::new(Scope { name, version, attributes, dropped_attributes: dropped_attributes_count, schema_url })
    }
}

/// Returns the items of groups with what surrounds each.
fn items<'a>(
    groups: &'a [Group],
    of: impl Fn(&'a Group) -> &'a [Item] + 'a,
) -> impl Iterator<Item = (Arc<Resource>, Arc<Scope>, &'a Item)> {
    groups.iter().flat_map(move |group| {
        let resource = group.resource.resource(&group.schema_url);
        let scopes = group.scopes.iter().flat_map(|group| {
            let scope = group.scope.scope(&group.schema_url);
            of(group).iter().map(move |item| (scope.clone(), item)).collect::<Vec<_>>()
        });
        scopes.map(|(scope, item)| (resource.clone(), scope, item)).collect::<Vec<_>>()
    })
}

impl Item {
    /// Returns a span less what none may be: without ids, or with a parent that is no id.
    fn span(&self, resource: Arc<Resource>, scope: Arc<Scope>) -> Option<Span> {
        if ![0, 16].contains(&self.parent_span_id.len()) {
            return None;
        }
        let mut span = Span::new(self.trace_id.parse().ok()?, self.span_id.parse().ok()?, resource, scope);
        span.parent_span_id = self.parent_span_id.parse().ok();
        span.trace_state = self.trace_state.clone();
        span.flags = self.flags;
        span.name = self.name.clone();
        span.kind = self.kind;
        span.start_time_unix_nano = self.start_time_unix_nano.unsigned();
        span.end_time_unix_nano = self.end_time_unix_nano.unsigned();
        span.attributes = attributes(&self.attributes);
        span.dropped_attributes = self.dropped_attributes_count;
        span.events = self.events.iter().map(Self::event).collect();
        span.dropped_events = self.dropped_events_count;
        span.links = self.links.iter().filter_map(Self::link).collect();
        span.dropped_links = self.dropped_links_count;
        span.status = Status { code: self.status.code, message: self.status.message.clone() };
        Some(span)
    }

    fn event(&self) -> Event {
        Event {
            time_unix_nano: self.time_unix_nano.unsigned(),
            name: self.name.clone(),
            attributes: attributes(&self.attributes),
            dropped_attributes: self.dropped_attributes_count,
        }
    }

    fn link(&self) -> Option<Link> {
        Some(Link {
            trace_id: self.trace_id.parse().ok()?,
            span_id: self.span_id.parse().ok()?,
            trace_state: self.trace_state.clone(),
            flags: self.flags,
            attributes: attributes(&self.attributes),
            dropped_attributes: self.dropped_attributes_count,
        })
    }

    fn log(&self, resource: Arc<Resource>, scope: Arc<Scope>) -> LogRecord {
        LogRecord {
            time_unix_nano: self.time_unix_nano.unsigned(),
            observed_time_unix_nano: self.observed_time_unix_nano.unsigned(),
            severity_number: self.severity_number,
            severity_text: self.severity_text.clone(),
            event_name: self.event_name.clone(),
            body: self.body.as_ref().map_or(AnyValue::Null, Value::read),
            attributes: attributes(&self.attributes),
            dropped_attributes: self.dropped_attributes_count,
            flags: self.flags,
            trace_id: self.trace_id.parse::<TraceId>().ok(),
            span_id: self.span_id.parse::<SpanId>().ok(),
            ..LogRecord::new(resource, scope)
        }
    }

    /// Returns how many points a metric has, and the samples they are.
    fn samples(&self, resource: &Resource) -> (u64, Vec<Sample>) {
        let number = |point: &Point| {
            let number = point.as_double.as_ref().map(Double::read);
            let number = number.or(point.as_int.as_ref().map(|whole| whole.signed() as f64))?;
            Some(Summary::of(number, 1)).filter(|_| number.is_finite())
        };
        let distribution = |point: &Point| {
            let [sum, min, max] = [&point.sum, &point.min, &point.max].map(|told| told.as_ref().map(Double::read));
            let sum = sum.unwrap_or(0.0);
            Some(Summary { count: point.count.unsigned(), sum, min, max, last: sum }).filter(|_| sum.is_finite())
        };
        let (data, is_number) =
            match (&self.gauge, &self.sum, &self.histogram, &self.exponential_histogram, &self.summary) {
                (Some(data), ..) | (_, Some(data), ..) => (data, true),
                (_, _, Some(data), ..) | (.., Some(data), _) | (.., Some(data)) => (data, false),
                _ => return (0, Vec::new()),
            };
        let counting = match data.aggregation_temporality {
            _ if self.gauge.is_some() => Counting::Level,
            2 if self.sum.is_some() && !data.is_monotonic => Counting::Level,
            1 if self.summary.is_none() => Counting::Added,
            _ => Counting::Running,
        };
        let service =
            (!resource.service().is_empty()).then(|| ("service.name".to_owned(), resource.service().to_owned()));
        let samples = data.data_points.iter().filter_map(|point| {
            let summary = if is_number { number(point)? } else { distribution(point)? };
            let labels = attributes(&point.attributes).into_iter().filter_map(|(key, value)| {
                Some((
                    key,
                    match value {
                        AnyValue::Str(text) => text,
                        AnyValue::Int(number) => number.to_string(),
                        AnyValue::Double(number) => number.to_string(),
                        AnyValue::Bool(truth) => truth.to_string(),
                        _ => return None,
                    },
                ))
            });
            let series = Series::new(&self.name, &self.unit, counting, service.clone().into_iter().chain(labels));
            Some(Sample { series, time_unix_nano: point.time_unix_nano.unsigned(), summary })
        });
        (data.data_points.len() as u64, samples.collect())
    }
}

/// Writes a log record as one OTLP/JSON request.
fn log_as_json(received: &ReceivedLog) -> String {
    let members = |members: String| if members.is_empty() { members } else { members + "," };
    let resource = members(json_out::resource_members(&received.envelope));
    let scope = members(json_out::scope_members(&received.envelope));
    let mut line = format!(r#"{{"resourceLogs":[{{{resource}"scopeLogs":[{{{scope}"logRecords":["#);
    json_out::log(received.envelope.encoding, &received.raw, &mut line);
    line + "]}]}]}"
}

/// Says what is read otherwise than Python said.
fn difference(signal: u8, protobuf: Vec<u8>, json: Vec<u8>) -> Result<(), String> {
    let told: Told = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    let budget = Budget::default();
    let refused = |error: spanglass_trace::decode::DecodeError| error.to_string();
    let (protobuf, json) = (protobuf.into(), json.into());
    let is = |what: &str, ours: String, theirs: String| match ours == theirs {
        true => Ok(()),
        false => Err(format!("{what}\n  ours:   {ours}\n  theirs: {theirs}")),
    };
    match signal {
        0 => {
            let spans = items(&told.resource_spans, |group| &group.spans);
            let spans: Vec<Span> = spans.filter_map(|(resource, scope, item)| item.span(resource, scope)).collect();
            // A request of which nothing can be kept may be said to be of another kind.
            let all = otlp_protobuf::traces(&protobuf, budget).map_err(refused)?;
            let all_of_json = otlp_json::traces(&json, budget).map_err(refused)?;
            is("spans", format!("{} {}", all.spans.len(), all_of_json.spans.len()), format!("{0} {0}", spans.len()))?;
            for (theirs, (ours, of_json)) in spans.iter().zip(all.spans.iter().zip(&all_of_json.spans)) {
                let written = as_json(ours);
                let told: Told = serde_json::from_str(&written).map_err(|error| format!("{error}: {written}"))?;
                let mut read = items(&told.resource_spans, |group| &group.spans);
                let read = read.next().and_then(|(resource, scope, item)| item.span(resource, scope));
                let again = decode_json(written).map_err(refused)?;
                for (what, span) in [
                    ("protobuf", &ours.span),
                    ("JSON", &of_json.span),
                    ("protobuf, stored", &from_store(ours)),
                    ("JSON, stored", &from_store(of_json)),
                    ("written", &read.ok_or("a span that is written has no ids")?),
                    ("written, and read again", &again.spans[0].span),
                ] {
                    if !same(span, theirs) {
                        is(what, format!("{span:?}"), format!("{theirs:?}"))?;
                    }
                }
            }
        }
        1 => {
            let logs: Vec<LogRecord> = items(&told.resource_logs, |group| &group.log_records)
                .map(|(resource, scope, item)| item.log(resource, scope))
                .collect();
            let all = otlp_protobuf::logs(&protobuf, budget).map_err(refused)?;
            let all_of_json = otlp_json::logs(&json, budget).map_err(refused)?;
            is(
                "log records",
                format!("{} {}", all.logs.len(), all_of_json.logs.len()),
                format!("{0} {0}", logs.len()),
            )?;
            for (theirs, (ours, of_json)) in logs.iter().zip(all.logs.iter().zip(&all_of_json.logs)) {
                let written = log_as_json(ours);
                let told: Told = serde_json::from_str(&written).map_err(|error| format!("{error}: {written}"))?;
                let (resource, scope, item) =
                    items(&told.resource_logs, |group| &group.log_records).next().ok_or("nothing is written")?;
                let envelope = &ours.envelope;
                let around = (Arc::new(stored::resource(envelope)), Arc::new(stored::scope(envelope)));
                let kept = stored::log(envelope.encoding, &ours.raw, &around.0, &around.1)
                    .map_err(|error| format!("{error:?}"))?;
                for (what, log) in [
                    ("protobuf", &ours.log),
                    ("JSON", &of_json.log),
                    ("protobuf, stored", &kept),
                    ("written", &item.log(resource, scope)),
                ] {
                    is(what, format!("{log:?}"), format!("{theirs:?}"))?;
                }
            }
        }
        _ => {
            let told: Vec<(u64, Vec<Sample>)> = items(&told.resource_metrics, |group| &group.metrics)
                .map(|(resource, _, item)| item.samples(&resource))
                .collect();
            let count: u64 = told.iter().map(|(count, _)| count).sum();
            let samples: Vec<&Sample> = told.iter().flat_map(|(_, samples)| samples).collect();
            for (what, ours) in [
                ("protobuf", otlp_protobuf::metrics(&protobuf, budget).map_err(refused)?),
                ("JSON", otlp_json::metrics(&json, budget).map_err(refused)?),
            ] {
                is(what, format!("{} {:?}", ours.metric_points, ours.metrics), format!("{count} {samples:?}"))?;
            }
        }
    }
    Ok(())
}

/// Reads requests until there are no more; returns how many of each signal there were, and how many of them are read otherwise, with
/// the first of those.
fn compare(stream: impl Read) -> ([u64; 3], u64, Option<String>) {
    let mut stream = BufReader::new(stream);
    let (mut counts, mut wrong, mut first) = ([0; 3], 0, None);
    let mut signal = [0];
    while stream.read_exact(&mut signal).is_ok() {
        let [protobuf, json] = [(); 2].map(|()| {
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
            stream.read_exact(&mut bytes).unwrap();
            bytes
        });
        counts[usize::from(signal[0])] += 1;
        if let Err(said) = difference(signal[0], protobuf.clone(), json.clone()) {
            wrong += 1;
            let hex: String = protobuf.iter().map(|byte| format!("{byte:02x}")).collect();
            first.get_or_insert_with(|| {
                format!("signal {}: {said}\n  {}\n  {hex}", signal[0], String::from_utf8_lossy(&json))
            });
        }
    }
    (counts, wrong, first)
}

#[test]
fn what_python_says_of_a_request_is_what_we_read_of_it() {
    let Some(python) = std::env::var_os("SPANGLASS_PROTOBUF_PYTHON") else {
        let recorded = File::open(format!("{TESTS}/fixtures/otlp/protobuf-python.frames")).unwrap();
        let (counts, _, wrong) = compare(recorded);
        assert_eq!(wrong, None);
        assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
        return;
    };
    let requests: u64 = std::env::var("SPANGLASS_PROTOBUF_REQUESTS").map_or(10_000, |text| text.parse().unwrap());
    let seed: u64 = std::env::var("SPANGLASS_PROTOBUF_SEED").map_or(1, |text| text.parse().unwrap());
    let makers = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let came = std::thread::scope(|threads| {
        let made: Vec<_> = (0..makers)
            .map(|n| {
                let count = (requests / makers + u64::from(n < requests % makers)).to_string();
                let mut maker = Command::new(&python);
                maker.arg(format!("{TESTS}/decode/protobuf_python.py")).args([count, (seed * makers + n).to_string()]);
                threads.spawn(move || {
                    let mut maker = maker.stdout(Stdio::piped()).spawn().unwrap();
                    let came = compare(maker.stdout.take().unwrap());
                    assert!(maker.wait().unwrap().success(), "Python made no requests");
                    came
                })
            })
            .collect();
        made.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let counts = [0, 1, 2].map(|signal| came.iter().map(|(counts, ..)| counts[signal]).sum::<u64>());
    let wrong: u64 = came.iter().map(|(_, wrong, _)| wrong).sum();
    println!(
        "safety G31: {} requests made by protobuf for Python ({} of traces, {} of logs, {} of metrics): {wrong} read otherwise",
        counts.iter().sum::<u64>(),
        counts[0],
        counts[1],
        counts[2]
    );
    let first = came.iter().find_map(|(.., first)| first.as_ref());
    assert!(first.is_none(), "{}", first.map_or_else(String::new, |said| said.chars().take(6_000).collect()));
    assert_eq!(counts.iter().sum::<u64>(), requests);
}
