//! Calls over a protocol: HTTP, databases, RPC, messaging, functions, GraphQL, A2A. What was asked stands in one line as the input,
//! how it ended as the output.
//!
//! Source: semantic-conventions 1.4 to 1.44, `http`, `db`, `rpc`, `messaging`, `faas`, `graphql` with their deprecated names, and
//! `a2a` of semantic-conventions-genai.

use serde_json::{Value, json};

use super::proposal::{Found, Side};
use super::value;
use crate::reading::{Kind, Reader};

/// One of these on a span says what protocol it speaks; the first counts: a database may be asked over HTTP.
const PROTOCOLS: &[(&str, Kind)] = &[
    ("db.system.name", Kind::Db),
    ("db.system", Kind::Db),
    ("a2a.method.name", Kind::Rpc),
    ("rpc.system.name", Kind::Rpc),
    ("rpc.system", Kind::Rpc),
    ("messaging.system", Kind::Rpc),
    ("graphql.operation.type", Kind::Rpc),
    ("graphql.document", Kind::Rpc),
    ("faas.trigger", Kind::Task),
    ("faas.invoked_name", Kind::Task),
    ("http.request.method", Kind::Http),
    ("http.method", Kind::Http),
    ("http.url", Kind::Http),
    ("url.full", Kind::Http),
];

/// All that these conventions define; each attribute is shown with the span as it came.
const NAMESPACES: &[&str] = &[
    "http.",
    "url.",
    "db.",
    "rpc.",
    "messaging.",
    "faas.",
    "graphql.",
    "a2a.",
    "aws.",
    "cloud.",
    "server.",
    "client.",
    "network.",
    "net.",
    "user_agent.",
    "tls.",
    "thread.",
    "code.",
    "peer.",
];

/// A call over a protocol.
pub(super) struct Call {
    pub(super) kind: Kind,
    /// The attribute that says so.
    pub(super) by: &'static str,
    pub(super) input: Side,
    pub(super) output: Side,
    /// How it ended, in the protocol's own word.
    pub(super) status: Option<String>,
}

/// Reads the call a span stands for.
pub(super) fn read(reader: &Reader<'_>) -> Option<Call> {
    let mut is_told = false;
    for (key, _, _) in NAMESPACES.iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        is_told = true;
    }
    if !is_told {
        return None;
    }
    let (by, kind) = PROTOCOLS.iter().find(|(key, _)| reader.peek(key).is_some())?;
    let (asked, ended) = match by.split('.').next()? {
        "db" => (query(reader), number(reader, "rows", &["db.response.returned_rows"])),
        "a2a" => (line(reader, &[&["a2a.method.name"]]), told(reader, "state", &["a2a.task.state"])),
        "rpc" => (procedure(reader), rpc_status(reader)),
        "messaging" => {
            let operation = ["messaging.operation.name", "messaging.operation.type", "messaging.operation"];
            let place = ["messaging.destination.name", "messaging.destination.template", "messaging.destination"];
            (line(reader, &[&operation, &place]), None)
        }
        "graphql" => {
            let named = || line(reader, &[&["graphql.operation.type"], &["graphql.operation.name"]]);
            (line(reader, &[&["graphql.document"]]).or_else(named), None)
        }
        "faas" => (line(reader, &[&["faas.trigger"], &["faas.invoked_name", "faas.name"]]), None),
        _ => (request(reader), number(reader, "status", &["http.response.status_code", "http.status_code"])),
    };
    let side = |said: Option<Value>| Side { messages: None, value: said.map(|said| Found::new(*by, said)) };
    let status = ended.as_ref().and_then(|ended| match &ended["status"] {
        Value::Null => None,
        Value::String(word) => Some(word.clone()),
        number => Some(number.to_string()),
    });
    Some(Call { kind: *kind, by, input: side(asked.map(Value::String)), output: side(ended), status })
}

fn first(reader: &Reader<'_>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| reader.peek(key).and_then(value::text))
}

/// Joins the first text of each list of names; `None` when there is none at all.
fn line(reader: &Reader<'_>, words: &[&[&str]]) -> Option<String> {
    let said: Vec<String> = words.iter().filter_map(|keys| first(reader, keys)).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn told(reader: &Reader<'_>, word: &str, keys: &[&str]) -> Option<Value> {
    first(reader, keys).map(|said| json!({ word: said }))
}

/// Counts and codes, which some exporters send as texts.
fn number(reader: &Reader<'_>, word: &str, keys: &[&str]) -> Option<Value> {
    let sent = first(reader, keys)?;
    Some(sent.parse::<i64>().map_or_else(|_| json!({ word: sent }), |number| json!({ word: number })))
}

fn request(reader: &Reader<'_>) -> Option<String> {
    let method = first(reader, &["http.request.method", "http.method"])
        .filter(|method| method != "_OTHER")
        .or_else(|| first(reader, &["http.request.method_original"]));
    let path = || {
        let query = first(reader, &["url.query"]).map(|query| format!("?{query}")).unwrap_or_default();
        first(reader, &["url.path"]).map(|path| path + &query)
    };
    let address = first(reader, &["url.full", "http.url", "http.target"])
        .or_else(path)
        .or_else(|| first(reader, &["http.route"]));
    let words: Vec<String> = [method, address].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The statement itself, else what it does to what.
fn query(reader: &Reader<'_>) -> Option<String> {
    let operation = ["db.operation.name", "db.operation"];
    let table = [
        "db.collection.name",
        "db.sql.table",
        "db.mongodb.collection",
        "db.cassandra.table",
        "db.cosmosdb.container",
        "db.namespace",
        "db.name",
    ];
    line(reader, &[&["db.query.text", "db.statement"]])
        .or_else(|| line(reader, &[&["db.query.summary"]]))
        .or_else(|| line(reader, &[&operation, &table]))
}

/// The newest convention names a method with its service, `package.Service/Method`; before, the service stood beside.
fn procedure(reader: &Reader<'_>) -> Option<String> {
    let words = [first(reader, &["rpc.service"]), first(reader, &["rpc.method"])];
    match words {
        [Some(service), Some(method)] if !method.contains('/') => Some(format!("{service}/{method}")),
        [service, method] => method.or(service),
    }
}

fn rpc_status(reader: &Reader<'_>) -> Option<Value> {
    let keys = [
        "rpc.response.status_code",
        "rpc.status_code",
        "rpc.grpc.status_code",
        "rpc.connect_rpc.error_code",
        "rpc.jsonrpc.error_code",
        // Amazon's calls are HTTP's.
        "http.response.status_code",
        "http.status_code",
    ];
    number(reader, "status", &keys)
}
