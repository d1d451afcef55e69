//! OTLP JSON Lines: each line a request of the spans (or log records) that share a resource and a scope.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use spanglass_trace::decode::{Encoding, Envelope, Received, json_out};

use crate::query::RawSpan;

/// Where a line ends and the next begins, in bytes; only a single span makes a longer one.
const LINE_BYTES: usize = 4 << 20;

/// What a line holds.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    Spans,
    Logs,
}

impl Signal {
    /// The names of the three lists a request has, outermost first.
    fn names(self) -> [&'static str; 3] {
        match self {
            Self::Spans => ["resourceSpans", "scopeSpans", "spans"],
            Self::Logs => ["resourceLogs", "scopeLogs", "logRecords"],
        }
    }

    fn item(self, encoding: Encoding, raw: &[u8], line: &mut String) {
        match self {
            Self::Spans => json_out::span(encoding, raw, line),
            Self::Logs => json_out::log(encoding, raw, line),
        }
    }
}

/// Writes items in their order, those that share a resource and a scope together.
///
/// What is shared is told by how it is written, so that what came as protobuf and was imported again makes the same lines.
pub(super) fn write<'a>(
    signal: Signal,
    items: impl IntoIterator<Item = (&'a Bytes, &'a Arc<Envelope>)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let [resources, scopes, list] = signal.names();
    for (start, items) in groups(resources, scopes, list, items) {
        let mut line = start.clone();
        for (raw, encoding) in items {
            if line.len() > start.len() {
                if line.len() + raw.len() > LINE_BYTES {
                    end(&mut line, out)?;
                    line.push_str(&start);
                } else {
                    line.push(',');
                }
            }
            signal.item(encoding, raw, &mut line);
        }
        end(&mut line, out)?;
    }
    Ok(())
}

fn end(line: &mut String, out: &mut dyn Write) -> io::Result<()> {
    line.push_str("]}]}]}\n");
    out.write_all(line.as_bytes())?;
    line.clear();
    Ok(())
}

type Group<'a> = (String, Vec<(&'a Bytes, Encoding)>);

/// Returns how the lines of each group start, and its items; groups and items in the order of arrival.
fn groups<'a>(
    resources: &str,
    scopes: &str,
    list: &str,
    items: impl IntoIterator<Item = (&'a Bytes, &'a Arc<Envelope>)>,
) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut by_start: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_envelope: BTreeMap<usize, usize> = BTreeMap::new();
    for (raw, envelope) in items {
        let index = *by_envelope.entry(Arc::as_ptr(envelope) as usize).or_insert_with(|| {
            let [resource, scope] = [json_out::resource_members(envelope), json_out::scope_members(envelope)]
                .map(|members| if members.is_empty() { members } else { members + "," });
            let start = format!("{{\"{resources}\":[{{{resource}\"{scopes}\":[{{{scope}\"{list}\":[");
            *by_start.entry(start).or_insert_with_key(|start| {
                groups.push((start.clone(), Vec::new()));
                groups.len() - 1
            })
        });
        groups[index].1.push((raw, envelope.encoding));
    }
    groups
}

/// Returns one span as an OTLP/JSON request of its own.
pub fn request_of(span: &RawSpan) -> Vec<u8> {
    written(Signal::Spans, [(&span.raw, &span.envelope)])
}

/// Returns what was received as OTLP/JSON requests, each with the path it is sent to.
pub fn requests(received: &Received) -> Vec<(&'static str, Bytes)> {
    let mut requests = Vec::new();
    let spans = received.spans.iter().map(|span| (&span.raw, &span.envelope));
    let logs = received.logs.iter().map(|log| (&log.raw, &log.envelope));
    for (path, lines) in [("/v1/traces", written(Signal::Spans, spans)), ("/v1/logs", written(Signal::Logs, logs))] {
        let lines = Bytes::from(lines);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            requests.push((path, lines.slice_ref(line)));
        }
    }
    requests
}

fn written<'a>(signal: Signal, items: impl IntoIterator<Item = (&'a Bytes, &'a Arc<Envelope>)>) -> Vec<u8> {
    let mut lines = Vec::new();
    write(signal, items, &mut lines).expect("memory takes what is written to it");
    lines
}
