//! The Spanglass window: starts the engine, opens one page of our own on it, stops the engine.
//!
//! Receiving, storing and answering are the engine's; what is drawn is the page's. Here is only what a desktop can do.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Parser;
use spanglass_engine::config::{Config, Listen, default_data_dir, parse_max_size};
use spanglass_engine::forward::Flags;
use spanglass_engine::settings;
use spanglass_engine::{Engine, StartError};
use tauri::{App, AppHandle, Manager, RunEvent};

mod busy;
mod dialogs;
mod drag_out;
mod links;
mod machine;
mod menu;
mod open_file;
mod recent;
mod scheme;
mod trouble;
mod window;
mod zoom;

#[derive(Parser)]
#[command(name = "spanglass-app", version, about = "Receives traces of LLM programs and shows them")]
struct Arguments {
    /// Trace files to import and show
    files: Vec<PathBuf>,
    /// Where the data is [default: what the command line uses]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// OTLP over HTTP and gRPC: a port, 127.0.0.1:PORT, or off; port 0 = any free one
    #[arg(long, value_name = "ADDR")]
    otlp_http: Option<Listen>,
    /// OTLP over gRPC and HTTP
    #[arg(long, value_name = "ADDR")]
    otlp_grpc: Option<Listen>,
    /// What programs send a Datadog agent
    #[arg(long, value_name = "ADDR")]
    datadog: Option<Listen>,
    /// The same at a socket that is a file
    #[arg(long, value_name = "PATH")]
    datadog_socket: Option<PathBuf>,
    /// Zipkin's own port, 9411; /api/v2/spans is on the OTLP ports, too
    #[arg(long, value_name = "ADDR")]
    zipkin: Option<Listen>,
    /// dogstatsd metrics, over UDP
    #[arg(long, value_name = "ADDR")]
    dogstatsd: Option<Listen>,
    /// How much to keep before the oldest traces go
    #[arg(long, value_name = "SIZE", value_parser = parse_max_size)]
    max_size: Option<u64>,
    /// Let nobody send OTLP who does not know the token in the data folder
    #[arg(long)]
    require_token: bool,
    #[command(flatten)]
    forward: Flags,
}

/// The engine until the window closes; nothing when it could not start.
struct Running(Mutex<Option<Engine>>);

/// How long the engine may take to put on disk what it has accepted.
const FAREWELL: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    machine::prepare();
    log();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spanglass-app: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    machine::require_display()?;
    let config = configuration(&arguments)?;
    let data_dir = config.data_dir.clone();
    // Before the desktop is asked anything: where one of its services hangs, the window waits for it and senders do not.
    let starting = tauri::async_runtime::spawn(Engine::start(config));
    // The bus knows one Spanglass; whoever names a folder wants another.
    let alone = arguments.data_dir.is_some() || std::env::var_os("SPANGLASS_DATA_DIR").is_some();
    // Known before the bus is: another start may ask for files while this one is under way.
    let mut builder = tauri::Builder::default().manage(open_file::Waiting::default());
    if !alone {
        // First, so that a second start ends before it has done anything.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, line, folder| {
            window::show(app);
            let files = Arguments::try_parse_from(line).map(|arguments| arguments.files).unwrap_or_default();
            open_file::open_or_wait(app, files.iter().map(|file| Path::new(&folder).join(file)).collect());
        }));
    }
    let app = builder
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(tauri::generate_handler![
            dialogs::save_text,
            dialogs::save_traces,
            dialogs::use_theme,
            drag_out::drag_traces,
            links::open_link
        ])
        .register_asynchronous_uri_scheme_protocol(scheme::SCHEME, |context, request, responder| {
            let router = context.app_handle().state::<Router>().inner().clone();
            scheme::answer(router, request, responder);
        })
        .on_window_event(|window, event| window::happened(window.app_handle(), event))
        .setup(move |app| {
            let engine = tauri::async_runtime::block_on(starting)?;
            Ok(start(app, engine, &data_dir, arguments.files)?)
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            app.state::<drag_out::Dragged>().clear();
            stop(app);
        }
    });
    Ok(())
}

/// Opens the window on the engine, or on the reason why there is none.
fn start(
    app: &mut App,
    engine: Result<Engine, StartError>,
    data_dir: &Path,
    files: Vec<PathBuf>,
) -> anyhow::Result<()> {
    let engine = match engine {
        // Where the desktop has no session bus, the lock of the data folder is what tells.
        Err(error) if error.is_in_use() => {
            eprintln!("spanglass-app: {error}");
            std::process::exit(open_file::hand_over(&files, data_dir));
        }
        engine => engine,
    };
    match &engine {
        Ok(engine) => app.manage(engine.router()),
        Err(error) => app.manage(trouble::router(error)),
    };
    app.manage(Running(Mutex::new(engine.ok())));
    app.manage(busy::Busy::default());
    app.manage(drag_out::Dragged::default());
    app.manage(zoom::Zoom::kept_in(data_dir));
    app.manage(recent::Recent::kept_in(data_dir));
    menu::open(app.handle())?;
    window::open(app.handle())?;
    open_file::started(app.handle(), files);
    end_with_signals(app.handle().clone());
    Ok(())
}

fn configuration(arguments: &Arguments) -> anyhow::Result<Config> {
    let told = arguments.data_dir.clone().or_else(|| default_data_dir(|name| std::env::var_os(name)));
    let mut config =
        settings::configured(told.context("no home folder is known; name a folder for the data with --data-dir")?);
    config.otlp_http = arguments.otlp_http.unwrap_or(config.otlp_http);
    config.otlp_grpc = arguments.otlp_grpc.unwrap_or(config.otlp_grpc);
    config.datadog = arguments.datadog.unwrap_or(config.datadog);
    config.datadog_socket = arguments.datadog_socket.clone();
    config.zipkin = arguments.zipkin.unwrap_or(config.zipkin);
    config.dogstatsd = arguments.dogstatsd.unwrap_or(config.dogstatsd);
    config.max_stored_bytes = arguments.max_size.unwrap_or(config.max_stored_bytes);
    // The window's ports are this machine's alone; `spanglass serve` is for more.
    for listen in [config.otlp_http, config.otlp_grpc, config.datadog, config.dogstatsd, config.zipkin] {
        listen.on_this_machine()?;
    }
    config.require_token = arguments.require_token;
    let forward = arguments.forward.clone().read(|name| std::env::var(name).ok());
    config.forward = forward.map_err(anyhow::Error::msg)?;
    config.assets = spanglass_engine::interface();
    Ok(config)
}

/// Stops the engine, once; the window is gone by then.
fn stop(app: &AppHandle) {
    let Some(running) = app.try_state::<Running>() else { return };
    let engine = running.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(engine) = engine else { return };
    tauri::async_runtime::block_on(async {
        if tokio::time::timeout(FAREWELL, engine.stop()).await.is_err() {
            tracing::warn!("the engine took too long to stop; what it acknowledged is on disk");
        }
        // Files that are broken off go before the program does.
        let _ = tokio::time::timeout(FAREWELL, busy::done(app)).await;
    });
}

/// Closes the window when the system asks the program to end.
fn end_with_signals(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        app.exit(0);
    });
}

fn log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("SPANGLASS_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
