//! What Langfuse says of an observation beside what went in and came out: counts, cost, session, error and metadata.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Found, Proposal, Session};
use super::value;
use crate::reading::{ErrorInfo, Reader};
use crate::shapes::usage;
use crate::usage::normal::{Counts, count};

const USAGE: &str = "langfuse.observation.usage_details";
const COST: &str = "langfuse.observation.cost_details";
const STARTED: &str = "langfuse.observation.completion_start_time";

/// Reads it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.usage =
        reader.get(USAGE).and_then(value::json).and_then(|sent| Some(Found::new(USAGE, counts(sent.as_object()?)?)));
    proposal.cost_usd = reader
        .get(COST)
        .and_then(value::json)
        .and_then(|sent| cost(sent.as_object()?))
        .map(|cost| Found::new(COST, cost));
    proposal.parameters = parameters(reader).or(proposal.parameters.take());
    proposal.time_to_first_chunk_ns = first_chunk(reader);
    proposal.error = error(reader);
    let as_root = reader.get("langfuse.internal.as_root").and_then(value::text);
    proposal.as_root = as_root.as_deref() == Some("true");
    read_session(reader, proposal);
    read_metadata(reader, proposal);
}

/// Two vocabularies: a provider's own object, or buckets under any name, of which those that begin with `input` and `output` are
/// summed up (Langfuse's "usage details"), unless the total says that `input` and `output` are all of it already.
fn counts(sent: &Map<String, Value>) -> Option<Counts> {
    if sent.contains_key("prompt_tokens") || sent.contains_key("input_tokens") || sent.contains_key("completion_tokens")
    {
        return usage::counts(&Value::Object(sent.clone()));
    }
    let number = |key: &str| sent.get(key).and_then(count);
    let named = |words: &[&str]| {
        sent.iter()
            .find(|(key, _)| key.contains(words[0]) && words[1..].iter().all(|word| key.contains(word)))
            .and_then(|(_, n)| count(n))
    };
    let cache_write = named(&["cache", "creation"]).or_else(|| named(&["cache", "write"]));
    let cache_read = named(&["cache", "read"]).or_else(|| named(&["cached"]));
    let is_part = |key: &str| ["cache", "reasoning"].iter().any(|part| key.contains(part));
    let buckets = |side: &str| {
        let of_side = sent.iter().filter(|(key, _)| key.starts_with(side) && *key != side && !is_part(key));
        of_side.filter_map(|(_, n)| count(n)).fold(None, |sum: Option<u64>, n| Some(sum.unwrap_or(0).saturating_add(n)))
    };
    let parts = [cache_read, cache_write, named(&["reasoning"])].iter().flatten().sum::<u64>();
    let base = number("input").unwrap_or(0).saturating_add(number("output").unwrap_or(0));
    let are_all = number("total").is_some_and(|total| total == base || total == base.saturating_add(parts));
    let with = |base: Option<u64>, buckets: Option<u64>| match (base, buckets) {
        (base, Some(buckets)) if !are_all => Some(base.unwrap_or(0).saturating_add(buckets)),
        (base, _) => base,
    };
    let counts = Counts {
        input: with(number("input"), buckets("input")),
        output: with(number("output"), buckets("output")),
        total: number("total"),
        cache_read,
        cache_write,
        cache_write_1h: None,
        reasoning: named(&["reasoning"]),
        // Buckets are disjoint, unless the total says that they are not.
        cache_is_beside: true,
        reasoning_is_beside: true,
    };
    (counts != Counts { cache_is_beside: true, reasoning_is_beside: true, ..Counts::default() }).then_some(counts)
}

/// The total, or the sum of the parts. All zeros is what the SDK writes for a call that failed, not a price.
fn cost(sent: &Map<String, Value>) -> Option<f64> {
    let total = sent.get("total").and_then(value::amount);
    let sum = || sent.values().filter_map(value::amount).sum();
    Some(total.unwrap_or_else(sum)).filter(|cost| *cost > 0.0)
}

fn parameters(reader: &Reader<'_>) -> Option<Found<Map<String, Value>>> {
    const KEY: &str = "langfuse.observation.model.parameters";
    let Some(Value::Object(sent)) = reader.get(KEY).and_then(value::json) else { return None };
    // The wrapper writes "no limit" for a limit that was not given.
    let given = sent.into_iter().filter(|(_, sent)| !sent.is_null() && sent.as_str() != Some("Infinity"));
    let parameters: Map<String, Value> = given.map(|(name, sent)| (canonical(&name).to_owned(), sent)).collect();
    (!parameters.is_empty()).then(|| Found::new(KEY, parameters))
}

/// `completion_start_time` is RFC 3339 in UTC, in older SDKs in JSON's quotes.
fn first_chunk(reader: &Reader<'_>) -> Option<Found<u64>> {
    let started = reader.get(STARTED).and_then(value::unquoted)?;
    let after = super::value::unix_nano(&started)?.checked_sub(reader.span.start_time_unix_nano)?;
    (after <= reader.span.duration_ns()).then(|| Found::new(STARTED, after))
}

fn error(reader: &Reader<'_>) -> Option<Found<ErrorInfo>> {
    let level = reader.get("langfuse.observation.level").and_then(value::text);
    let message = reader.get("langfuse.observation.status_message").and_then(value::text);
    (level.as_deref() == Some("ERROR"))
        .then(|| Found::new("langfuse.observation.level", ErrorInfo { message, ..ErrorInfo::default() }))
}

fn read_session(reader: &Reader<'_>, proposal: &mut Proposal) {
    let read = |keys: &[&str]| keys.iter().find_map(|key| reader.get(key).and_then(value::unquoted));
    // The LangChain handler is told in the metadata of a run, and not every version tells it on.
    let session = Session {
        session_id: read(&["langfuse.session.id", "langfuse.observation.metadata.langfuse_session_id"]),
        user_id: read(&["langfuse.user.id", "langfuse.observation.metadata.langfuse_user_id"]),
    };
    proposal.session = (session != Session::default()).then(|| Found::new("langfuse.session.id", session));
    proposal.tags = ["langfuse.trace.tags", "langfuse.tags"]
        .iter()
        .flat_map(|key| reader.get(key).map(value::texts))
        .flatten()
        .collect();
    proposal.trace_name = reader.get("langfuse.trace.name").and_then(value::text);
}

fn read_metadata(reader: &Reader<'_>, proposal: &mut Proposal) {
    let on_trace = ["langfuse.trace.metadata", "langfuse.metadata"];
    let on_span = ["langfuse.observation.metadata"];
    for (key, name, sent) in reader.with_prefix("langfuse.") {
        reader.understand(key);
        let under = |prefixes: &[&str]| {
            prefixes
                .iter()
                .find_map(|prefix| key.strip_prefix(prefix))
                .map(|rest| rest.strip_prefix('.').unwrap_or(rest).to_owned())
        };
        let Some(said) = value::json(sent) else { continue };
        let facts = if let Some(name) = under(&on_trace) {
            Some((&mut proposal.trace_metadata, name))
        } else if let Some(name) = under(&on_span) {
            Some((&mut proposal.metadata, name))
        } else if matches!(name, "environment" | "release" | "version") {
            Some((&mut proposal.trace_metadata, name.to_owned()))
        } else if matches!(
            name,
            "observation.level"
                | "observation.status_message"
                | "observation.prompt.name"
                | "observation.prompt.version"
        ) {
            Some((&mut proposal.metadata, name.trim_start_matches("observation.").to_owned()))
        } else {
            None
        };
        match (facts, said) {
            (Some((facts, name)), Value::Object(said)) if name.is_empty() => facts.extend(said),
            (Some((facts, name)), said) => {
                facts.insert(name, said);
            }
            (None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn buckets_are_summed_up_unless_the_total_says_that_they_are_in_the_base() {
        let cases = [
            // langfuse-python's LangChain handler, of audio and of Vertex.
            (json!({"input": 20, "input_audio": 100, "output": 10, "output_audio": 50, "total": 180}), [120, 60, 180]),
            (
                json!({"input": 0, "input_modality_TEXT": 120, "output": 0, "output_modality_TEXT": 40, "total": 160}),
                [120, 40, 160],
            ),
            (json!({"input": 120, "input_text": 20, "input_audio": 100, "output": 60, "total": 180}), [120, 60, 180]),
            (json!({"input": 20, "input_cached_tokens": 80, "output": 10, "total": 110}), [100, 10, 110]),
            (json!({"input": 20, "output": 10, "output_reasoning": 5}), [20, 15, 35]),
        ];
        for (sent, [input, output, total]) in cases {
            let usage = counts(sent.as_object().unwrap()).and_then(Counts::normalise).unwrap();
            let told = [usage.input_tokens, usage.output_tokens, usage.total_tokens];
            assert_eq!(told, [Some(input), Some(output), Some(total)], "{sent}");
        }
    }
}
