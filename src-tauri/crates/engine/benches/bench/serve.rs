//! `spanglass serve` as a process of its own, and what the system says of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::client::Connection;

/// The running program.
pub(crate) struct Serve {
    program: Child,
    data_dir: PathBuf,
    pub(crate) port: u16,
    pub(crate) statsd_port: u16,
    ui_port: u16,
    token: String,
    /// From exec to the line that says every listener accepts.
    pub(crate) ready: Duration,
}

impl Serve {
    /// Starts the program that was built with this benchmark.
    pub(crate) fn start(data_dir: &Path, max_size: &str) -> Result<Self> {
        let start = Instant::now();
        let mut program = Command::new(env!("CARGO_BIN_EXE_spanglass"))
            .args(["serve", "--json", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "off", "--datadog", "off"])
            .args(["--dogstatsd", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--max-size", max_size, "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(program.stdout.take().context("its output")?).read_line(&mut line)?;
        let ready = start.elapsed();
        let addresses: serde_json::Value = serde_json::from_str(&line).context("the line of addresses")?;
        let port_of = |url: &str| url.rsplit(':').next().and_then(|rest| rest.split('/').next()?.parse().ok());
        let ui = addresses["ui"].as_str().context("an interface")?;
        let (_, token) = ui.split_once("token=").context("a token")?;
        Ok(Self {
            program,
            data_dir: data_dir.to_owned(),
            port: addresses["otlp_http"].as_str().and_then(port_of).context("a port")?,
            statsd_port: addresses["dogstatsd"].as_str().and_then(port_of).context("a port")?,
            ui_port: port_of(ui).context("a port")?,
            token: token.to_owned(),
            ready,
        })
    }

    /// Returns a connection to the interface's port and the head of a request on it.
    pub(crate) fn interface(&self, method: &str, path: &str) -> Result<(Connection, String)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\n",
            self.ui_port, self.token
        );
        Ok((Connection::open(self.ui_port)?, head))
    }

    /// Asks the interface something once.
    pub(crate) fn get(&self, path: &str) -> Result<serde_json::Value> {
        let (mut connection, head) = self.interface("GET", path)?;
        let (status, body) = connection.ask(&head, b"")?;
        ensure!(status == 200, "{path} was answered {status}: {}", String::from_utf8_lossy(&body));
        Ok(serde_json::from_slice(&body)?)
    }

    /// Returns the CPU time it used, its own and the system's for it.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        time(&fs::read_to_string(format!("/proc/{}/stat", self.program.id()))?)
    }

    /// Returns the CPU time that its threads of one name used.
    pub(crate) fn cpu_of(&self, thread: &str) -> Result<Duration> {
        let mut all = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.program.id()))? {
            let stat = fs::read_to_string(task?.path().join("stat"))?;
            if stat.contains(&format!("({thread})")) {
                all += time(&stat)?;
            }
        }
        Ok(all)
    }

    /// Returns a figure of its memory in bytes: `Rss` or `Pss`.
    pub(crate) fn memory(&self, what: &str) -> Result<u64> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.program.id()))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':')).context("its memory")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }

    /// Returns how many bytes the files of the store take, and those of the write-ahead log among them.
    pub(crate) fn disk(&self) -> Result<(u64, u64)> {
        disk(&self.data_dir)
    }

    /// Ends the program as a user does and returns the bytes its store then takes.
    pub(crate) fn stop(mut self) -> Result<u64> {
        let pid = rustix::process::Pid::from_child(&self.program);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        ensure!(self.program.wait()?.success(), "it did not end well");
        Ok(disk(&self.data_dir)?.0)
    }
}

/// Returns the user and system time in what Linux says of a process or thread.
fn time(stat: &str) -> Result<Duration> {
    // Behind the name, which may hold anything, they are the 12th and 13th; in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn disk(data_dir: &Path) -> Result<(u64, u64)> {
    let (mut all, mut log) = (0, 0);
    for file in fs::read_dir(data_dir)? {
        let file = file?;
        let (name, bytes) = (file.file_name().to_string_lossy().into_owned(), file.metadata()?.len());
        if name.starts_with("traces.db") {
            all += bytes;
        }
        if name.ends_with("-wal") {
            log += bytes;
        }
    }
    Ok((all, log))
}
