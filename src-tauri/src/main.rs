//! The Spanglass window: starts the engine, opens one page of our own on it, stops the engine.
//!
//! Receiving, storing and answering are the engine's; what is drawn is the page's. Here is only what a desktop can do.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::path::PathBuf;
use std::process::ExitCode;

use axum::Router;
use clap::Parser;

mod links;
mod rendering;
mod scheme;
mod window;

#[derive(Parser)]
#[command(name = "spanglass-app", version, about = "Receives LLM traces and shows them.")]
struct Arguments {
    /// Trace files to import and show.
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let _arguments = Arguments::parse();
    rendering::suit_the_machine();
    let router = Router::new();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .register_asynchronous_uri_scheme_protocol(scheme::SCHEME, move |_, request, responder| {
            scheme::answer(router.clone(), request, responder);
        })
        .invoke_handler(tauri::generate_handler![links::open_link])
        .setup(|app| {
            window::open(app.handle(), "")?;
            Ok(())
        })
        .build(tauri::generate_context!());
    let Ok(app) = built else { return ExitCode::FAILURE };
    app.run(|_, _| {});
    ExitCode::SUCCESS
}
