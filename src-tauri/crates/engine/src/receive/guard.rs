//! Who may send: programs of this machine, and pages this machine serves itself. Checked before anything of a body is read.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::answer::{Refusal, Why};
use crate::loopback::{is_sent_to, origin};

/// Says whether a request may be answered. Returns the page it comes from, if a page sent it.
pub(crate) fn check(request: &Parts, port: Option<u16>) -> Result<Option<HeaderValue>, Refusal> {
    let forbidden = |message| Err(Refusal::new(Why::Forbidden, message));
    if let Some(port) = port
        && !is_sent_to(request, port)
    {
        return forbidden(format!(
            "send to 127.0.0.1:{port}, localhost:{port} or [::1]:{port}: a request under any other host name is refused, because a web page could have sent it"
        ));
    }
    let Ok(origin) = origin(&request.headers) else {
        return forbidden("only pages served by this machine (an Origin on localhost) may send here".into());
    };
    let cross_site = request.headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"cross-site");
    if cross_site && origin.is_none() {
        return forbidden("a page of another site may not send here".into());
    }
    Ok(origin.and_then(|origin| HeaderValue::from_str(origin).ok()))
}

/// Lets the page read the answer.
pub(crate) fn allow(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(VARY, HeaderValue::from_static("origin"));
}

/// Answers a page's question whether it may send (CORS preflight).
pub(crate) fn allow_sending(headers: &mut HeaderMap, asked: &HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    let names = asked.get(ACCESS_CONTROL_REQUEST_HEADERS).and_then(|names| names.to_str().ok()).unwrap_or_default();
    let allowed: Vec<&str> = names.split(',').map(str::trim).filter(|name| may_be_sent(name)).collect();
    let allowed = if allowed.is_empty() { "content-type".to_owned() } else { allowed.join(", ") };
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
}

fn may_be_sent(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("x-") || ["content-type", "content-encoding", "authorization"].contains(&name.as_str())
}
