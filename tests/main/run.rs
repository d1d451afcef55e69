//! `spanglass run`: a program is told where to send, by whoever listens.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::app::{App, BINARY};
use crate::http::Request;
use crate::otlp;

/// Tells its environment, waits for a line, and ends with 7.
const PROGRAM: &str = "printenv | grep -iE '^(OTEL|MLFLOW|LANGFUSE|DD|NO)_' && echo . && read line && exit 7";

struct Ran {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Ran {
    fn start(data_dir: &Path, program: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.args(["run", "--data-dir"]).arg(data_dir).args(program);
        command.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://elsewhere.invalid/v1/traces");
        command.env("OTEL_LOG_USER_PROMPTS", "0");
        command.env("OTEL_CONFIG_FILE", "/elsewhere.yaml").env("NO_PROXY", "example.org").env_remove("no_proxy");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, stdin, stdout }
    }

    /// Returns what the program was told.
    fn environment(&mut self) -> Vec<String> {
        self.stdout.by_ref().lines().map(|line| line.expect("text")).take_while(|line| line != ".").collect()
    }

    /// Lets the program end; returns the exit code and what was said on stderr.
    fn end(mut self) -> (Option<i32>, String) {
        // It may have ended by itself.
        let _ = writeln!(self.stdin, "on");
        let output = self.child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    }
}

fn told<'a>(environment: &'a [String], name: &str) -> Option<&'a str> {
    environment.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn a_program_sends_to_the_one_that_listens_and_ends_as_it_does() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let mut ran = Ran::start(&app.data_dir, &["sh", "-c", PROGRAM]);
    let environment = ran.environment();
    let url = app.line["otlp_http"].as_str();
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "MLFLOW_TRACKING_URI", "LANGFUSE_BASE_URL"] {
        assert_eq!(told(&environment, name), url, "{environment:?}");
    }
    assert_eq!(told(&environment, "DD_TRACE_AGENT_URL"), app.line["datadog"].as_str());
    assert_eq!(told(&environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), None, "what names another place is gone");
    assert_eq!(told(&environment, "OTEL_CONFIG_FILE"), None);
    assert_eq!(told(&environment, "OTEL_LOG_USER_PROMPTS"), Some("0"), "what was said about content counts");
    let direct = [told(&environment, "NO_PROXY"), told(&environment, "no_proxy")];
    assert_eq!(
        direct,
        [Some("example.org,127.0.0.1,localhost,::1"), Some("127.0.0.1,localhost,::1")],
        "no proxy gets prompts"
    );
    app.store(&otlp::traces(vec![otlp::span(2)]));
    let (code, said) = ran.end();
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains(&otlp::trace_id(2)) && !said.contains(&otlp::trace_id(1)), "{said}");
}

#[test]
fn where_nobody_listens_it_does_while_the_program_runs() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut ran = Ran::start(dir.path(), &["sh", "-c", PROGRAM]);
    let environment = ran.environment();
    let url = told(&environment, "OTEL_EXPORTER_OTLP_ENDPOINT").expect("an address");
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let answer = Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(3)])).send(port);
    assert_eq!(answer.status, 200, "{answer:?}");
    let (code, said) = ran.end();
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains(&otlp::trace_id(3)), "{said}");
    let none = Ran::start(dir.path(), &["sh", "-c", "read line"]).end();
    assert!(none.0 == Some(0) && none.1.contains("no trace came"), "{none:?}");
}

#[test]
fn what_ends_the_program_is_passed_on_and_a_program_that_is_not_there_is_said() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut ran =
        Ran::start(dir.path(), &["sh", "-c", "trap 'exit 9' TERM; echo .; while :; do read line || exit 3; done"]);
    ran.environment();
    let pid = rustix::process::Pid::from_child(&ran.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    let (code, said) = ran.end();
    assert_eq!(code, Some(9), "{said}");
    let (code, said) = Ran::start(dir.path(), &["no-such-program"])
        .child
        .wait_with_output()
        .map(|output| (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
        .expect("it ends");
    assert!(code == Some(1) && said.lines().count() == 1 && said.contains("no-such-program"), "{said}");
}
