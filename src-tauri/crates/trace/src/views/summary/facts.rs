//! What was told of a trace beside its spans, in its row.

use std::collections::BTreeSet;

use super::TraceSummary;
use crate::reading::TraceFacts;

/// Adds facts about the whole trace to what its spans say: who tells of the whole knows its name, and where both name a
/// session, person or fact, the spans' word stands.
pub fn add(summary: &mut TraceSummary, facts: TraceFacts) {
    let TraceFacts { dialects, name, session_id, user_id, tags, metadata } = facts;
    summary.name = name.unwrap_or(std::mem::take(&mut summary.name));
    summary.session_id = summary.session_id.take().or(session_id);
    summary.user_id = summary.user_id.take().or(user_id);
    let known: BTreeSet<String> = summary.tags.iter().cloned().collect();
    summary.tags.extend(tags.into_iter().filter(|tag| !known.contains(tag)));
    for (key, value) in metadata {
        summary.metadata.entry(key).or_insert(value);
    }
    summary.dialects = std::mem::take(&mut summary.dialects)
        .into_iter()
        .chain(dialects)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
}
