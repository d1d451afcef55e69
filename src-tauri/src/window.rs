//! The window: one page of our own, and no way out of it.

use tauri::webview::{NewWindowResponse, WebviewWindow, WebviewWindowBuilder};
use tauri::{AppHandle, DragDropEvent, Manager, WebviewUrl, WindowEvent};

use crate::zoom::Zoom;
use crate::{busy, drag_out, open_file, scheme};

/// The one window's label; capabilities/main.json names it.
const LABEL: &str = "main";

/// Opens the window.
///
/// # Errors
/// When the system has no display or no web view.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(scheme::page()))
        .title("Spanglass")
        .inner_size(1440.0, 900.0)
        .min_inner_size(720.0, 480.0)
        .prevent_overflow()
        // Trace text is hostile: whatever it makes the page try, the page stays where it is.
        .on_navigation(scheme::is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .general_autofill_enabled(false)
        .build()
        .inspect(quieten)
        .inspect(drag_out::prepare)
        .and_then(|window| window.set_zoom(app.state::<Zoom>().factor()).map(|()| window))
}

/// Answers what happens to the window: files that are dropped on it are opened, and it closes when nothing is lost by that.
pub(crate) fn happened(app: &AppHandle, event: &WindowEvent) {
    let told = match event {
        WindowEvent::CloseRequested { api, .. } => {
            if !busy::may_close(app) {
                api.prevent_close();
            }
            Ok(())
        }
        // Text that is dragged over it is no file.
        WindowEvent::DragDrop(DragDropEvent::Enter { paths, .. }) if !paths.is_empty() => command(app, "drop.over"),
        WindowEvent::DragDrop(DragDropEvent::Leave) => command(app, "drop.end"),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
            open_file::open(app, paths.clone());
            command(app, "drop.end")
        }
        _ => Ok(()),
    };
    if let Err(error) = told {
        tracing::warn!(%error, "the page could not be told what happens to its window");
    }
}

/// Closes the window, as its own button does.
pub(crate) fn close(app: &AppHandle) {
    if busy::may_close(app) {
        app.exit(0);
    }
}

/// Has the page do one of its commands. Ids are the program's own, and no text of a trace.
pub(crate) fn command(app: &AppHandle, id: &str) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else { return Ok(()) };
    let id = serde_json::Value::from(id);
    window.eval(format!("window.dispatchEvent(new CustomEvent('spanglass-command', {{ detail: {id} }}))"))
}

/// Loads the page anew; where it is stands in its address.
pub(crate) fn reload(app: &AppHandle) -> tauri::Result<()> {
    app.get_webview_window(LABEL).map_or(Ok(()), |window| window.reload())
}

/// Draws everything so much larger than designed.
pub(crate) fn draw_at(app: &AppHandle, factor: f64) -> tauri::Result<()> {
    app.get_webview_window(LABEL).map_or(Ok(()), |window| window.set_zoom(factor))
}

/// Does what a person would do to the text they are at, by the name WebKit has for it.
#[cfg(target_os = "linux")]
pub(crate) fn edit(app: &AppHandle, command: &str) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt;
    let Some(window) = app.get_webview_window(LABEL) else { return Ok(()) };
    let command = command.to_owned();
    window.with_webview(move |view| view.inner().execute_editing_command(&command))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn edit(app: &AppHandle, command: &str) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else { return Ok(()) };
    let command = serde_json::Value::from(command);
    window.eval(format!("document.execCommand({command})"))
}

/// Shows a trace.
pub(crate) fn show_trace(app: &AppHandle, trace_id: &str) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let mut place = scheme::page();
    place.set_fragment(Some(&format!("/trace/{trace_id}")));
    if let Err(error) = window.navigate(place) {
        tracing::warn!(%error, "the imported trace could not be shown");
    }
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.unminimize().and_then(|()| window.set_focus()) {
        tracing::warn!(%error, "the window could not be brought to the front");
    }
}

/// Turns off what WebKit does on the network without being asked by a request.
#[cfg(target_os = "linux")]
fn quieten(window: &WebviewWindow) {
    use webkit2gtk::{SettingsExt, WebViewExt};
    let done = window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_enable_dns_prefetching(false);
            settings.set_enable_webrtc(false);
        }
    });
    if let Err(error) = done {
        tracing::warn!(%error, "the web view keeps its network defaults");
    }
}

#[cfg(not(target_os = "linux"))]
fn quieten(_: &WebviewWindow) {}
