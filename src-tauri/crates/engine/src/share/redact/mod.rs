//! What is taken out of traces before somebody else reads them: secrets, addresses, chosen attributes, or all texts.
//!
//! A trace is redacted as it was received: what every form of export is made of. Nothing that is stored is touched. In the place
//! of what went stands a mark such as `‹openai-key·1›`, the same wherever the same secret stood. A mark needs no escape in JSON,
//! however deep in texts within texts it is.
//!
//! * [`keys`], [`names`]: what a secret looks like, and what names say that one follows;
//! * [`scan`]: finds them in one text, escaped and in base64, too;
//! * [`json`], [`walk`]: find every text of an item, and secrets that were cut into the pieces of a stream;
//! * [`view`]: from what a text means back to where it stands.

mod json;
mod keys;
mod names;
mod rules;
mod scan;
mod view;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
pub use rules::{NotARule, Rules};
pub use scan::Rule;
use serde::Serialize;
use spanglass_trace::decode::{Encoding, Envelope, json_out};
use ts_rs::TS;
use walk::{Cut, Instead, Walk, across};

use crate::query::{RawLog, RawSpan, RawTrace};

/// How many places of a rule are named; the rest is counted together.
const PLACES: usize = 8;

/// What goes out of an export by one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Finding {
    /// The word in the mark, such as `openai-key`.
    pub rule: String,
    /// What it is called.
    pub title: String,
    /// How often it is taken out.
    #[ts(type = "number")]
    pub count: u64,
    /// How many different ones there are.
    #[ts(type = "number")]
    pub distinct: u64,
    /// The beginning of one of them, and how long it is.
    pub example: String,
    /// Where they stand, the most frequent first, such as `span http.request.header.authorization`.
    pub places: Vec<FoundPlace>,
}

/// Where something that goes stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FoundPlace {
    /// The part of the trace and the attribute or field.
    pub place: String,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
}

#[derive(Default)]
struct Found {
    count: u64,
    distinct: u64,
    example: String,
    places: BTreeMap<String, u64>,
}

/// Redacts traces that are exported together.
pub struct Redactor {
    rules: Rules,
    /// Each secret's rule and number.
    marks: BTreeMap<String, (Rule, u64)>,
    found: BTreeMap<Rule, Found>,
}

impl Redactor {
    /// Returns a redactor that has seen nothing.
    pub fn new(rules: Rules) -> Self {
        Self { rules, marks: BTreeMap::new(), found: BTreeMap::new() }
    }

    /// Returns what is left of a trace.
    pub fn redact(&mut self, trace: &RawTrace) -> RawTrace {
        // Each once: `trace` holds them, so that where one is tells which it is.
        let mut made: BTreeMap<*const Envelope, Arc<Envelope>> = BTreeMap::new();
        let mut envelope = |redactor: &mut Self, sent: &Arc<Envelope>| {
            Arc::clone(made.entry(Arc::as_ptr(sent)).or_insert_with(|| redactor.envelope(sent).into()))
        };
        let (spans, logs) = (Vec::new(), Vec::new());
        let mut redacted = RawTrace { spans, logs, damaged: trace.damaged.clone(), ..*trace };
        for span in &trace.spans {
            let mut json = String::new();
            json_out::span(span.envelope.encoding, &span.raw, &mut json);
            let raw = self.items("span", &[json]).pop().unwrap_or_default();
            let envelope = envelope(self, &span.envelope);
            redacted.spans.push(RawSpan { raw, envelope, ..*span });
        }
        let written = trace.logs.iter().map(|log| {
            let mut json = String::new();
            json_out::log(log.envelope.encoding, &log.raw, &mut json);
            json
        });
        // Together: a stream may be a log record per piece.
        let logs = self.items("log record", &written.collect::<Vec<_>>());
        for (log, raw) in trace.logs.iter().zip(logs) {
            redacted.logs.push(RawLog { raw, envelope: envelope(self, &log.envelope), ..*log });
        }
        redacted
    }

    /// Returns what was taken out so far, the most frequent first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.found.iter().map(|(rule, found)| finding(*rule, found)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.count));
        findings
    }

    fn envelope(&mut self, sent: &Envelope) -> Envelope {
        let mut redacted =
            |part, members: String| self.items(part, &[format!("{{{members}}}")]).pop().unwrap_or_default();
        let resource = redacted("resource", json_out::resource_members(sent));
        Envelope { encoding: Encoding::Json, resource, scope: redacted("scope", json_out::scope_members(sent)) }
    }

    /// Returns what is left of items that follow each other, each in OTLP JSON.
    fn items(&mut self, part: &str, items: &[String]) -> Vec<Bytes> {
        let mut cuts = Vec::new();
        let mut streams = walk::Streams::new();
        for (index, item) in items.iter().enumerate() {
            let mut walk = Walk::new(&self.rules, index, &mut streams);
            walk.item(part, item);
            cuts.push(walk.cuts);
        }
        for (index, cut) in across(&streams, self.rules.wanted()) {
            cuts[index].push(cut);
        }
        items.iter().zip(cuts).map(|(item, cuts)| self.without(item, cuts)).collect()
    }

    /// Returns an item with marks in the place of what is cut out of it.
    fn without(&mut self, item: &str, mut cuts: Vec<Cut>) -> Bytes {
        if cuts.is_empty() {
            return Bytes::copy_from_slice(item.as_bytes());
        }
        // Whole values before what is in them, and longer ones before shorter ones.
        cuts.sort_by_key(|cut| (cut.start, std::cmp::Reverse(cut.end), cut.what.is_none()));
        let mut left = String::with_capacity(item.len());
        let mut at = 0;
        let mut cuts = cuts.into_iter().peekable();
        while let Some(cut) = cuts.next() {
            let mut end = cut.end;
            // What overlaps goes with it: no rest of a secret stays.
            while let Some(next) = cuts.next_if(|next| next.start < end) {
                end = end.max(next.end);
            }
            left.push_str(&item[at..cut.start]);
            at = end;
            let Some((rule, secret)) = cut.what else { continue };
            let mark = self.mark(rule, secret, cut.place);
            match cut.instead {
                Instead::Mark => left.push_str(&mark),
                Instead::Value => left.push_str(&format!("{{\"stringValue\":\"{mark}\"}}")),
                Instead::Null => left.push_str("null"),
            }
        }
        left.push_str(&item[at..]);
        left.into()
    }

    fn mark(&mut self, rule: Rule, secret: String, place: String) -> String {
        let found = self.found.entry(rule).or_default();
        found.count += 1;
        *found.places.entry(place).or_default() += 1;
        if rule == Rule::Text {
            found.distinct = found.count;
            return format!("‹text·{secret}›");
        }
        let example = example(&secret);
        let (rule, number) = *self.marks.entry(secret).or_insert_with(|| {
            found.distinct += 1;
            (rule, found.distinct)
        });
        if found.example.is_empty() {
            found.example = example;
        }
        format!("‹{}·{number}›", rule.id())
    }
}

fn finding(rule: Rule, found: &Found) -> Finding {
    let mut places: Vec<FoundPlace> =
        found.places.iter().map(|(place, count)| FoundPlace { place: place.clone(), count: *count }).collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.count));
    if let Some(others) = places.get(PLACES..).filter(|others| !others.is_empty()) {
        let count = others.iter().map(|place| place.count).sum();
        places.truncate(PLACES);
        places.push(FoundPlace { place: "elsewhere".to_owned(), count });
    }
    Finding {
        rule: rule.id().to_owned(),
        title: rule.title().to_owned(),
        count: found.count,
        distinct: found.distinct,
        example: found.example.clone(),
        places,
    }
}

/// Returns the beginning of a secret, too little of it to be of use, and how long it is.
fn example(secret: &str) -> String {
    let length = secret.chars().count();
    let shown: String = secret.chars().take((length / 5).min(4)).collect();
    format!("{shown}… ({length} characters)")
}
