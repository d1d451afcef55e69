//! What is taken out of traces before somebody else reads them: secrets, addresses, chosen attributes, or all texts.
//!
//! A trace is redacted as it was received: what every form of export is made of. Nothing that is stored is touched. In the place
//! of what went stands a mark such as `‹openai-key·1›`, the same wherever the same secret stood. A mark needs no escape in JSON,
//! however deep in texts within texts it is.
//!
//! * [`keys`], [`names`]: what a secret looks like, and what names say that one follows;
//! * [`signs`]: where one of them may stand;
//! * [`scan`]: finds them in one text, escaped and in base64, too;
//! * [`known`]: finds those that a name told of elsewhere;
//! * [`json`], [`walk`]: find every text of an item;
//! * [`streams`]: finds what was cut into the pieces of a stream;
//! * [`view`]: from what a text means back to where it stands.

mod json;
mod keys;
mod known;
mod names;
mod rules;
mod scan;
mod signs;
mod streams;
mod view;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use known::Known;
pub use rules::{NotARule, Rules};
pub use scan::Rule;
use scan::Wanted;
use serde::Serialize;
use spanglass_trace::decode::{Encoding, Envelope, json_out};
use spanglass_trace::span::TraceId;
use streams::{Pieces, Streams};
use ts_rs::TS;
use walk::{Cut, Instead, Walk};

use crate::query::{RawLog, RawSpan, RawTrace};

/// How many places of a rule are named; the rest is counted together.
const PLACES: usize = 8;

/// How much there is to look at before it is worth a thread of its own.
const BYTES_OF_A_THREAD: usize = 256 << 10;

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
    known: Known,
    /// Whether what is taken out is counted.
    counts: bool,
    /// What surrounds the items of the trace that is redacted.
    around: Around,
}

/// What surrounds the items of one trace, each redacted once: they are shared by its pieces.
#[derive(Default)]
struct Around {
    of: Option<TraceId>,
    /// By where an envelope is, which tells it from others for as long as it is held here; and what is left of it.
    envelopes: BTreeMap<usize, (Arc<Envelope>, Arc<Envelope>)>,
}

impl Redactor {
    /// Returns a redactor that has seen nothing.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            marks: BTreeMap::new(),
            found: BTreeMap::new(),
            known: Known::default(),
            counts: true,
            around: Around::default(),
        }
    }

    /// Says whether traces are to be looked through ([`Redactor::learn`]) before the first of them is redacted: a password in one
    /// stands in the texts of others.
    pub fn learns(&self) -> bool {
        self.rules.wanted().secrets
    }

    /// Looks for secrets that names tell of in a trace, so that they are found without a name, too.
    pub fn learn(&mut self, trace: &RawTrace) {
        let mut envelopes = BTreeSet::new();
        let mut learn = |part, raw: &[u8], json: &dyn Fn() -> String| {
            if !known::may_tell(raw) {
                return;
            }
            for cut in cuts(part, &[json()], &self.rules, self.rules.wanted()).into_iter().flatten() {
                if let Some((rule, secret)) = cut.what {
                    self.known.learn(&secret, rule);
                }
            }
        };
        for RawSpan { raw, envelope, .. } in &trace.spans {
            learn("span", raw, &|| span_json(envelope, raw));
            if envelopes.insert(Arc::as_ptr(envelope)) {
                learn("resource", &envelope.resource, &|| resource_json(envelope));
                learn("scope", &envelope.scope, &|| scope_json(envelope));
            }
        }
        for RawLog { raw, envelope, .. } in &trace.logs {
            learn("log record", raw, &|| log_json(envelope, raw));
            if envelopes.insert(Arc::as_ptr(envelope)) {
                learn("resource", &envelope.resource, &|| resource_json(envelope));
                learn("scope", &envelope.scope, &|| scope_json(envelope));
            }
        }
    }

    /// Returns what is left of a trace, or of a piece of it.
    pub fn redact(&mut self, trace: &RawTrace) -> RawTrace {
        self.known.prepare();
        if self.around.of != Some(trace.trace_id) {
            self.around = Around { of: Some(trace.trace_id), ..Around::default() };
        }
        let (spans, logs) = (Vec::new(), Vec::new());
        let mut redacted = RawTrace { spans, logs, damaged: trace.damaged.clone(), ..*trace };
        for (span, (item, cuts)) in trace.spans.iter().zip(self.each_span(&trace.spans)) {
            let raw = self.without(item, cuts);
            let envelope = self.envelope(&span.envelope);
            redacted.spans.push(RawSpan { raw, envelope, ..*span });
        }
        // Together: a stream may be a log record per piece.
        let logs = self.items("log record", trace.logs.iter().map(|log| log_json(&log.envelope, &log.raw)).collect());
        for (log, raw) in trace.logs.iter().zip(logs) {
            redacted.logs.push(RawLog { raw, envelope: self.envelope(&log.envelope), ..*log });
        }
        redacted
    }

    /// Returns what is left of a trace that was redacted before; what is taken out of it was counted.
    pub fn redact_again(&mut self, trace: &RawTrace) -> RawTrace {
        self.counts = false;
        let redacted = self.redact(trace);
        self.counts = true;
        redacted
    }

    /// Returns what was taken out so far, the most frequent first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.found.iter().map(|(rule, found)| finding(*rule, found)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.count));
        findings
    }

    fn envelope(&mut self, sent: &Arc<Envelope>) -> Arc<Envelope> {
        let place = Arc::as_ptr(sent) as usize;
        if let Some((_, redacted)) = self.around.envelopes.get(&place) {
            return Arc::clone(redacted);
        }
        let (resource, scope) = (self.item("resource", resource_json(sent)), self.item("scope", scope_json(sent)));
        let redacted = Arc::new(Envelope { encoding: Encoding::Json, resource, scope });
        self.around.envelopes.insert(place, (Arc::clone(sent), Arc::clone(&redacted)));
        redacted
    }

    /// Returns each span in OTLP JSON and what is to be cut out of it; many of them are looked at on all processors.
    fn each_span(&self, spans: &[RawSpan]) -> Vec<(String, Vec<Cut>)> {
        let wanted = Wanted { known: self.known.finder(), ..self.rules.wanted() };
        let look = |span: &RawSpan| {
            let json = span_json(&span.envelope, &span.raw);
            let cuts = cuts("span", std::slice::from_ref(&json), &self.rules, wanted).pop().unwrap_or_default();
            (json, cuts)
        };
        let bytes: usize = spans.iter().map(|span| span.raw.len()).sum();
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(bytes / BYTES_OF_A_THREAD);
        if threads < 2 {
            return spans.iter().map(look).collect();
        }
        std::thread::scope(|scope| {
            let shares = spans.chunks(spans.len().div_ceil(threads));
            let looking: Vec<_> =
                shares.map(|share| scope.spawn(|| share.iter().map(look).collect::<Vec<_>>())).collect();
            looking.into_iter().flat_map(|share| share.join().expect("looking at a text panics nowhere")).collect()
        })
    }

    /// Returns what is left of an item in OTLP JSON.
    fn item(&mut self, part: &str, item: String) -> Bytes {
        self.items(part, vec![item]).pop().unwrap_or_default()
    }

    /// Returns what is left of items that follow each other.
    fn items(&mut self, part: &str, items: Vec<String>) -> Vec<Bytes> {
        let wanted = Wanted { known: self.known.finder(), ..self.rules.wanted() };
        let cuts = cuts(part, &items, &self.rules, wanted);
        items.into_iter().zip(cuts).map(|(item, cuts)| self.without(item, cuts)).collect()
    }

    /// Returns an item with marks in the place of what is cut out of it.
    fn without(&mut self, item: String, mut cuts: Vec<Cut>) -> Bytes {
        if cuts.is_empty() {
            return item.into();
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
        if self.counts {
            found.count += 1;
            *found.places.entry(place).or_default() += 1;
        }
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

/// Returns what is to be cut out of each of the items that follow each other, which are OTLP JSON.
fn cuts(part: &str, items: &[String], rules: &Rules, wanted: Wanted<'_>) -> Vec<Vec<Cut>> {
    let mut streams = Streams::default();
    let walk = |item: &String, pieces: Pieces<'_>| walked(part, item, rules, wanted, pieces);
    let mut cuts: Vec<_> = items.iter().map(|item| walk(item, Pieces::Gathered(&mut streams))).collect();
    let mut parts = streams.across(wanted);
    if !parts.is_empty() {
        for (item, cuts) in items.iter().zip(&mut cuts) {
            cuts.extend(walk(item, Pieces::Cut(&mut parts)));
        }
    }
    cuts
}

fn walked(part: &str, item: &str, rules: &Rules, wanted: Wanted<'_>, pieces: Pieces<'_>) -> Vec<Cut> {
    let mut walk = Walk::new(rules, wanted, pieces);
    walk.item(part, item);
    walk.cuts
}

fn span_json(envelope: &Envelope, raw: &[u8]) -> String {
    let mut json = String::with_capacity(raw.len() + raw.len() / 4);
    json_out::span(envelope.encoding, raw, &mut json);
    json
}

fn log_json(envelope: &Envelope, raw: &[u8]) -> String {
    let mut json = String::with_capacity(raw.len() + raw.len() / 4);
    json_out::log(envelope.encoding, raw, &mut json);
    json
}

fn resource_json(envelope: &Envelope) -> String {
    format!("{{{}}}", json_out::resource_members(envelope))
}

fn scope_json(envelope: &Envelope) -> String {
    format!("{{{}}}", json_out::scope_members(envelope))
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
