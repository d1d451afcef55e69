//! Who may send: host names, pages, ports and addresses.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

use serde_json::Value;

use crate::app::{App, run};
use crate::http::{Connection, Request};
use crate::otlp;

fn export() -> Request {
    Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(1)]))
}

#[test]
fn only_exact_names_of_this_machine_are_hosts() {
    let app = App::start();
    let port = app.http_port();
    for own in
        [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("LOCALHOST:{port}"), format!("[::1]:{port}")]
    {
        assert_eq!(export().host(&own).send(port).status, 200, "{own}");
    }
    let before = app.get("/api/status")["received"]["spans"].clone();
    let foreign_names = [
        "evil.test",
        "evil.test:PORT",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "localhost.evil.test:PORT",
        "127.0.0.1.evil.test:PORT",
        "evil.test.localhost:PORT",
        "localhost.:PORT",
        "0.0.0.0:PORT",
        "127.0.0.2:PORT",
        "127.1:PORT",
        "2130706433:PORT",
        "0x7f000001:PORT",
        "[::ffff:127.0.0.1]:PORT",
        "[0:0:0:0:0:0:0:1]:PORT",
        "::1:PORT",
        "user@localhost:PORT",
        "localhost:80",
        "localhost:1PORT",
        "localhost:0PORT",
        "localhost:PORT:PORT",
        "localhost:",
        ":PORT",
        "localhost :PORT",
        "host.docker.internal:PORT",
        "printer.local:PORT",
        "192.168.0.10:PORT",
        "localhost%00:PORT",
        "xn--lcalhost-e4a:PORT",
    ];
    for foreign in foreign_names {
        let foreign = foreign.replace("PORT", &port.to_string());
        let status = export().host(&foreign).send(port).status;
        assert!(status == 403 || status == 400, "{foreign}: {status}");
    }
    assert_eq!(export().host("").send(port).status, 403, "none");
    let twice = export().header("host", &format!("localhost:{port}"));
    assert_eq!(twice.send(port).status, 403, "two");
    let absolute = |authority: &str| {
        Request::post(&format!("http://{authority}/v1/traces")).protobuf(&otlp::traces(vec![otlp::span(1)]))
    };
    assert_eq!(absolute("evil.test").send(port).status, 403, "an absolute target counts too");
    assert_eq!(absolute(&format!("localhost:{port}")).host("evil.test").send(port).status, 403);
    assert_eq!(app.get("/api/status")["received"]["spans"], before);
    assert_eq!(absolute(&format!("localhost:{port}")).send(port).status, 200);
    println!("safety S01: {} foreign host names, and none, two and absolute ones: 0 let in", foreign_names.len());
}

#[test]
fn only_pages_of_this_machine_may_send() {
    let app = App::start();
    let port = app.http_port();
    for own in ["http://localhost:3000", "http://127.0.0.1:8080", "https://localhost", "http://[::1]:5173"] {
        let answer = export().header("origin", own).header("sec-fetch-site", "cross-site").send(port);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(own)));
        assert_eq!(answer.header("vary"), Some("origin"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let before = app.get("/api/status")["received"]["spans"].clone();
    let foreign_pages = [
        "null",
        "https://evil.test",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test:3000",
        "file://",
        "http://evil.test:80",
        "chrome-extension://abcdefgh",
        "http://localhost@evil.test",
        "http://0.0.0.0:3000",
        "http://192.168.0.2:3000",
        "",
    ];
    for foreign in foreign_pages {
        let answer = export().header("origin", foreign).send(port);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None), "{foreign}");
        let preflight = Request::new("OPTIONS", "/v1/traces").header("origin", foreign).send(port);
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (403, None), "{foreign}");
    }
    assert_eq!(export().header("sec-fetch-site", "cross-site").send(port).status, 403);
    let twice = export().header("origin", "http://localhost:3000").header("origin", "https://evil.test");
    assert_eq!(twice.send(port).status, 403);
    assert_eq!(app.get("/api/status")["received"]["spans"], before);
    println!("safety S02 S03: {} foreign origins: 0 let in, 0 told that they may", foreign_pages.len());
}

#[test]
fn a_preflight_allows_what_exporters_send() {
    let app = App::start();
    let answer = Request::new("OPTIONS", "/v1/traces")
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization,x-langfuse-sdk-name,cookie")
        .send(app.http_port());
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST, OPTIONS"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type, authorization, x-langfuse-sdk-name"));
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
}

#[test]
fn a_foreign_page_is_refused_before_its_body_is_read() {
    let app = App::start();
    let mut connection = Connection::open(app.http_port());
    let request =
        Request::post("/v1/traces").header("origin", "null").header("content-length", "60000000").protobuf(b"");
    assert_eq!(connection.send(&request).status, 403);
}

#[test]
fn both_loopback_addresses_have_the_port_and_no_other_address_has() {
    let app = App::start();
    for port in [app.http_port(), app.grpc_port(), app.ui_port()] {
        for address in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))] {
            assert!(TcpStream::connect(address).is_ok(), "{address}");
        }
    }
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).expect("Linux")).concat();
    for port in [app.http_port(), app.grpc_port(), app.ui_port()] {
        let end = format!(":{port:04X}");
        let listening = tables.lines().filter_map(|line| {
            let columns: Vec<&str> = line.split_ascii_whitespace().collect();
            (columns.get(3) == Some(&"0A")).then(|| columns[1].to_owned()).filter(|local| local.ends_with(&end))
        });
        // The system lists a socket twice where others come and go while the table is read.
        let listening: BTreeSet<String> = listening.collect();
        assert_eq!(listening, [format!("00000000000000000000000001000000{end}"), format!("0100007F{end}")].into());
    }
}

#[test]
fn an_address_others_can_reach_is_refused() {
    for address in ["0.0.0.0:4318", "[::]:4318", "192.168.0.10:4318"] {
        for flag in ["--otlp-http", "--otlp-grpc", "--ui"] {
            let output = run(&["serve", flag, address, "--data-dir", "/nonexistent/spanglass"]);
            assert_eq!(output.status.code(), Some(2), "{flag} {address}");
            assert!(
                String::from_utf8_lossy(&output.stderr).contains("can be reached from other machines"),
                "{output:?}"
            );
        }
        for flag in ["--datadog", "--dogstatsd", "--zipkin", "--ui"] {
            let output = run(&["serve", flag, address, "--require-token", "--data-dir", "/nonexistent/spanglass"]);
            assert_eq!(output.status.code(), Some(2), "{flag} {address}, which can ask for no token");
        }
    }
}

#[test]
fn a_taken_port_is_said_everywhere_and_the_next_free_one_taken() {
    for squatter in [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))] {
        let squatter = TcpListener::bind(squatter).expect("a free port");
        let taken = squatter.local_addr().expect("bound").port();
        let app = App::start_with(&["--otlp-http", &taken.to_string()]);
        let port = app.http_port();
        assert_ne!(port, taken);
        assert_eq!(export().send(port).status, 200);

        let status = app.get("/api/status");
        let endpoint = &status["endpoints"][0];
        assert_eq!((&endpoint["wanted_port"], &endpoint["port"]), (&Value::from(taken), &Value::from(port)));
        let problem = endpoint["problem"].as_str().expect("said");
        let holder = format!("(pid {})", std::process::id());
        assert!(problem.contains(&format!("port {taken} is held by")) && problem.contains(&holder), "{problem}");

        let written = std::fs::read_to_string(app.data_dir.join("endpoints.json")).expect("written");
        let written: Value = serde_json::from_str(&written).expect("JSON");
        assert_eq!(written["otlp_http"], app.line["otlp_http"]);
        assert!(!written.to_string().contains(app.token()), "the token is for whoever started it");
    }
}

#[test]
fn a_listener_that_is_off_is_null() {
    let app = App::start_with(&["--otlp-grpc", "off", "--datadog", "off", "--ui", "off"]);
    assert_eq!(
        (&app.line["otlp_grpc"], &app.line["ui"], &app.line["datadog"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(export().send(app.http_port()).status, 200);
    let pid = app.line["pid"].as_u64();
    assert_eq!(pid, Some(app.pid().into()));
}
