//! The page's own origin: `spanglass://localhost` (`http://spanglass.localhost` on Windows), answered by the engine's
//! Router inside this process. Page and API are one origin, and nothing readable is on the network.

use axum::Router;
use axum::body::Body;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use spanglass_engine::api::CONTENT_POLICY;
use tauri::{UriSchemeResponder, Url};
use tower::ServiceExt;

/// The scheme's name.
pub(crate) const SCHEME: &str = "spanglass";

/// Returns the page's address.
pub(crate) fn page() -> Url {
    let origin = if cfg!(windows) { "http://spanglass.localhost" } else { "spanglass://localhost" };
    format!("{origin}/index.html").parse().expect("a fixed address is one")
}

/// Says whether an address belongs to the page's origin.
pub(crate) fn is_ours(url: &Url) -> bool {
    let own = page();
    url.scheme() == own.scheme() && url.host_str() == own.host_str() && url.port() == own.port()
}

/// Answers one request of the page. A request that is given up by the page runs on to its end.
pub(crate) fn answer(router: Router, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let policy = HeaderValue::try_from(with_channel(CONTENT_POLICY)).expect("ASCII stays ASCII");
    tauri::async_runtime::spawn(async move {
        let response = router.oneshot(request.map(Body::from)).await.unwrap_or_else(|never| match never {});
        let (mut parts, body) = response.into_parts();
        let response = match body.collect().await {
            Ok(body) => {
                parts.headers.insert(CONTENT_SECURITY_POLICY, policy);
                Response::from_parts(parts, body.to_bytes().into())
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

/// Lets the page reach Tauri's own channel, by which it asks for what only a desktop can do; all else stays as a browser has it.
fn with_channel(policy: &str) -> String {
    policy.replace("connect-src 'self'", "connect-src 'self' ipc: http://ipc.localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_differs_from_a_browser_s_by_tauri_s_channel_alone() {
        let policy = with_channel(CONTENT_POLICY);
        assert_ne!(policy, CONTENT_POLICY);
        assert_eq!(policy.replace(" ipc: http://ipc.localhost", ""), CONTENT_POLICY);
    }

    #[test]
    fn only_the_page_is_ours() {
        assert!(is_ours(&page()));
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
