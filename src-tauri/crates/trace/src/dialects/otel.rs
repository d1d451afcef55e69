//! OpenTelemetry's own conventions that are not about models: errors, protocols, sessions.
//!
//! Source: semantic-conventions 1.26 to 1.44, `exceptions`, `session`, `enduser`; the protocols' are in [`protocols`].

use crate::reading::{ErrorInfo, Reader};
use crate::span::{LogRecord, attribute};

use super::proposal::{Evidence, Found, KindVote, Proposal, Session};
use super::switches::Switch;
use super::{protocols, value};

/// What brings text that is missing: semantic conventions of HTTP, databases and RPC.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("OpenTelemetry", "", "The conventions this span follows have no place for what was said.")];

/// Reads a span's error, protocol and session.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    let call = protocols::read(reader);
    let told =
        |keys: &[&'static str]| keys.iter().find_map(|key| Some((*key, reader.get(key).and_then(value::unquoted)?)));
    let (session, user) = (told(&["session.id"]), told(&["user.id", "enduser.id"]));
    let key = session.as_ref().or(user.as_ref()).map(|(key, _)| *key);
    let session = Session { session_id: session.map(|(_, id)| id), user_id: user.map(|(_, id)| id) };
    let error = error(reader, logs, call.as_ref().and_then(|call| call.status.clone()));
    if call.is_none() && key.is_none() && error.is_none() {
        return None;
    }
    Some(Proposal {
        kind: call.as_ref().map(|call| KindVote {
            kind: call.kind,
            raw: None,
            evidence: Evidence::Protocol,
            key: call.by,
        }),
        error,
        input: call.as_ref().map(|call| call.input.clone()).unwrap_or_default(),
        output: call.map(|call| call.output).unwrap_or_default(),
        session: key.map(|key| Found::new(key, session)),
        ..Proposal::default()
    })
}

/// A span failed when its status says so or it names an error's type; an exception event alone may have been handled.
fn error(reader: &Reader<'_>, logs: &[LogRecord], ended: Option<String>) -> Option<Found<ErrorInfo>> {
    let span = reader.span;
    let attribute_of = |key: &str| reader.get(key).and_then(value::text);
    let (error_type, message, stack) =
        (attribute_of("error.type"), attribute_of("error.message"), attribute_of("error.stack"));
    let failed = match span.status.code {
        1 => false,
        2 => true,
        _ => error_type.is_some(),
    };
    if !failed {
        return None;
    }
    let names = ["exception", "gen_ai.client.operation.exception"];
    let event = span.events.iter().rev().find(|event| names.contains(&event.name.as_str()));
    // Newer SDKs record what was thrown in a log.
    let log = || logs.iter().rev().find(|log| names.contains(&log.event()));
    let (source, event) = event
        .map(|event| ("exception", &event.attributes))
        .or_else(|| log().map(|log| ("log:exception", &log.attributes)))
        .map_or(("status", None), |(source, told)| (source, Some(told)));
    let told = |key: &str| event.and_then(|told| attribute(told, key)).and_then(value::text);
    let status = Some(span.status.message.clone()).filter(|message| !message.is_empty());
    let error = ErrorInfo {
        kind: told("exception.type").or(error_type).or(ended),
        message: told("exception.message").or(message).or(status),
        stacktrace: told("exception.stacktrace").or(stack),
    };
    (error != ErrorInfo::default()).then(|| Found::new(source, error))
}
