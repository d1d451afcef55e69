//! Which `Host` and `Origin` values name this machine itself.
//!
//! Binding to loopback keeps other machines out, not web pages: a browser on this machine reaches loopback for any page that
//! asks, and DNS rebinding makes it say so under the page's own name. Only an exact list of names stops that.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use http::request::Parts;

/// Says whether a `Host` header or `:authority` names exactly one of this machine's loopback names and this port.
pub(crate) fn is_own_authority(authority: &str, port: u16) -> bool {
    let Some((host, told)) = authority.rsplit_once(':') else { return false };
    is_loopback_name(host) && told == port.to_string()
}

/// Says whether an `Origin` is a page served by this machine.
pub(crate) fn is_loopback_origin(origin: &str) -> bool {
    let Some(rest) = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) else { return false };
    let (host, port) = match rest.strip_suffix(']') {
        Some(_) => (rest, None),
        None => rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
    };
    is_loopback_name(host)
        && port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

fn is_loopback_name(host: &str) -> bool {
    host == "127.0.0.1" || host == "[::1]" || host.eq_ignore_ascii_case("localhost")
}

/// Says whether every name the request was sent to (request target, `:authority`, `Host`) is this listener's, and there is one.
pub(crate) fn is_sent_to(request: &Parts, port: u16) -> bool {
    let mut hosts = request.headers.get_all(HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return false;
    }
    let host = host.map(|host| host.to_str().unwrap_or_default());
    let authority = request.uri.authority().map(|authority| authority.as_str());
    (host.is_some() || authority.is_some())
        && host.is_none_or(|host| is_own_authority(host, port))
        && authority.is_none_or(|authority| is_own_authority(authority, port))
}

/// Returns the one `Origin` of a request: `Ok(None)` without one.
///
/// # Errors
///
/// When it is no page of this machine, unreadable, or there are several.
pub(crate) fn origin(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => Ok(None),
        (Some(origin), None) => origin.to_str().ok().filter(|origin| is_loopback_origin(origin)).map(Some).ok_or(()),
        (Some(_), Some(_)) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_loopback_names_with_the_port_are_own() {
        for own in ["127.0.0.1:4318", "localhost:4318", "LOCALHOST:4318", "[::1]:4318"] {
            assert!(is_own_authority(own, 4318), "{own}");
        }
        for foreign in [
            "",
            ":4318",
            "localhost",
            "127.0.0.1",
            "127.0.0.1:4317",
            "127.0.0.1:04318",
            "127.0.0.1:+4318",
            "evil.test:4318",
            "localhost.evil.test:4318",
            "127.0.0.1.evil.test:4318",
            "localhost.:4318",
            "127.1:4318",
            "0.0.0.0:4318",
            "2130706433:4318",
            "user@127.0.0.1:4318",
            "[::ffff:127.0.0.1]:4318",
            "::1:4318",
            "[::1]",
            "127.0.0.1:4318 ",
            "127.0.0.2:4318",
            "[0:0:0:0:0:0:0:1]:4318",
            "127.0.0.1:4318:4318",
            "localhost:4318/",
            "http://localhost:4318",
        ] {
            assert!(!is_own_authority(foreign, 4318), "{foreign}");
        }
    }

    #[test]
    fn only_pages_of_this_machine_are_loopback_origins() {
        for own in [
            "http://localhost",
            "http://localhost:3000",
            "https://localhost:3000",
            "http://127.0.0.1:8080",
            "http://[::1]:5173",
            "http://[::1]",
        ] {
            assert!(is_loopback_origin(own), "{own}");
        }
        for foreign in [
            "null",
            "",
            "https://evil.test",
            "http://localhost.evil.test",
            "http://127.0.0.1.evil.test:80",
            "file://",
            "http://localhost:3000/",
            "http://localhost:",
            "http://localhost:x",
            "http://localhost:99999",
            "chrome-extension://abc",
            "http://user@localhost",
            "http://evil.test:localhost",
            "HTTP://localhost",
            "localhost",
            "http://localhost@evil.test",
            "http://evil.test#localhost",
            "http://localhost, http://evil.test",
        ] {
            assert!(!is_loopback_origin(foreign), "{foreign}");
        }
    }
}
