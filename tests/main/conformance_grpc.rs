//! OTLP/gRPC as the specification has it, on both receiving ports.

use bytes::Bytes;
use prost::Message;
use serde_json::json;

use crate::app::App;
use crate::grpc::{Answer, Call, framed};
use crate::otlp::{self, Compression, ExportResponse};

const OK: i32 = 0;
const INVALID_ARGUMENT: i32 = 3;
const PERMISSION_DENIED: i32 = 7;
const UNIMPLEMENTED: i32 = 12;

fn on_both_ports(check: impl Fn(&App, u16)) {
    let app = App::start();
    check(&app, app.grpc_port());
    let app = App::start();
    check(&app, app.http_port());
}

fn message(answer: &Answer) -> String {
    let message = answer.metadata.get("grpc-message").and_then(|message| message.to_str().ok());
    message.unwrap_or_default().replace("%25", "%")
}

#[test]
fn all_three_services_answer() {
    on_both_ports(|app, port| {
        for (service, body) in [
            ("Trace", otlp::traces(vec![otlp::span(1)])),
            ("Logs", otlp::logs(1)),
            ("Metrics", otlp::metrics()),
            ("Trace", vec![]),
        ] {
            let answer = Call::export(service, &body).send(port);
            assert_eq!((answer.http_status, answer.status), (200, OK), "{service}: {answer:?}");
            assert_eq!(answer.metadata["content-type"], "application/grpc");
            assert!(answer.message.is_empty(), "a full success sets nothing");
        }
        let received = &app.get("/api/status")["received"];
        assert_eq!(
            (&received["spans"], &received["logs"], &received["metric_points"]),
            (&json!(1), &json!(1), &json!(2))
        );
    });
}

#[test]
fn one_bad_span_costs_itself_and_is_named() {
    on_both_ports(|app, port| {
        let mut spans: Vec<_> = (1..=100).map(otlp::span).collect();
        spans[41].trace_id = vec![1; 5];
        let answer = Call::export("Trace", &otlp::traces(spans)).send(port);
        assert_eq!(answer.status, OK);
        let partial = ExportResponse::decode(&answer.message[..]).expect("a response").partial_success.expect("said");
        assert!(partial.rejected == 1 && partial.error_message.contains("spans[41]"), "{partial:?}");
        assert_eq!(app.get("/api/status")["received"]["spans"], 99);
    });
}

#[test]
fn messages_are_decompressed() {
    on_both_ports(|app, port| {
        let body = otlp::traces(vec![otlp::span(1)]);
        for compression in Compression::ALL {
            let mut call = Call::export("Trace", b"").header("grpc-encoding", compression.name());
            call.body = framed(1, &compression.of(&body));
            assert_eq!(call.send(port).status, OK, "{compression:?}");
            call.body = framed(0, &body);
            assert_eq!(call.send(port).status, OK, "a call with an encoding may carry plain messages");
            let compressed = compression.of(&body);
            call.body = framed(1, &compressed[..compressed.len() - 2]);
            assert_eq!(call.send(port).status, INVALID_ARGUMENT, "{compression:?}, truncated");
        }
        let unknown = Call::export("Trace", &body).header("grpc-encoding", "snappy").send(port);
        assert_eq!(unknown.status, UNIMPLEMENTED);
        assert!(unknown.metadata["grpc-accept-encoding"].to_str().is_ok_and(|names| names.contains("gzip")));
        assert_eq!(app.get("/api/traces")["total"], 1);
    });
}

#[test]
fn what_is_no_single_message_is_an_invalid_argument() {
    on_both_ports(|app, port| {
        let body = otlp::traces(vec![otlp::span(1)]);
        let framed_body = framed(0, &body);
        for (what, body) in [
            ("garbage", framed(0, b"\xff\xff\xff\xff")),
            ("nothing", Bytes::new()),
            ("half a frame", framed_body.slice(..3)),
            ("a frame cut short", framed_body.slice(..framed_body.len() - 1)),
            ("two messages", [framed_body.clone(), framed_body.clone()].concat().into()),
            ("an unknown flag", framed(2, &body)),
            ("compressed by nothing", framed(1, &body)),
        ] {
            let call = Call { body, ..Call::export("Trace", b"") };
            let answer = call.send(port);
            assert_eq!(answer.status, INVALID_ARGUMENT, "{what}: {answer:?}");
            assert!(!message(&answer).is_empty(), "{what}");
            assert!(!answer.metadata.contains_key("grpc-status-details-bin"), "sending {what} again cannot help");
        }
        assert_eq!(app.get("/api/traces")["total"], 0);
    });
}

#[test]
fn what_is_not_here_is_unimplemented() {
    on_both_ports(|_, port| {
        for path in [
            "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
            "/opentelemetry.proto.collector.trace.v1.TraceService/Import",
            "/grpc.health.v1.Health/Check",
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/v1/traces",
        ] {
            let answer = Call { path: path.into(), ..Call::export("Trace", b"") }.send(port);
            assert_eq!((answer.http_status, answer.status), (200, UNIMPLEMENTED), "{path}");
        }
        let json = Call::export("Trace", b"{}").header("content-type", "application/grpc+json").send(port);
        assert_eq!(json.status, UNIMPLEMENTED);
        let proto = Call::export("Trace", b"").header("content-type", "application/grpc+proto").send(port);
        assert_eq!(proto.status, OK);
    });
}

#[test]
fn only_this_machine_by_its_own_name_may_call() {
    on_both_ports(|app, port| {
        let call = Call::export("Trace", &otlp::traces(vec![otlp::span(1)]));
        for (authority, expected) in [
            (format!("localhost:{port}"), OK),
            (format!("[::1]:{port}"), OK),
            (format!("evil.test:{port}"), PERMISSION_DENIED),
            ("localhost".to_owned(), PERMISSION_DENIED),
            (format!("localhost:{}", port ^ 1), PERMISSION_DENIED),
        ] {
            let answer = Call { authority: Some(authority.clone()), ..call.clone() }.send(port);
            assert_eq!(answer.status, expected, "{authority}");
        }
        let answer = call.clone().header("origin", "https://evil.test").send(port);
        assert_eq!(answer.status, PERMISSION_DENIED);
        let answer = call.header("host", "evil.test").send(port);
        assert_eq!(answer.status, PERMISSION_DENIED, "a Host beside :authority counts too");
        let refusals = &app.get("/api/status")["refusals"];
        assert_eq!(refusals[0]["status"], "PERMISSION_DENIED");
    });
}
