//! Calls that were sent in two halves, put together: what the half that tells the answer says moves to the half that asked, so
//! that the call is one call, and its answer and usage are there once.
//!
//! An answer belongs to the call that asked the same under the same parent and ended last before the answer began to come. That
//! follows from the spans alone, whatever their order; a half without its other half stays as it is.

use std::collections::BTreeMap;

use super::ReadSpan;
use super::summary::Digest;
use crate::reading::{FieldGroup, Half};
use crate::span::SpanId;

/// What pairing needs to know of a half.
pub(super) struct Placed {
    pub(super) at: usize,
    pub(super) span_id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) end_time_unix_nano: u64,
    pub(super) half: Half,
}

/// Returns the places of each call and its answer.
pub(super) fn pair(mut halves: Vec<Placed>) -> Vec<(usize, usize)> {
    // Of the same moment, the call's end comes first.
    halves.sort_unstable_by_key(|placed| {
        let from = placed.half.answered_from;
        (from.unwrap_or(placed.end_time_unix_nano), from.is_some(), placed.span_id)
    });
    let mut open: BTreeMap<(Option<SpanId>, u64), Vec<usize>> = BTreeMap::new();
    let mut pairs = Vec::new();
    for placed in halves {
        let waiting = open.entry((placed.parent, placed.half.asked)).or_default();
        match placed.half.answered_from {
            None => waiting.push(placed.at),
            Some(_) => pairs.extend(waiting.pop().map(|call| (call, placed.at))),
        }
    }
    pairs
}

/// Puts the halves among these spans together.
pub(super) fn join(spans: &mut [ReadSpan]) {
    let halves = spans.iter().enumerate().filter_map(|(at, ReadSpan { span, reading, .. })| {
        let (span_id, parent, end_time_unix_nano) = (span.span_id, span.parent_span_id, span.end_time_unix_nano);
        Some(Placed { at, span_id, parent, end_time_unix_nano, half: reading.half? })
    });
    for (call, answer) in pair(halves.collect()) {
        let told = &mut spans[answer].reading;
        (told.half, told.input) = (None, Default::default());
        let moved = [FieldGroup::Output, FieldGroup::Usage, FieldGroup::Cost, FieldGroup::Stream]
            .into_iter()
            .filter_map(|group| Some((group, told.sources.remove(&group)?)))
            .collect::<Vec<_>>();
        told.sources.remove(&FieldGroup::Input);
        let output = std::mem::take(&mut told.output);
        let (usage, stream, response_id) = (told.usage.take(), told.stream.take(), told.response_id.take());
        let cost_usd = told.cost_usd.take();
        let model = told.model.take().and_then(|model| model.response);
        told.sources.remove(&FieldGroup::Model);
        let whole = &mut spans[call].reading;
        whole.half = None;
        (whole.output, whole.usage, whole.stream, whole.response_id) = (output, usage, stream, response_id);
        whole.cost_usd = cost_usd.or(whole.cost_usd);
        whole.usage_is_aggregate = false;
        whole.sources.extend(moved);
        if let Some(whole) = whole.model.as_mut() {
            whole.response = model.or(whole.response.take());
        }
    }
}

/// Puts the halves among these digests together, as [`join`] does with the spans; `None` when there are none.
pub(super) fn joined(digests: &[Digest]) -> Option<Vec<Digest>> {
    let halves = digests.iter().enumerate().filter_map(|(at, digest)| {
        let Digest { span_id, parent_span_id: parent, end_time_unix_nano, half, .. } = *digest;
        Some(Placed { at, span_id, parent, end_time_unix_nano, half: half? })
    });
    let pairs = pair(halves.collect());
    let mut digests = (!pairs.is_empty()).then(|| digests.to_vec())?;
    for (call, answer) in pairs {
        let told = &mut digests[answer];
        (told.half, told.question) = (None, None);
        let (usage, response_id, model) = (told.usage.take(), told.response_id.take(), told.model.take());
        let cost_usd = told.cost_usd.take();
        let whole = &mut digests[call];
        (whole.half, whole.usage, whole.response_id) = (None, usage, response_id);
        whole.usage_is_aggregate = false;
        whole.cost_usd = cost_usd.or(whole.cost_usd);
        whole.model = model.or(whole.model.take());
    }
    Some(digests)
}
