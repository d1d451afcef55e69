//! The interface's files, and what every answer says about how it may be used.

use std::path::{Component, Path};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use super::App;
use super::error::Failure;
use crate::config::Assets;

/// Nothing but our own files runs, and the page can ask nobody but us; text of a trace that became markup would find neither a
/// script, nor an address, nor a way to make HTML of a string. `svelte-trusted-html` is the policy of Svelte's own templates.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self'; media-src data: blob:; frame-src 'none'; object-src 'none'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types svelte-trusted-html";

/// Answers what no route of the API does: files of the interface.
pub(crate) async fn file(State(app): State<App>, method: Method, address: Uri) -> Result<Response, Failure> {
    let path = address.path().trim_start_matches('/');
    let missing = || Failure::NotFound(format!("nothing is at {}", address.path()));
    if path.starts_with("api/") || (method != Method::GET && method != Method::HEAD) {
        return Err(missing());
    }
    let path = if path.is_empty() { "index.html" } else { path };
    let bytes = match &app.assets {
        Assets::None => None,
        Assets::Embedded(files) => {
            files.iter().find(|(name, _)| *name == path).map(|(_, bytes)| axum::body::Bytes::from_static(bytes))
        }
        Assets::Folder(folder) => match within(folder, path) {
            Some(file) => tokio::fs::read(file).await.ok().map(Into::into),
            None => None,
        },
    };
    let bytes = bytes.ok_or_else(|| match path {
        "index.html" => {
            Failure::NotFound("this build carries no interface; build it with `npm run build` in ui/ first".into())
        }
        _ => missing(),
    })?;
    // Vite names files under assets/ by their content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static(media_type(path))), (CACHE_CONTROL, HeaderValue::from_static(cache))];
    Ok((StatusCode::OK, headers, bytes).into_response())
}

/// Returns a file of a folder; `None` for a path that leads out of it.
fn within(folder: &Path, path: &str) -> Option<std::path::PathBuf> {
    let path = Path::new(path);
    let stays = !path.as_os_str().is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    stays.then(|| folder.join(path))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Adds to every answer what a browser may do with it.
pub(crate) async fn secure(mut response: Response) -> Response {
    add_security(response.headers_mut());
    response
}

pub(crate) fn add_security(headers: &mut HeaderMap) {
    let fixed = [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let folder = Path::new("/ui");
        assert_eq!(within(folder, "assets/a.js"), Some("/ui/assets/a.js".into()));
        for path in ["../etc/passwd", "assets/../../etc/passwd", "/etc/passwd", ""] {
            assert_eq!(within(folder, path), None, "{path}");
        }
    }
}
