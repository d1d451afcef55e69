//! Files in and out on the command line while somebody waits, watches, or changes their mind.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::app::{App, BINARY, run};
use crate::otlp;

/// The command line at work on a folder; killed when dropped.
struct AtWork {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl AtWork {
    fn start(arguments: &[&str], data_dir: &Path) -> Self {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg("--data-dir").arg(data_dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, said }
    }

    /// Waits for the next line it says.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Presses Ctrl+C; returns how it ended and what it complained of.
    fn interrupt(mut self) -> (ExitStatus, String) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
        let (status, mut complaints) = (self.child.wait().expect("it ends"), String::new());
        self.child.stderr.take().expect("piped").read_to_string(&mut complaints).expect("text");
        (status, complaints)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(n: u64) -> String {
    otlp::json_traces(&[otlp::json_span(n)]) + "\n"
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a name").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Appends to a file that is watched, and waits until each line was taken in.
fn grow(file: &mut File, watch: &mut AtWork, to: &str) {
    let one = format!("t.jsonl: 1 span{to}");
    assert!(watch.says().ends_with(&one), "what was there before");
    let whole = line(2) + &line(3);
    let (begun, rest) = whole.split_at(whole.len() - 9);
    file.write_all(begun.as_bytes()).expect("a file");
    assert!(watch.says().ends_with(&one), "the line that is whole");
    file.write_all(rest.as_bytes()).expect("a file");
    assert!(watch.says().ends_with(&one), "the other, now that it is whole");
    file.write_all(format!("nonsense\n{}", line(4)).as_bytes()).expect("a file");
    assert!(watch.says().ends_with(&one), "what stands behind a broken line");
}

#[test]
fn a_file_that_grows_is_followed_until_somebody_ends_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, data) = (folder.path().join("t.jsonl"), folder.path().join("data"));
    let mut file = File::create(&path).expect("a file");
    file.write_all(line(1).as_bytes()).expect("a file");
    let mut watch = AtWork::start(&["import", "--watch", path.to_str().expect("text")], &data);
    grow(&mut file, &mut watch, "");
    let (status, complaints) = watch.interrupt();
    assert!(status.success(), "{status:?}: {complaints}");
    assert!(complaints.contains("t.jsonl: line 4: ") && complaints.lines().count() == 1, "{complaints}");
    assert!(!data.join("spanglass.db-wal").exists(), "it was closed: {:?}", names(&data));

    let app = App::start_in(&data, &[]);
    assert_eq!(app.get("/api/traces")["total"], 4);
}

#[test]
fn a_running_program_is_handed_what_is_appended_and_what_is_imported() {
    let app = App::start();
    let path = app.data_dir.with_file_name("t.jsonl");
    let name = path.to_str().expect("text");
    let mut file = File::create(&path).expect("a file");
    file.write_all(line(1).as_bytes()).expect("a file");
    let mut watch = AtWork::start(&["import", "--watch", name], &app.data_dir);
    grow(&mut file, &mut watch, " handed to the Spanglass that has the data open");
    assert_eq!(app.get("/api/traces")["total"], 4);
    assert!(watch.interrupt().0.success());

    fs::write(&path, line(5) + &line(6)).expect("a file");
    let imported = app.run(&["import", name]);
    assert!(imported.status.success(), "{imported:?}");
    assert_eq!(app.get("/api/traces")["total"], 6);
}

/// Answers requests in turn, one per connection, on a port of its own. Returns its address and what was sent so far.
fn answering(answers: &[&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (answers, asked) = (answers.to_vec(), Arc::new(Mutex::new(Vec::new())));
    let asking = Arc::clone(&asked);
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            let (mut sent, mut piece) = (Vec::new(), [0; 4096]);
            let is_whole = |sent: &[u8]| {
                let sent = String::from_utf8_lossy(sent);
                let length = |line: &str| line.strip_prefix("content-length: ")?.parse::<usize>().ok();
                let whole =
                    |(head, body): (&str, &str)| body.len() >= head.lines().find_map(length).unwrap_or_default();
                sent.split_once("\r\n\r\n").is_some_and(whole)
            };
            while !is_whole(&sent) {
                let length = stream.read(&mut piece).expect("a request");
                assert!(length > 0, "{}", String::from_utf8_lossy(&sent));
                sent.extend_from_slice(&piece[..length]);
            }
            asking.lock().expect("no panic").push(String::from_utf8_lossy(&sent).into_owned());
            stream.write_all(format!("HTTP/1.1 {answer}").replace('\n', "\r\n").as_bytes()).expect("it is taken");
        }
    });
    (address, asked)
}

/// Has the data of a folder open and receives nothing, and imports a file of three spans there while the folder says that
/// `address` is where it listens.
fn import_where(address: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, data) = (folder.path().join("t.jsonl"), folder.path().join("data"));
    fs::write(&path, line(1)).expect("a file");
    let mut holder = AtWork::start(&["import", "--watch", path.to_str().expect("text")], &data);
    holder.says();
    let whole = [1, 2, 3].map(otlp::json_span);
    fs::write(folder.path().join("more.jsonl"), otlp::json_traces(&whole)).expect("a file");
    fs::write(data.join("endpoints.json"), format!("{{\"otlp_http\": \"{address}\"}}")).expect("a file");
    let more = folder.path().join("more.jsonl");
    run(&["import", more.to_str().expect("text"), "--data-dir", data.to_str().expect("text")])
}

#[test]
fn nothing_is_sent_to_a_stranger_on_the_port_of_a_program_that_is_gone() {
    let (address, asked) = answering(&["200 OK\ncontent-length: 2\n\n{}"]);
    let output = import_where(&address);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not Spanglass"), "{output:?}");
    let asked = asked.lock().expect("no panic");
    assert!(asked[0].starts_with("GET /healthz ") && asked.len() == 1, "{asked:?}");

    let folder = tempfile::tempdir().expect("a temporary folder");
    App::start_in(folder.path(), &[]).kill();
    assert!(folder.path().join("endpoints.json").exists(), "nobody took it away");
    let path = folder.path().join("t.jsonl");
    fs::write(&path, line(1)).expect("a file");
    let mut holder = AtWork::start(&["import", "--watch", path.to_str().expect("text")], folder.path());
    holder.says();
    assert!(!folder.path().join("endpoints.json").exists(), "who has the data says where it listens");
}

#[test]
fn what_is_handed_over_is_sent_again_while_there_is_no_room_and_what_was_left_out_is_said() {
    let (address, asked) = answering(&[
        "200 OK\nX-Spanglass: 1\n\n",
        "503 Service Unavailable\nRetry-After: 0\n\n{\"code\": 14, \"message\": \"too much is waiting\"}",
        "200 OK\n\n{\"partialSuccess\": {\"rejectedSpans\": \"1\", \"errorMessage\": \"it has no id\"}}",
    ]);
    let output = import_where(&address);
    let asked = asked.lock().expect("no panic");
    assert!(asked.len() == 3 && asked[1] == asked[2], "{asked:?}");
    let [said, complained] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(said.trim_end().ends_with("more.jsonl: 2 spans handed to the Spanglass that has the data open"), "{said}");
    assert!(complained.contains("1 were left out: it has no id"), "{complained}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_export_that_is_stopped_leaves_what_was_there() {
    let app = App::start();
    // Words to look through for secrets, which takes seconds.
    let words = "every word of it is looked at and tells of nothing ".repeat(20_000);
    for n in 1..=40 {
        let mut span = otlp::span(n);
        span.attributes = vec![otlp::text_attribute("input.value", words.clone())];
        app.store(&otlp::traces(vec![span]));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let to = folder.path().join("t.jsonl");
    fs::write(&to, "what was there").expect("a file");
    let to_text = to.to_str().expect("text");
    let export = ["export", "--filter", "", "--redact", "secrets", "--to", to_text];
    let mut working = AtWork::start(&export, &app.data_dir);
    let begun = Instant::now();
    while names(folder.path()).len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", working.child.try_wait());
        std::thread::yield_now();
    }
    let asked = Instant::now();
    let (status, complaints) = working.interrupt();
    let took = asked.elapsed();
    assert_eq!((status.code(), names(folder.path())), (Some(1), vec!["t.jsonl".to_owned()]), "{complaints}");
    assert!(complaints.contains("nothing was written") && complaints.lines().count() == 1, "{complaints}");
    assert_eq!(fs::read_to_string(&to).expect("a file"), "what was there");
    assert!(took < Duration::from_secs(5), "{took:?}");

    // Not stopped, it is written.
    let whole =
        run(&["export", &otlp::trace_id(1), "--to", to_text, "--data-dir", app.data_dir.to_str().expect("text")]);
    assert!(whole.status.success(), "{whole:?}");
    assert!(fs::read_to_string(&to).expect("a file").contains("span 1") && names(folder.path()) == ["t.jsonl"]);
}

#[test]
fn whoever_stops_reading_what_is_said_stops_nothing_else_and_hears_no_complaint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, data) = (folder.path().join("t.jsonl"), folder.path().join("data"));
    fs::write(&path, (1..=40).map(line).collect::<String>()).expect("a file");
    let (name, data_dir) = (path.to_str().expect("text"), data.to_str().expect("text"));
    for arguments in [
        &["import", name, name, "--data-dir", data_dir][..],
        &["samples", "--data-dir", data_dir],
        &["traces", "--data-dir", data_dir],
        &["show", "latest", "--otlp", "--data-dir", data_dir],
        &["export", "--to", "-", "--data-dir", data_dir],
    ] {
        let mut command = Command::new(BINARY);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
    let listed = run(&["traces", "--json", "--limit", "1000", "--data-dir", data_dir]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert!(listed["traces"].as_array().is_some_and(|traces| traces.len() > 40), "all were taken in");
}

/// As many pages are written at once as the program has threads: one.
#[test]
fn who_sends_waits_for_no_export() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut one = std::process::Command::new("env");
    one.arg("TOKIO_WORKER_THREADS=1");
    let app = App::start_by(one, &data.path().join("data"));
    let spans = (1..3_000).map(|n| {
        let mut span = otlp::span(n);
        span.trace_id = otlp::span(1).trace_id;
        span
    });
    app.store(&otlp::traces(spans.collect()));
    let page = format!("/api/traces/{}/export?format=html", otlp::trace_id(1));
    let begun = Instant::now();
    let written = std::thread::scope(|scope| {
        let writing = scope.spawn(|| app.ask("GET", &page, b""));
        let mut longest = Duration::ZERO;
        let mut n = 10_000;
        while !writing.is_finished() {
            n += 1;
            let sent = Instant::now();
            app.store(&otlp::traces(vec![otlp::span(n)]));
            longest = longest.max(sent.elapsed());
        }
        let took = begun.elapsed();
        assert!(longest < took / 2, "one waited {longest:?} of {took:?}");
        writing.join().expect("an answer")
    });
    assert_eq!(written.status, 200);
}
