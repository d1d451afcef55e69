//! The window: one page of our own, and no way out of it.

use tauri::webview::{NewWindowResponse, WebviewWindow, WebviewWindowBuilder};
use tauri::{AppHandle, Manager, WebviewUrl};

use crate::scheme;

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
        // Trace text is hostile: whatever it makes the page try, the page stays where it is.
        .on_navigation(scheme::is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .general_autofill_enabled(false)
        .build()
        .inspect(quieten)
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
