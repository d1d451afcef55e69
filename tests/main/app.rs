//! A running `spanglass serve`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Answer, Request};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_spanglass");

/// A running `spanglass serve`; killed when dropped.
pub(crate) struct App {
    child: Child,
    pub(crate) line: Value,
    dir: Option<TempDir>,
    pub(crate) data_dir: PathBuf,
}

impl App {
    /// Starts on any free ports with a folder of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more flags; a flag given here counts and not its default.
    pub(crate) fn start_with(flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let data_dir = dir.path().join("data");
        let mut app = Self::start_in(&data_dir, flags);
        app.dir = Some(dir);
        app
    }

    /// The same in a folder that stays.
    pub(crate) fn start_in(data_dir: &Path, flags: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.args(serve_flags(data_dir, flags));
        Self::spawn(command, data_dir)
    }

    /// Starts with files limited to so many blocks of 512 bytes, as a full disk limits them.
    pub(crate) fn start_with_small_files(blocks: u32) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let data_dir = dir.path().join("data");
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")).arg(BINARY);
        command.args(serve_flags(&data_dir, &[]));
        let mut app = Self::spawn(command, &data_dir);
        app.dir = Some(dir);
        app
    }

    /// Starts by way of a command line that ends where the program's own begins.
    pub(crate) fn start_by(mut command: Command, data_dir: &Path) -> Self {
        command.arg(BINARY).args(serve_flags(data_dir, &[]));
        Self::spawn(command, data_dir)
    }

    fn spawn(mut command: Command, data_dir: &Path) -> Self {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        Self { child, line, dir: None, data_dir: data_dir.to_owned() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn http_port(&self) -> u16 {
        port(&self.line["otlp_http"])
    }

    pub(crate) fn grpc_port(&self) -> u16 {
        port(&self.line["otlp_grpc"])
    }

    pub(crate) fn datadog_port(&self) -> u16 {
        port(&self.line["datadog"])
    }

    pub(crate) fn ui_port(&self) -> u16 {
        port(&self.line["ui"])
    }

    pub(crate) fn token(&self) -> &str {
        self.line["ui"].as_str().and_then(|url| url.split_once("/?token=")).expect("a token").1
    }

    /// Posts OTLP protobuf for traces and expects it to be stored.
    pub(crate) fn store(&self, request: &[u8]) {
        let answer = Request::post("/v1/traces").protobuf(request).send(self.http_port());
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Asks the interface's API.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let request =
            Request::new(method, path).header("authorization", &format!("Bearer {}", self.token())).body(body);
        let request = if body.is_empty() { request } else { request.header("content-type", "application/json") };
        request.send(self.ui_port())
    }

    /// Asks the interface's API and expects JSON.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, b"");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Runs the command line on this app's data.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg("--data-dir").arg(&self.data_dir).stdin(Stdio::null());
        command.output().expect("the binary starts")
    }

    /// Runs the command line and expects one JSON document.
    pub(crate) fn run_json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Asks to stop and waits for it.
    pub(crate) fn stop(mut self) -> (ExitStatus, Duration) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let asked = Instant::now();
        let status = self.child.wait().expect("it ends");
        (status, asked.elapsed())
    }

    /// Stops it and returns its folder, which goes when that is dropped.
    pub(crate) fn keep_folder(mut self) -> Option<TempDir> {
        let folder = self.dir.take();
        self.stop();
        folder
    }

    /// Ends it without warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve_flags(data_dir: &Path, flags: &[&str]) -> Vec<std::ffi::OsString> {
    let mut all: Vec<std::ffi::OsString> = ["serve", "--json", "--data-dir"].map(Into::into).into();
    all.push(data_dir.into());
    for flag in ["--otlp-http", "--otlp-grpc", "--datadog", "--dogstatsd", "--ui"] {
        if !flags.contains(&flag) {
            all.extend([flag, "0"].map(Into::into));
        }
    }
    all.extend(flags.iter().map(OsStr::new).map(Into::into));
    all
}

fn port(url: &Value) -> u16 {
    let url = url.as_str().unwrap_or_else(|| panic!("{url} is an address"));
    url.rsplit(':').next().and_then(|rest| rest.split('/').next()?.parse().ok()).expect("a port")
}

/// Runs the command line without an app.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().expect("the binary starts")
}

/// Returns the most memory a process ever held, in bytes.
pub(crate) fn peak_memory(pid: u32) -> u64 {
    of_status(pid, "VmHWM:") * 1024
}

/// Returns the memory a process holds now, in bytes.
pub(crate) fn memory(pid: u32) -> u64 {
    of_status(pid, "VmRSS:") * 1024
}

/// Returns how many threads a process has now.
pub(crate) fn threads(pid: u32) -> u64 {
    of_status(pid, "Threads:")
}

fn of_status(pid: u32, name: &str) -> u64 {
    let mut text = String::new();
    std::fs::File::open(format!("/proc/{pid}/status"))
        .and_then(|mut file| file.read_to_string(&mut text))
        .expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("Linux");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
