//! Which calls are reports of one call, by the id the provider gave its answer.
//!
//! Reports of one call are side by side or one within the other. Ids are not unique everywhere, though: Ollama's begin again after
//! 999 (openai/openai.go, v0.3 on: `chatcmpl-%d` of a random number below 999), caches, cassettes and mocks repeat theirs. So a
//! call that began after another with its id had ended, and tells of other tokens, is another call.

use std::collections::BTreeMap;

use super::rollup::Amount;
use crate::reading::Usage;

/// A call that names its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    /// Its place.
    pub(crate) at: u32,
    /// The id of the answer; an empty one names nothing.
    pub(crate) response_id: &'a str,
    /// From when to when, in nanoseconds since anything; an end of 0 = it has not ended, or nobody knows.
    pub(crate) times: (u64, u64),
    /// What it reports.
    pub(crate) usage: Option<Usage>,
}

/// Returns the places of calls that report the same one, two or more each, in the order of the places.
pub(crate) fn same_answers<'a>(calls: impl IntoIterator<Item = Named<'a>>) -> Vec<Vec<u32>> {
    let mut by_id: BTreeMap<&str, Vec<Named<'a>>> = BTreeMap::new();
    for call in calls.into_iter().filter(|call| !call.response_id.is_empty()) {
        by_id.entry(call.response_id).or_default().push(call);
    }
    let mut same: Vec<Vec<u32>> = Vec::new();
    for mut named in by_id.into_values().filter(|named| named.len() > 1) {
        named.sort_by_key(|call| (call.times.0, call.at));
        let mut answer: Vec<u32> = Vec::new();
        let (mut ended, mut told) = (0, None);
        for call in named {
            if ended != 0 && ended <= call.times.0 && contradict(told, call.usage) {
                same.push(std::mem::take(&mut answer));
                (ended, told) = (0, None);
            }
            answer.push(call.at);
            ended = until(call).max(ended);
            told = match (told, call.usage) {
                (Some(told), Some(usage)) => Some(told.most(usage)),
                (told, usage) => told.or(usage),
            };
        }
        same.push(answer);
    }
    same.retain(|answer| answer.len() > 1);
    same.iter_mut().for_each(|answer| answer.sort_unstable());
    same
}

/// Returns until when a call went on.
fn until(call: Named<'_>) -> u64 {
    if call.times.1 == 0 { u64::MAX } else { call.times.1 }
}

/// Says whether two reports tell of other tokens.
fn contradict(a: Option<Usage>, b: Option<Usage>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let differ = |a: Option<u64>, b: Option<u64>| a.zip(b).is_some_and(|(a, b)| a != b);
    differ(a.input_tokens, b.input_tokens) || differ(a.output_tokens, b.output_tokens)
}
