//! Metrics: sent over dogstatsd and OTLP, asked for by name, model and endpoint.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, ResourceMetrics, ScopeMetrics, metric::Data,
};
use prost::Message;
use serde_json::{Value, json};

use crate::app::App;
use crate::http::Request;
use crate::otlp::{START_NS, span, text_attribute, traces};

/// Datagrams as ddtrace 1.14 sends them.
const DATAGRAMS: [&str; 3] = [
    "openai.tokens.total:169|d|#version:1,openai.model:gpt-3.5-turbo,openai.endpoint:chat.completions,service:demo",
    "openai.tokens.total:31|d|#version:1,openai.model:gpt-3.5-turbo,openai.endpoint:chat.completions,service:demo",
    "openai.tokens.total:7|d|#version:1,openai.model:gpt-4,openai.endpoint:chat.completions,service:demo\nopenai.request.duration:244993206|d|#openai.model:gpt-4",
];

fn sender(app: &App) -> UdpSocket {
    let port = app.line["dogstatsd"].as_str().and_then(|url| url.rsplit_once(':')).expect("an address").1;
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(format!("127.0.0.1:{port}")).expect("it listens");
    socket
}

/// Asks until the answer is as wanted: datagrams are stored once a second.
fn wait_for(app: &App, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = app.get(path);
        if is_wanted(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{answer}");
    }
}

fn sum(series: &Value) -> f64 {
    series["points"].as_array().expect("points").iter().map(|point| point["sum"].as_f64().expect("a number")).sum()
}

#[test]
fn datagrams_become_series_by_model_and_endpoint() {
    let app = App::start();
    let socket = sender(&app);
    for datagram in DATAGRAMS {
        socket.send(datagram.as_bytes()).expect("sent");
    }
    let all = wait_for(&app, "/api/metrics", |all| all["series"].as_array().is_some_and(|all| all.len() == 3));
    let answer = app.get("/api/metrics?name=openai.tokens.total&model=gpt-3.5-turbo&endpoint=chat.completions");
    let [series] = &answer["series"].as_array().expect("a list")[..] else { panic!("{answer}") };
    assert_eq!((sum(series), &series["about"]["service"], &series["unit"]), (200.0, &"demo".into(), &"{token}".into()));
    let duration =
        all["series"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "openai.request.duration"));
    assert_eq!(duration.expect("it is there")["unit"], "ns");
    assert_eq!(app.get("/api/status")["received"]["metric_points"], 4);
}

#[test]
fn what_was_summed_up_is_stored_before_the_end() {
    let app = App::start();
    sender(&app).send(DATAGRAMS[0].as_bytes()).expect("sent");
    wait_for(&app, "/api/metrics", |all| all["series"][0]["points"][0]["sum"] == 169.0);
    sender(&app).send(DATAGRAMS[1].as_bytes()).expect("sent");
    let data_dir = app.data_dir.clone();
    let _kept = app.keep_folder();
    let app = App::start_in(&data_dir, &[]);
    let answer = app.get("/api/metrics?name=openai.tokens.total");
    assert_eq!(sum(&answer["series"][0]), 200.0, "{answer}");
}

fn histogram(count: u64, sum: f64, after_s: u64) -> Vec<u8> {
    let attributes = vec![
        text_attribute("gen_ai.request.model", "gpt-4o".into()),
        text_attribute("gen_ai.operation.name", "chat".into()),
    ];
    let time_unix_nano = START_NS + after_s * 1_000_000_000;
    let point = HistogramDataPoint { attributes, count, sum: Some(sum), time_unix_nano, ..Default::default() };
    let data =
        Histogram { data_points: vec![point], aggregation_temporality: AggregationTemporality::Cumulative.into() };
    let metric = Metric {
        name: "gen_ai.client.operation.duration".into(),
        unit: "s".into(),
        data: Some(Data::Histogram(data)),
        ..Default::default()
    };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..Default::default() }];
    ExportMetricsServiceRequest { resource_metrics: vec![ResourceMetrics { scope_metrics, ..Default::default() }] }
        .encode_to_vec()
}

#[test]
fn running_totals_of_otlp_are_shown_as_what_was_added() {
    let app = App::start();
    for (count, sum, after_s) in [(2, 3.0, 0), (2, 3.0, 5), (6, 9.0, 10), (1, 0.5, 20)] {
        let answer = Request::post("/v1/metrics").protobuf(&histogram(count, sum, after_s)).send(app.http_port());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let answer = app.get("/api/metrics?model=gpt-4o&endpoint=chat");
    let points = answer["series"][0]["points"].as_array().expect("points");
    let steps: Vec<(u64, f64)> =
        points.iter().filter_map(|point| Some((point["count"].as_u64()?, point["sum"].as_f64()?))).collect();
    assert_eq!(steps, [(2, 3.0), (4, 6.0), (1, 0.5)], "the last one began anew");
    assert_eq!(answer["series"][0]["unit"], "s");
}

#[test]
fn otlp_json_of_every_kind_of_data_becomes_series() {
    let app = App::start();
    let metrics = json!([
        { "name": "gauge", "gauge": { "dataPoints": [{ "timeUnixNano": "1000000000", "asDouble": 0.5 }] } },
        { "name": "sum", "unit": "{token}", "sum": {
            "aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA", "isMonotonic": true,
            "dataPoints": [{ "timeUnixNano": "1000000000", "asInt": "7", "attributes": [
                { "key": "gen_ai.request.model", "value": { "stringValue": "gpt-4o" } },
            ] }],
        } },
        { "name": "histogram", "histogram": { "aggregationTemporality": 1, "dataPoints": [
            { "timeUnixNano": 1_000_000_000, "count": "3", "sum": 6.5, "min": 1.5, "max": 3, "bucketCounts": ["3"] },
            { "timeUnixNano": "soon", "count": "1" },
        ] } },
    ]);
    let service = json!([{ "key": "service.name", "value": { "stringValue": "demo" } }]);
    let groups = json!([{ "resource": { "attributes": service }, "scopeMetrics": [{ "metrics": metrics }] }]);
    let answer =
        Request::post("/v1/metrics").json(&json!({ "resourceMetrics": groups }).to_string()).send(app.http_port());
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = app.get("/api/metrics");
    let series = told["series"].as_array().expect("a list");
    let brief = |one: &Value| json!([one["name"], one["is_level"], one["about"]["model"], one["points"]]);
    let point = |count, sum, min, max| json!([{ "time_unix": 0, "count": count, "sum": sum, "min": min, "max": max, "last": sum }]);
    assert_eq!(
        series.iter().map(brief).collect::<Vec<_>>(),
        [
            json!(["gauge", true, null, point(1, 0.5, 0.5, 0.5)]),
            json!(["histogram", false, null, point(3, 6.5, 1.5, 3.0)]),
            json!(["sum", false, "gpt-4o", point(1, 7.0, 7.0, 7.0)]),
        ]
    );
    assert!(series.iter().all(|one| one["about"]["service"] == "demo"));
    assert_eq!(app.get("/api/status")["received"]["metric_points"], 4);
}

#[test]
fn flood_of_datagrams_costs_no_trace_and_what_is_lost_is_counted() {
    const EACH: u64 = 100_000;
    let app = App::start();
    let socket = sender(&app);
    let flood = std::thread::spawn(move || {
        (0..EACH).filter(|n| socket.send(format!("flood:1|c|#n:{}", n % 50).as_bytes()).is_ok()).count() as u64
    });
    for n in 1..=50 {
        app.store(&traces(vec![span(n)]));
    }
    let sent = flood.join().expect("sent");
    let answer = wait_for(&app, "/api/status", |status| {
        let count = |key: &str| status["received"][key].as_u64().unwrap_or(0);
        // Where the system does not count what it threw away, only what came is known.
        count("metric_points") + count("dropped_metric_points") >= sent || cfg!(not(target_os = "linux"))
    });
    assert_eq!(answer["traces"], 50);
    let shown: f64 = app.get("/api/metrics?name=flood")["series"].as_array().expect("a list").iter().map(sum).sum();
    assert_eq!(Some(shown as u64), answer["received"]["metric_points"].as_u64());
}

#[test]
fn question_that_is_none_is_refused() {
    let app = App::start();
    let answer = app.ask("GET", "/api/metrics?from=yesterday", b"");
    assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("bad_request")));
}
