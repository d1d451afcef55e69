//! The interface's listener: who may read.

use crate::app::App;
use crate::http::Request;
use crate::otlp;

#[test]
fn without_the_token_nothing_is_read() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let (port, token) = (app.ui_port(), app.token().to_owned());
    let wrong = ["x".repeat(token.len()), token[..token.len() - 1].to_owned(), format!("{token}x"), String::new()];
    for path in ["/api/status", "/api/traces", "/api/nowhere", "/api/"] {
        assert_eq!(Request::new("GET", path).send(port).status, 403, "{path}");
        for wrong in &wrong {
            let answer = Request::new("GET", path).header("authorization", &format!("Bearer {wrong}")).send(port);
            assert_eq!(answer.status, 403, "{path}");
            assert!(!answer.text().contains("span 1"));
        }
    }
    // A cookie goes to every port of a machine, whoever listens there.
    let cookie = format!("spanglass_{port}={token}");
    assert_eq!(Request::new("GET", "/api/status").header("cookie", &cookie).send(port).status, 403);
    assert_eq!(Request::new("GET", &format!("/api/status?token={token}")).send(port).status, 403, "addresses are kept");
    let error = Request::new("GET", "/api/status").send(port).json();
    assert_eq!(error["code"], "forbidden");
    assert!(error["message"].as_str().is_some_and(|said| said.contains("spanglass serve")), "it says what to do");
}

#[test]
fn the_printed_address_is_the_page_and_the_token_a_header() {
    let app = App::start();
    let answer = Request::new("GET", &format!("/?token={}", app.token())).send(app.ui_port());
    assert_eq!((answer.status, answer.header("set-cookie"), answer.header("location")), (200, None, None));
    assert!(!answer.text().contains(app.token()), "what is stored of the page has it not");
    assert_eq!(app.ask("GET", "/api/status", b"").status, 200);
    assert_ne!(App::start().token(), app.token(), "each start makes a new one");
}

#[test]
fn the_token_alone_is_not_enough() {
    let app = App::start();
    let port = app.ui_port();
    let authorised = || Request::new("GET", "/api/status").header("authorization", &format!("Bearer {}", app.token()));
    assert_eq!(authorised().host(&format!("localhost:{port}")).send(port).status, 200);
    for host in ["evil.test", "localhost", "", "localhost.evil.test"] {
        assert_eq!(authorised().host(host).send(port).status, 403, "{host}");
    }
    let own = format!("http://127.0.0.1:{port}");
    assert_eq!(authorised().header("origin", &own).send(port).status, 200);
    for origin in ["null", "https://evil.test", "http://localhost:3000", "http://127.0.0.1:1"] {
        assert_eq!(authorised().header("origin", origin).send(port).status, 403, "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        assert_eq!(authorised().header("sec-fetch-site", site).send(port).status, 403, "{site}");
    }
    assert_eq!(authorised().header("sec-fetch-site", "same-origin").send(port).status, 200);
}

#[test]
fn every_answer_says_what_a_page_may_do() {
    let app = App::start();
    let answers =
        [app.ask("GET", "/", b""), app.ask("GET", "/api/status", b""), Request::new("GET", "/").send(app.ui_port())];
    for answer in answers {
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';")
                && policy.contains("require-trusted-types-for 'script'")
        );
        assert!(!policy.contains("unsafe") && !policy.contains("http:") && !policy.contains('*'), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[test]
fn files_outside_the_interface_are_not_served() {
    let app = App::start();
    for path in
        ["/../Cargo.toml", "/assets/../../package.json", "/%2e%2e/package.json", "//etc/passwd", "/..%2fpackage.json"]
    {
        assert_eq!(app.ask("GET", path, b"").status, 404, "{path}");
    }
    assert_eq!(app.ask("POST", "/index.html", b"").status, 404);
}

#[test]
fn where_a_token_is_asked_for_nobody_sends_without_it() {
    let app = App::start_with(&["--require-token"]);
    let token = app.line["token"].as_str().expect("it is said").to_owned();
    let body = otlp::traces(vec![otlp::span(1)]);
    let send = |header: Option<(&str, &str)>| {
        let request = Request::post("/v1/traces").protobuf(&body);
        let request = header.map_or(request.clone(), |(name, value)| request.header(name, value));
        request.send(app.http_port())
    };
    let bearer = format!("Bearer {token}");
    let prefix = format!("Bearer {}", &token[..token.len() - 1]);
    for wrong in
        [None, Some(("authorization", "Bearer x")), Some(("authorization", &*prefix)), Some(("x-otlp-api-key", ""))]
    {
        let answer = send(wrong);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{wrong:?}");
    }
    let call = crate::grpc::Call::export("Trace", &body);
    assert_eq!(call.send(app.grpc_port()).status, 16, "UNAUTHENTICATED");
    assert_eq!(app.get("/api/status")["spans"], 0);
    assert_eq!(call.header("authorization", &bearer).send(app.grpc_port()).status, 0);
    for right in [("authorization", &*bearer), ("x-otlp-api-key", &*token)] {
        assert_eq!(send(Some(right)).status, 200, "{right:?}");
    }
    for path in ["/api/public/health", "/version", "/api/2.0/mlflow/experiments/search", "/api/v2/spans"] {
        assert_eq!(Request::new("GET", path).send(app.http_port()).status, 401, "{path}");
    }
    assert_eq!(Request::new("GET", "/healthz").send(app.http_port()).status, 200);
    assert_eq!(app.get("/api/status")["token_file"], app.data_dir.join("token").display().to_string());
    let written = std::fs::read_to_string(app.data_dir.join("endpoints.json")).expect("written");
    assert!(!written.contains(&token));
    println!("safety S06: 10 requests without the token or with a wrong one, over HTTP and gRPC: 0 taken");
}

#[test]
fn who_may_send_from_another_machine_may_not_read_or_delete() {
    let app = App::start_with(&["--otlp-http", "0.0.0.0:0", "--require-token"]);
    let bearer = format!("Bearer {}", app.line["token"].as_str().expect("it is said"));
    let ask = |method: &str, path: &str, body: &str| {
        let request = Request::new(method, path).header("authorization", &bearer).json(body);
        request.send(app.http_port()).status
    };
    let (trace, experiments) = (otlp::trace_id(7), "/api/2.0/mlflow/experiments");
    let info = format!(r#"{{"trace":{{"trace_info":{{"trace_id":"tr-{trace}","trace_location":{{}}}}}}}}"#);
    assert_eq!(ask("POST", &format!("{experiments}/create"), r#"{"name":"agents"}"#), 200);
    assert_eq!(ask("GET", &format!("{experiments}/get-by-name?experiment_name=agents"), ""), 200);
    assert_eq!(ask("POST", "/api/3.0/mlflow/traces", &info), 200);
    for (method, path) in [
        ("GET", format!("/api/3.0/mlflow/traces/get?trace_id=tr-{trace}")),
        ("GET", format!("/api/3.0/mlflow/traces/tr-{trace}")),
        ("POST", "/api/3.0/mlflow/traces/search".to_owned()),
        ("POST", "/api/2.0/mlflow/traces/delete-traces".to_owned()),
        ("POST", "/api/2.0/mlflow/runs/search".to_owned()),
        ("GET", format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/tr-{trace}/artifacts/traces.json")),
    ] {
        assert_eq!(ask(method, &path, "{}"), 403, "{method} {path}");
    }
    assert_eq!(app.get("/api/traces")["total"], 1);
}

#[test]
fn what_spanglass_sends_itself_is_let_in() {
    for flags in [&["--require-token"][..], &["--otlp-http", "0.0.0.0:0", "--require-token"]] {
        let app = App::start_with(flags);
        for path in ["/api/test-trace", "/api/samples"] {
            let answer = app.ask("POST", path, b"");
            assert_eq!(answer.status, 200, "{flags:?} {path}: {answer:?}");
        }
        assert_eq!(app.ask("DELETE", "/api/samples", b"").status, 204);
        assert_eq!(app.get("/api/traces")["total"], 1);
        let file = app.data_dir.with_file_name("t.jsonl");
        std::fs::write(&file, otlp::json_traces(&[otlp::json_span(1)])).expect("a file");
        for arguments in [&["import", file.to_str().expect("text")][..], &["samples"]] {
            let output = app.run(arguments);
            assert!(output.status.success(), "{flags:?} {arguments:?}: {output:?}");
        }
        assert!(app.get("/api/traces")["total"].as_u64() > Some(2));
    }
}

#[test]
fn beyond_this_machine_a_token_is_forced() {
    let app = App::start_with(&["--otlp-http", "0.0.0.0:0", "--require-token"]);
    let port = app.line["otlp_http"].as_str().and_then(|url| url.strip_prefix("http://0.0.0.0:")?.parse().ok());
    let (port, bearer) = (port.expect("a port"), format!("Bearer {}", app.line["token"].as_str().expect("a token")));
    let request = Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(1)])).host("traces.example.com");
    assert_eq!(request.send(port).status, 401);
    assert_eq!(
        request.clone().header("origin", "https://evil.test").header("authorization", &bearer).send(port).status,
        403
    );
    assert_eq!(request.header("authorization", &bearer).send(port).status, 200);
}
