//! The page's own origin: `spanglass://localhost` (`http://spanglass.localhost` on Windows), answered by the engine's
//! Router inside this process. Page and API are one origin, and nothing readable is on the network.

use axum::Router;
use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tauri::{UriSchemeResponder, Url};
use tower::ServiceExt;

/// The scheme's name.
pub(crate) const SCHEME: &str = "spanglass";

/// What the page may do. Tauri's own channel (`ipc:`) is how the page asks for what only a desktop can do; the one trusted
/// type policy is the one Svelte makes for its compiled templates.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src data: blob:; \
    font-src 'self'; worker-src 'self'; connect-src 'self' ipc: http://ipc.localhost; frame-src 'none'; object-src 'none'; \
    base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// Returns the address of a place in the page, such as `#/trace/…`.
pub(crate) fn page(place: &str) -> Url {
    let origin = if cfg!(windows) { "http://spanglass.localhost" } else { "spanglass://localhost" };
    format!("{origin}/index.html{place}").parse().expect("a fixed origin and a fragment make an address")
}

/// Says whether an address belongs to the page's origin.
pub(crate) fn is_ours(url: &Url) -> bool {
    let own = page("");
    url.scheme() == own.scheme() && url.host_str() == own.host_str() && url.port() == own.port()
}

/// Answers one request of the page. A request that is given up by the page runs on to its end.
pub(crate) fn answer(router: Router, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    tauri::async_runtime::spawn(async move {
        let response = router.oneshot(request.map(Body::from)).await.unwrap_or_else(|never| match never {});
        let (mut parts, body) = response.into_parts();
        let response = match body.collect().await {
            Ok(body) => {
                lock(&mut parts.headers);
                Response::from_parts(parts, body.to_bytes().to_vec())
            }
            Err(error) => {
                tracing::warn!(%error, "an answer to the page broke off");
                let mut response = Response::new(error.to_string().into_bytes());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        };
        responder.respond(response);
    });
}

/// Puts the window's policy on an answer, in place of the one a browser on a port gets.
fn lock(headers: &mut http::HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let page = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if page {
        // WebKit keeps its cache over updates of the program.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_is_ours() {
        assert!(is_ours(&page("#/trace/1")));
        for other in [
            "https://example.com/",
            "file:///etc/passwd",
            "spanglass://elsewhere/",
            "http://localhost/",
            "about:blank",
            "data:text/html,x",
        ] {
            assert!(!is_ours(&other.parse().unwrap()), "{other}");
        }
    }
}
