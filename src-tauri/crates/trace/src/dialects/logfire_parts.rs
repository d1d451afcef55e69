//! Spans of Logfire's that are no spans of their own: markers of a start, and answers of streams.
//!
//! Source: Logfire SDK 5.2.0, `_internal/tracer.py` (`PendingSpanProcessor`: a marker has an id of its own, the started span's id as
//! its parent, and that one's parent in an attribute, sixteen zeros for none) and `_internal/integrations/llm_providers`
//! (`record_streaming`: the call's span ends when the stream is opened; what came in it is told by a log beside that span which
//! repeats the request and says how long the stream took).

use super::logfire::TEMPLATE;
use super::proposal::{Evidence, KindVote, Proposal};
use super::value;
use crate::fingerprint;
use crate::reading::{Half, Kind, Reader};
use crate::span::{AnyValue, Span};

const SPAN_TYPE: &str = "logfire.span_type";

/// How the message of a streamed answer starts.
pub(super) const STREAMED: &str = "streaming response from ";

/// What of a span repeats the request; nothing else in the two halves of a call is the same.
const REQUEST: [&str; 3] = ["request_data", "gen_ai.input.messages", "gen_ai.system_instructions"];

/// What a call that was answered on its own span has.
const ANSWERS: [&str; 4] = ["response_data", "response", "output", "gen_ai.output.messages"];

/// Says whether a span is (or was made of) a marker that says that a span has started.
pub(super) fn is_pending(span: &Span) -> bool {
    span.attribute(SPAN_TYPE).and_then(AnyValue::as_str) == Some("pending_span")
}

/// Returns the span a marker says has started.
pub(super) fn started(marker: &Span) -> Option<Span> {
    let span_id = marker.parent_span_id.filter(|_| is_pending(marker))?;
    // Sixteen zeros are no id: the started span is a root.
    let parent = marker.attribute("logfire.pending_parent_id").and_then(AnyValue::as_str);
    let parent_span_id = parent.and_then(|parent| parent.parse().ok());
    Some(Span { span_id, parent_span_id, end_time_unix_nano: 0, ..marker.clone() })
}

/// Says which half of a streamed call a span is. A call that was answered on its own span is whole.
pub(super) fn read_half(reader: &Reader<'_>, template: &str, proposal: &mut Proposal) {
    if reader.peek("request_data").is_none() {
        return;
    }
    let sent: Vec<String> =
        REQUEST.iter().map(|key| reader.peek(key).and_then(value::text).unwrap_or_default()).collect();
    let asked = fingerprint::of(sent.iter().map(String::as_str));
    if template.starts_with(STREAMED) {
        let took_ns = reader.get("duration").and_then(|sent| value::amount(&sent.to_json())).unwrap_or(0.0) * 1e9;
        let answered_from = Some(reader.span.start_time_unix_nano.saturating_sub(took_ns as u64));
        proposal.half = Some(Half { asked, answered_from });
        // GenAI's words on it are those of the call.
        proposal.kind = Some(KindVote { kind: Kind::Other, raw: None, evidence: Evidence::Word, key: TEMPLATE });
    } else if ANSWERS.iter().all(|key| reader.peek(key).is_none()) {
        proposal.half = Some(Half { asked, answered_from: None });
    }
}
