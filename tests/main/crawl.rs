//! Every path on every port: what is not to be read is read nowhere, and the interface's routes ask everybody who they are.

use crate::app::App;
use crate::http::{Answer, Request};
use crate::otlp;

/// The interface's routes as they stand in its source, so that a new one is tried from its first day.
const ROUTER: &str = include_str!("../../src-tauri/crates/engine/src/api/mod.rs");

/// What no answer may hold: the name of a span that is stored.
const SECRET: &str = "span 1";

/// Returns methods and paths of the interface, with the names of what is stored in place of what stands for them.
fn routes() -> Vec<(&'static str, String)> {
    let routes = ROUTER.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split_once("\", "));
    let routes: Vec<_> = routes
        .flat_map(|(path, handlers)| {
            let trace_id = otlp::trace_id(1);
            let names = [("{id}", &*trace_id), ("{first}", &trace_id), ("{second}", &trace_id)];
            let path = names.iter().fold(path.to_owned(), |path, (name, told)| path.replace(name, told));
            let path = path.replace("{span}", &otlp::span_id(1)).replace("{name}", "one");
            assert!(!path.contains('{'), "{path} has a part that nothing stands for");
            let methods = [("get(", "GET"), ("post(", "POST"), ("delete(", "DELETE")];
            let methods = methods.into_iter().filter(|(handler, _)| handlers.contains(handler));
            methods.map(|(_, method)| (method, path.clone())).collect::<Vec<_>>()
        })
        .collect();
    assert!(routes.len() > 30, "the routes are not where they were: {routes:?}");
    routes
}

fn asked(method: &str, path: &str) -> Request {
    let request = Request::new(method, path);
    if method == "GET" { request } else { request.json("{}") }
}

fn says_nothing(answer: &Answer, of: &str) {
    assert!(!answer.text().contains(SECRET), "{of}: {answer:?}");
}

#[test]
fn every_route_of_the_interface_refuses_foreign_names_pages_and_tokens() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let (port, bearer) = (app.ui_port(), format!("Bearer {}", app.token()));
    let hosts =
        ["evil.test", "evil.test:PORT", "localhost.evil.test:PORT", "localhost", "127.0.0.2:PORT", "[::1]:1", ""];
    let pages = [
        "null",
        "https://evil.test",
        "http://localhost:3000",
        "http://127.0.0.1:1",
        "http://localhost.evil.test:PORT",
        "",
    ];
    let mut tried = 0;
    for (method, path) in routes() {
        let known = || asked(method, &path).header("authorization", &bearer);
        let here = |name: &str| name.replace("PORT", &port.to_string());
        let mut wrong =
            vec![asked(method, &path), asked(method, &path).header("authorization", &bearer[..bearer.len() - 1])];
        wrong.extend(hosts.map(|host| known().host(&here(host))));
        wrong.extend(pages.map(|page| known().header("origin", &here(page))));
        wrong.extend(["cross-site", "same-site"].map(|site| known().header("sec-fetch-site", site)));
        wrong.push(known().header("host", &here("localhost:PORT")));
        for request in wrong {
            let answer = request.send(port);
            assert_eq!(answer.status, 403, "{request:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{request:?}");
            says_nothing(&answer, &path);
            tried += 1;
        }
    }
    assert_eq!(app.get("/api/traces")["total"], 1, "nothing was deleted");
    println!(
        "safety S01 S02: {tried} requests to the interface's {} routes from foreign names, pages and without its token: 0 let in",
        routes().len()
    );
}

/// Paths of other programs that people look for, and of ours on other ports.
const SOUGHT: &[&str] = &[
    "/",
    "/index.html",
    "/favicon.ico",
    "/robots.txt",
    "/assets/index.js",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v2",
    "/api/v3/traces",
    "/v1",
    "/v1/",
    "/v1/traces/",
    "/v1/traces?token=x",
    "/v1/traces/0",
    "/v1/profiles",
    "/v1development/profiles",
    "/v1/healthz",
    "/healthz/x",
    "/health/live",
    "/ready",
    "/livez",
    "/status",
    "/metrics",
    "/debug",
    "/debug/pprof",
    "/debug/vars",
    "/debug/requests",
    "/.git/config",
    "/.env",
    "/etc/passwd",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/traces.db",
    "/traces",
    "/trace",
    "/spans",
    "/search",
    "/export",
    "/import",
    "/settings",
    "/config",
    "/graphql",
    "/query",
    "/sql",
    "/db",
    "/backup",
    "/endpoints.json",
    "/token",
    "/login",
    "/admin",
    "/console",
    "/actuator",
    "/actuator/env",
    "/actuator/heapdump",
    "/server-status",
    "/api/traces/..%2f..%2fendpoints.json",
    "//api/traces",
    "/./api/traces",
    "/api/../api/traces",
    "/api//traces",
    "/api/traces/",
    "/API/TRACES",
    "/api/traces;x",
    "/api/traces%00",
    "/api/traces%2f",
    "/ajax-api/traces",
    "/tempo/api/search",
    "/jaeger/api/traces",
    "/api/services",
    "/api/search",
    "/api/v2/traces",
    "/api/v2/services",
    "/api/v2/dependencies",
    "/zipkin/api/v2/traces",
    "/loki/api/v1/query",
    "/api/v1/query",
    "/api/public/traces",
    "/api/public/observations",
    "/api/public/sessions",
    "/api/public/media",
    "/api/public/v2/prompts",
    "/api/public/traces?limit=100",
    "/api/public/projects/1",
    "/api/2.0/mlflow/traces",
    "/api/3.0/mlflow/traces/TRACE",
    "/api/2.0/mlflow/runs",
    "/api/3.0/mlflow/traces/get?trace_id=tr-TRACE",
    "/api/2.0/mlflow/traces/tr-TRACE/info",
    "/api/2.0/mlflow/runs/get?run_id=TRACE",
    "/api/2.0/mlflow-artifacts/artifacts/0/TRACE",
    "/api/2.0/mlflow-artifacts/artifacts/..%2f..%2ftraces.db",
    "/get-artifact?path=x",
    "/api/2.0/mlflow-artifacts/artifacts?path=..",
    "/model-versions/get-artifact",
    "/info",
    "/info/",
    "/v0.1/spans",
    "/v0.6/stats",
    "/evp_proxy/v2/api/v2/llmobs",
    "/debugger/v1/input",
    "/telemetry/proxy/api/v2/apmtelemetry",
    "/profiling/v1/input",
    "/dogstatsd/v2/proxy",
    "/opentelemetry.proto.collector.trace.v1.TraceService/Get",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.health.v1.Health/Check",
    "/grpc.channelz.v1.Channelz/GetServers",
    "/ws",
    "/socket.io/",
    "/mcp",
    "/sse",
    "/events",
];

#[test]
fn nothing_stored_is_read_on_a_receiving_port() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let mut paths: Vec<String> = routes().into_iter().map(|(_, path)| path).collect();
    paths.extend(SOUGHT.iter().map(|path| path.replace("TRACE", &otlp::trace_id(1))));
    let mut tried = 0;
    for port in [app.http_port(), app.grpc_port(), app.datadog_port()] {
        for path in &paths {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"] {
                let request = if ["GET", "HEAD"].contains(&method) {
                    Request::new(method, path)
                } else {
                    Request::new(method, path).json("{}")
                };
                says_nothing(&request.header("authorization", &format!("Bearer {}", app.token())).send(port), path);
                tried += 1;
            }
        }
    }
    assert_eq!(app.get("/api/traces")["total"], 1, "nothing was deleted");
    println!(
        "safety S04: {tried} requests of any method for {} paths of ours and others on the receiving ports: nothing stored was told",
        paths.len()
    );
}
