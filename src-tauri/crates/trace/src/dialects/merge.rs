//! One reading from what all dialects propose, group by group; the source of each group is kept.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::merge_sides::{merge_sides, merge_stream};
use super::merge_tool::merge_tool;
use super::merge_usage::{counted, merge_usage};
use super::openinference_copies;
use super::precedence::{COST, MESSAGES, MODEL, OTHERS, SESSION, rank};
use super::proposal::{Found, Proposal};
use crate::reading::{ErrorInfo, FieldGroup, Kind, Model, Reading};
use crate::span::Span;

/// What no call costs, in US dollars: sums of what is above it are no numbers in the end.
const MOST_USD: f64 = 1e9;

/// What the dialects found, by their names.
pub(super) type Proposals = Vec<(&'static str, Proposal)>;

/// Returns the reading of a span from what its dialects found, none of it empty; everything but `not_understood`.
pub(super) fn merge(span: &Span, mut proposals: Proposals, cut: &[String]) -> Reading {
    let mut reading = Reading {
        dialects: proposals.iter().map(|(name, _)| (*name).to_owned()).collect(),
        running: proposals.iter().any(|(_, found)| found.running),
        half: proposals.iter().find_map(|(_, found)| found.half),
        as_root: proposals.iter().any(|(_, found)| found.as_root),
        ..Reading::default()
    };
    merge_kind(&mut reading, &proposals);
    leave_protocols(&reading, &mut proposals);
    openinference_copies::leave(span, &mut proposals);
    merge_model(&mut reading, &proposals);
    merge_sides(span, &mut reading, &mut proposals, cut);
    let streamed = counted(&proposals);
    merge_stream(span, &mut reading, &mut proposals);
    merge_usage(&mut reading, &proposals, streamed);
    merge_parameters(&mut reading, &proposals);
    take(
        &mut reading,
        &mut proposals,
        FieldGroup::Tools,
        MESSAGES,
        |found| &mut found.tools,
        |reading, value| reading.tools = value,
    );
    merge_tool(&mut reading, &mut proposals);
    take(
        &mut reading,
        &mut proposals,
        FieldGroup::Documents,
        OTHERS,
        |found| &mut found.documents,
        |reading, value| reading.documents = value,
    );
    take(
        &mut reading,
        &mut proposals,
        FieldGroup::Cost,
        COST,
        |found| &mut found.cost_usd,
        |reading, value| reading.cost_usd = Some(value),
    );
    // Without counts, a cost of nothing is one nobody worked out.
    let is_unknown = |usd: f64| usd == 0.0 && reading.usage.is_none() && reading.kind.is_call();
    if reading.cost_usd.is_some_and(|usd| is_unknown(usd) || usd > MOST_USD) {
        reading.cost_usd = None;
        reading.sources.remove(&FieldGroup::Cost);
    }
    merge_session(&mut reading, &proposals);
    merge_error(&mut reading, &proposals);
    merge_facts(span, &mut reading, &mut proposals);
    reading
}

/// Returns the name of what a group was read from.
pub(super) fn source(dialect: &str, key: &str) -> String {
    [dialect, ":", key].concat()
}

/// Returns what dialects found of a group, the most believed first, each with its source.
pub(super) fn sorted<'p, T>(
    proposals: &'p Proposals,
    list: &[&str],
    of: impl Fn(&'p Proposal) -> Option<&'p Found<T>>,
) -> Vec<(String, &'p T)> {
    let mut found: Vec<(usize, String, &T)> = proposals
        .iter()
        .filter_map(|(name, proposal)| {
            let found = of(proposal)?;
            Some((rank(list, name), source(name, &found.key), &found.value))
        })
        .collect();
    found.sort_by_key(|(rank, ..)| *rank);
    found.into_iter().map(|(_, source, value)| (source, value)).collect()
}

/// Takes the most believed of a group out of the proposals, with its source. `worth` goes before rank, more is better.
pub(super) fn take_best<T, W: Ord + Copy>(
    proposals: &mut Proposals,
    list: &[&str],
    of: impl Fn(&mut Proposal) -> &mut Option<Found<T>>,
    worth: impl Fn(&Found<T>) -> W,
) -> Option<(String, T)> {
    let found = proposals.iter_mut().filter_map(|(name, proposal)| {
        let found = of(proposal);
        let worth = worth(found.as_ref()?);
        Some((*name, worth, found))
    });
    let (name, _, found) = found.min_by_key(|(name, worth, _)| (Reverse(*worth), rank(list, name)))?;
    let found = found.take()?;
    Some((source(name, &found.key), found.value))
}

fn take<T>(
    reading: &mut Reading,
    proposals: &mut Proposals,
    group: FieldGroup,
    list: &[&str],
    of: impl Fn(&mut Proposal) -> &mut Option<Found<T>>,
    put: impl FnOnce(&mut Reading, T),
) {
    if let Some((source, value)) = take_best(proposals, list, of, |_| 0) {
        put(reading, value);
        reading.sources.insert(group, source);
    }
}

/// The strongest evidence wins; of equal evidence the narrower kind: a call beats an agent, an agent beats a chain.
fn merge_kind(reading: &mut Reading, proposals: &Proposals) {
    let narrow = |kind: Kind| match kind {
        Kind::Agent => 1,
        Kind::Chain | Kind::Task => 2,
        Kind::Other => 3,
        _ => 0,
    };
    let votes = proposals.iter().filter_map(|(name, found)| found.kind.as_ref().map(|vote| (*name, vote)));
    let best = votes.min_by_key(|(name, vote)| (Reverse(vote.evidence), narrow(vote.kind), rank(OTHERS, name)));
    if let Some((name, vote)) = best {
        reading.kind = vote.kind;
        reading.kind_raw.clone_from(&vote.raw);
        reading.sources.insert(FieldGroup::Kind, source(name, vote.key));
    }
    if reading.kind_raw.is_none() {
        reading.kind_raw = proposals.iter().find_map(|(_, found)| found.raw_kind.clone());
    }
}

/// What a protocol says of its call is no input of a model, agent or tool that was reached over it.
fn leave_protocols(reading: &Reading, proposals: &mut Proposals) {
    let is_wire = matches!(reading.kind, Kind::Http | Kind::Db | Kind::Rpc | Kind::Task);
    for (_, found) in proposals.iter_mut().filter(|(name, _)| *name == "otel" && !is_wire) {
        (found.input, found.output) = Default::default();
    }
}

/// Names do not add up, so each is taken from the first dialect that has it.
fn merge_model(reading: &mut Reading, proposals: &Proposals) {
    let found = sorted(proposals, MODEL, |found| found.model.as_ref());
    let Some((source, _)) = found.first() else { return };
    reading.sources.insert(FieldGroup::Model, source.clone());
    let first = |of: fn(&Model) -> &Option<String>| found.iter().find_map(|(_, model)| of(model).clone());
    reading.model = Some(Model {
        request: first(|model| &model.request),
        response: first(|model| &model.response),
        provider: first(|model| &model.provider),
    });
}

/// Each parameter from the first dialect that has it.
fn merge_parameters(reading: &mut Reading, proposals: &Proposals) {
    for (source, parameters) in sorted(proposals, OTHERS, |found| found.parameters.as_ref()) {
        reading.sources.entry(FieldGroup::Parameters).or_insert(source);
        for (name, value) in parameters {
            reading.parameters.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn merge_session(reading: &mut Reading, proposals: &Proposals) {
    let found = sorted(proposals, SESSION, |found| found.session.as_ref());
    reading.session_id = found.iter().find_map(|(_, session)| session.session_id.clone());
    reading.user_id = found.iter().find_map(|(_, session)| session.user_id.clone());
    reading.sources.extend(found.into_iter().next().map(|(source, _)| (FieldGroup::Session, source)));
}

/// Facts of all dialects stand side by side; of one name the more specific dialect's.
fn merge_facts(span: &Span, reading: &mut Reading, proposals: &mut Proposals) {
    for (name, found) in proposals {
        if let Some(key) = found.metadata.keys().next() {
            reading.sources.entry(FieldGroup::Metadata).or_insert_with(|| fact_source(span, name, key));
        }
        add(&mut reading.metadata, &mut found.metadata);
        add(&mut reading.trace_metadata, &mut found.trace_metadata);
        for tag in found.tags.drain(..).filter(|tag| !tag.is_empty()) {
            if !reading.tags.contains(&tag) {
                reading.tags.push(tag);
            }
        }
        reading.trace_name = reading.trace_name.take().or_else(|| found.trace_name.take());
    }
}

fn add(facts: &mut Map<String, Value>, more: &mut Map<String, Value>) {
    if facts.is_empty() {
        std::mem::swap(facts, more);
    }
    for (key, value) in std::mem::take(more) {
        facts.entry(key).or_insert(value);
    }
}

/// Facts are called as their attribute or, without a convention's prefix, as its end; those out of a payload stand for themselves.
fn fact_source(span: &Span, dialect: &str, fact: &str) -> String {
    let ends = |key: &str| key.strip_suffix(fact).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    let key = span.attributes.iter().map(|(key, _)| key.as_str()).find(|key| ends(key));
    source(dialect, key.unwrap_or(fact))
}

/// Each field of the error from the first that knows it: an exception event first of all, what a stream ended with last.
fn merge_error(reading: &mut Reading, proposals: &Proposals) {
    let found = sorted(proposals, &["otel"], |found| found.error.as_ref());
    let Some((source, _)) = found.first() else { return };
    reading.sources.insert(FieldGroup::Error, source.clone());
    let streamed = reading.error.take();
    let told = || found.iter().map(|(_, error)| *error).chain(&streamed);
    let first = |of: fn(&ErrorInfo) -> &Option<String>| told().find_map(|error| of(error).clone());
    reading.error = Some(ErrorInfo {
        kind: first(|error| &error.kind),
        message: first(|error| &error.message),
        stacktrace: first(|error| &error.stacktrace),
    });
}
