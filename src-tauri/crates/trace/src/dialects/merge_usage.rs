//! Token counts from what all dialects propose, in normal form.

use super::merge::{Proposals, sorted, source};
use super::precedence::USAGE;
use crate::reading::{FieldGroup, Reading, Usage};
use crate::usage::normal::Counts;

/// Returns the counts that chunks tell.
pub(super) fn counted(proposals: &Proposals) -> Vec<(String, Counts)> {
    let streamed = proposals.iter().filter_map(|(name, found)| {
        let stream = found.stream.as_ref()?;
        Some((source(name, &stream.key), stream.value.assembled.counts?))
    });
    streamed.collect()
}

/// Returns the first of what was found; or one of which it is all but the cache; or one with the same total, whose parts make it
/// up where those of the first do not (MLflow 3.17 leaves out the thoughts of Gemini, which its answer counts); or what an answer itself
/// counts, of which the first has input and output the wrong way round (OpenInference's openai-agents 0.1). Those that answers
/// count come after `keyed` others.
fn best(found: &[(String, Usage)], keyed: usize) -> Option<(String, Usage)> {
    let is_whole = |usage: &Usage| {
        usage.input_tokens.zip(usage.output_tokens).map(|(input, output)| input.saturating_add(output))
            == usage.total_tokens
    };
    let (source, first) = found.first()?;
    // MLflow 3 leaves out of its own counts what Anthropic counts beside the input, and keeps the answer that has it; others
    // (OpenInference's Anthropic for JavaScript) copy the counts, and the input without the cache.
    let cached = |usage: &Usage| usage.cache_read_tokens.unwrap_or(0) + usage.cache_write_tokens.unwrap_or(0);
    let is_all_of_it = |all: &Usage| {
        cached(all) > 0
            && (cached(first) == 0 || first.cache_read_tokens == all.cache_read_tokens)
            && all.output_tokens == first.output_tokens
            && all.input_tokens == first.input_tokens.and_then(|input| input.checked_add(cached(all)))
    };
    if let Some(all) = found.iter().find(|(_, other)| is_all_of_it(other)) {
        return Some(all.clone());
    }
    let is_turned = |other: &Usage| {
        let (input, output) = (first.input_tokens, first.output_tokens);
        input != output && input.is_some() && (other.output_tokens, other.input_tokens) == (input, output)
    };
    if keyed > 0
        && let Some(counted) = found.get(keyed..)?.iter().find(|(_, other)| is_turned(other))
    {
        return Some(counted.clone());
    }
    let fuller = found.iter().find(|(_, other)| other.total_tokens == first.total_tokens && is_whole(other));
    let fuller = fuller.filter(|_| first.total_tokens.is_some() && first.input_tokens.is_some() && !is_whole(first));
    Some(fuller.cloned().unwrap_or_else(|| (source.clone(), *first)))
}

/// One family of counts is the base; details it lacks are filled in from another only if their totals agree.
pub(super) fn merge_usage(reading: &mut Reading, proposals: &Proposals, streamed: Vec<(String, Counts)>) {
    let keyed = sorted(proposals, USAGE, |found| found.usage.as_ref());
    let in_payload = sorted(proposals, USAGE, |found| found.payload_usage.as_ref());
    let normal = |(source, counts): (String, Counts)| Some((source, counts.normalise()?));
    let told = |(source, counts): (String, &Counts)| normal((source, *counts));
    let mut found: Vec<(String, Usage)> = keyed.into_iter().filter_map(told).collect();
    let keyed = found.len();
    found.extend(in_payload.into_iter().filter_map(told));
    found.extend(streamed.into_iter().filter_map(normal));
    let Some((source, mut usage)) = best(&found, keyed) else { return };
    for (_, other) in &found {
        if (other.input_tokens, other.output_tokens) == (usage.input_tokens, usage.output_tokens) {
            usage.total_tokens = usage.total_tokens.or(other.total_tokens);
            usage.cache_read_tokens = usage.cache_read_tokens.or(other.cache_read_tokens);
            usage.cache_write_tokens = usage.cache_write_tokens.or(other.cache_write_tokens);
            usage.cache_write_1h_tokens = usage.cache_write_1h_tokens.or(other.cache_write_1h_tokens);
            usage.reasoning_tokens = usage.reasoning_tokens.or(other.reasoning_tokens);
        }
    }
    // A call, a request or an answer without a single token is a count nobody took.
    let nothing = [usage.input_tokens, usage.output_tokens, usage.total_tokens].iter().all(|n| n.unwrap_or(0) == 0);
    let said = [&reading.input.messages, &reading.output.messages].iter().any(|said| said.is_some());
    if nothing && (said || reading.output.value.is_some() || reading.kind.is_call()) {
        return;
    }
    reading.usage = Some(usage);
    reading.usage_is_aggregate = proposals.iter().any(|(_, found)| found.usage_is_aggregate);
    reading.sources.insert(FieldGroup::Usage, source);
}
