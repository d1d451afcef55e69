//! OpenTelemetry's own conventions that are not about models: errors, HTTP, databases, RPC, sessions.
//!
//! Source: semantic-conventions 1.26 to 1.44, `exceptions`, `http`, `db`, `rpc`, `messaging`, `session`, `enduser`.

use crate::reading::{ErrorInfo, Kind, Reader};
use crate::span::{LogRecord, attribute};

use super::proposal::{Evidence, Found, KindVote, Proposal, Session};
use super::switches::Switch;
use super::value;

/// What brings text that is missing: semantic conventions of HTTP, databases and RPC.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("OpenTelemetry", "", "The conventions this span follows have no place for what was said.")];

/// One of these on a span says what protocol it speaks.
const PROTOCOLS: &[(&str, Kind)] = &[
    ("db.system", Kind::Db),
    ("db.system.name", Kind::Db),
    ("rpc.system", Kind::Rpc),
    ("rpc.system.name", Kind::Rpc),
    ("messaging.system", Kind::Rpc),
    ("http.request.method", Kind::Http),
    ("http.method", Kind::Http),
    ("http.url", Kind::Http),
    ("url.full", Kind::Http),
];

/// Reads a span's error, protocol and session.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Proposal {
    let protocol = PROTOCOLS.iter().find(|(key, _)| reader.get(key).is_some());
    for prefix in [
        "http.",
        "url.",
        "db.",
        "rpc.",
        "messaging.",
        "server.",
        "client.",
        "network.",
        "net.",
        "thread.",
        "code.",
        "peer.",
    ] {
        for (key, _, _) in reader.with_prefix(prefix) {
            reader.understand(key);
        }
    }
    let session = Session {
        session_id: reader.get("session.id").and_then(value::unquoted),
        user_id: ["user.id", "enduser.id"].iter().find_map(|key| reader.get(key).and_then(value::unquoted)),
    };
    Proposal {
        kind: protocol.map(|(key, kind)| KindVote { kind: *kind, raw: None, evidence: Evidence::Protocol, key }),
        session: (session != Session::default()).then(|| Found::new("session.id", session)),
        error: error(reader),
        ..Proposal::default()
    }
}

/// A span failed when its status says so or it names an error's type; an exception event alone may have been handled.
fn error(reader: &Reader<'_>) -> Option<Found<ErrorInfo>> {
    let span = reader.span;
    let attribute_of = |key: &str| reader.get(key).and_then(value::text);
    let (error_type, message, stack) =
        (attribute_of("error.type"), attribute_of("error.message"), attribute_of("error.stack"));
    if span.status.code != 2 && error_type.is_none() {
        return None;
    }
    let event = span.events.iter().rev().find(|event| event.name == "exception");
    let told = |key: &str| event.and_then(|event| attribute(&event.attributes, key)).and_then(value::text);
    let status = Some(span.status.message.clone()).filter(|message| !message.is_empty());
    let source = if event.is_some() { "exception" } else { "status" };
    let error = ErrorInfo {
        kind: told("exception.type").or(error_type),
        message: told("exception.message").or(message).or(status),
        stacktrace: told("exception.stacktrace").or(stack),
    };
    (error != ErrorInfo::default()).then(|| Found::new(source, error))
}
