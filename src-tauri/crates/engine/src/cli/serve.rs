//! `spanglass serve`: the engine without a window, until a signal says stop.

use std::io::{IsTerminal, Write};

use anyhow::Context;

use super::signals::Signals;
use crate::Engine;
use crate::config::Config;
use crate::terminal::safe_line;

pub(super) async fn serve(config: Config, json: bool) -> anyhow::Result<()> {
    // In place before anyone can know that we run, so that no signal is missed.
    let stop = Signals::listen().context("listening for signals")?;
    log();
    let engine = Engine::start(config).await?;
    let printed = print(&engine, json);
    if printed.is_ok() {
        stop.wait().await;
    }
    engine.stop().await;
    printed
}

fn print(engine: &Engine, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", engine.address_line())?;
        for problem in engine.endpoints().iter().chain(engine.ui()).filter_map(|endpoint| endpoint.problem.as_ref()) {
            eprintln!("spanglass: {}", safe_line(problem));
        }
    } else {
        for endpoint in engine.endpoints().iter().chain(engine.ui()) {
            let name = match endpoint.name.as_str() {
                "otlp_http" => "OTLP/HTTP",
                "otlp_grpc" => "OTLP/gRPC",
                "datadog" | "datadog_socket" => "Datadog",
                "zipkin" => "Zipkin",
                "dogstatsd" => "DogStatsD",
                _ => "Interface",
            };
            let url = if endpoint.name == "ui" { engine.ui_url() } else { endpoint.url.as_deref() };
            writeln!(out, "{name:<10} {}", url.unwrap_or("off"))?;
            if let Some(problem) = &endpoint.problem {
                writeln!(out, "           {}", safe_line(problem))?;
            }
        }
        if let Some(token) = engine.token() {
            writeln!(out, "{:<10} {token}", "Token")?;
        }
        writeln!(out, "{:<10} {}", "Data", engine.data_dir().display())?;
        if let Some(url) = engine.endpoints().iter().find(|e| e.name == "otlp_http").and_then(|e| e.url.as_deref()) {
            writeln!(out, "\nexport OTEL_EXPORTER_OTLP_ENDPOINT={url}")?;
        }
    }
    out.flush()?;
    Ok(())
}

fn log() {
    use tracing_subscriber::EnvFilter;
    // h2 warns once per abused connection, which would let a peer fill the disk that a log goes to.
    let filter = EnvFilter::try_from_env("SPANGLASS_LOG").unwrap_or_else(|_| EnvFilter::new("warn,h2=error"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}
