//! `spanglass run`: starts a program so that what it traces comes here, and says what came.

mod environment;

use std::process::{Command, ExitCode, ExitStatus};

use anyhow::Context;

use super::running::Running;
use super::signals::Signals;
use super::{Data, Run, read, table};
use crate::Engine;
use crate::api::types::TraceList;
use crate::config::{Config, Listen, OTLP_HTTP_PORT};
use crate::query::Filter;
use crate::settings;
use environment::Receiver;

/// How many traces are listed, at most.
const LISTED: u32 = 20;

pub(super) async fn run(asked: &Run) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("listening for signals")?;
    let (engine, receiver) = receiver(&asked.data).await?;
    let ran = watched(asked, &receiver, &mut signals).await;
    if let Some(engine) = engine {
        engine.stop().await;
    }
    ran
}

async fn watched(asked: &Run, receiver: &Receiver, signals: &mut Signals) -> anyhow::Result<ExitCode> {
    let before = newest(&asked.data, 1).await?.rows.pop().map(|row| row.summary.trace_id);
    let (program, arguments) = asked.program.split_first().context("no program was named")?;
    let mut command = Command::new(program);
    command.args(arguments);
    environment::set(&mut command, receiver);
    let mut child = command.spawn().with_context(|| format!("starting `{}`", program.to_string_lossy()))?;
    let pid = child.id();
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    let status = loop {
        tokio::select! {
            status = &mut ended => break status?.context("waiting for the program")?,
            // Ctrl+C reaches the program by itself, as it reaches all of a terminal's.
            () = signals.terminated() => pass_on(pid),
        }
    };
    let mut list = newest(&asked.data, LISTED).await?;
    let known = list.rows.iter().position(|row| Some(&row.summary.trace_id) == before.as_ref());
    list.rows.truncate(known.unwrap_or(list.rows.len()));
    list.next = None;
    say(&list);
    Ok(code(status))
}

/// Says on stderr what came: stdout is the program's.
fn say(list: &TraceList) {
    if list.rows.is_empty() {
        eprintln!(
            "spanglass: no trace came; the program has to be instrumented: the set-up page of `spanglass serve` has what to add for each library"
        );
    } else {
        let more = if list.rows.len() == LISTED as usize { "these are the newest that came; " } else { "" };
        eprintln!("\n{}{more}`spanglass show latest` shows the newest", table::table(list));
    }
}

/// Returns where to send: to a Spanglass that has the data open, else to one that runs as long as the program does.
async fn receiver(data: &Data) -> anyhow::Result<(Option<Engine>, Receiver)> {
    let set = settings::configured(data.dir()?);
    let otlp_http = if let Listen::Off = set.otlp_http { Listen::Port(OTLP_HTTP_PORT) } else { set.otlp_http };
    match Engine::start(Config { otlp_http, ui: Listen::Off, ..set.clone() }).await {
        Ok(engine) => {
            let receiver = Receiver::of(&engine.address_line(), None);
            match receiver {
                Some(receiver) => Ok((Some(engine), receiver)),
                None => {
                    engine.stop().await;
                    anyhow::bail!(
                        "the folder of the data cannot be written, or no port is free: `spanglass serve` says which"
                    )
                }
            }
        }
        Err(error) if error.is_in_use() => {
            let running = Running::find(&set.data_dir).await?;
            let receiver = Receiver::of(&running.line, running.token.as_deref());
            Ok((
                None,
                receiver
                    .context("another program has the data open and takes no OTLP over HTTP; stop it, or let it")?,
            ))
        }
        Err(error) => Err(error.into()),
    }
}

async fn newest(data: &Data, limit: u32) -> anyhow::Result<TraceList> {
    match read::open(data)? {
        Some(query) => read::newest(&query, &Filter::default(), limit).await,
        None => Ok(TraceList::default()),
    }
}

#[cfg(unix)]
fn pass_on(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    let _ = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::TERM));
}

#[cfg(not(unix))]
fn pass_on(_pid: u32) {}

/// Returns what the program ended with; of one that a signal ended what a shell says of it.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
