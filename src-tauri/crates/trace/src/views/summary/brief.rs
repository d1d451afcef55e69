//! The head of a large trace, made of its digests: without reading again what was said in it.

use super::{Note, NoteLevel, TraceHead, TraceRow};
use crate::views::counted;
use crate::views::timeline::{Columns, RowBadge};

/// Returns the head of a trace of which only the digests were read. What it says is what [`super::head`] says; what only the
/// spans' content tells (which calls were sent without their text, say) is left out, and a note says so.
pub fn brief_head(columns: &Columns, row: TraceRow) -> TraceHead {
    let (summary, counts) = (&row.summary, row.summary.counts);
    let mut notes = Vec::new();
    let mut note = |level: NoteLevel, code: &str, text: String, fix: Option<&str>, at: Option<usize>| {
        let span_id = at.map(|at| columns.id_of(at));
        notes.push(Note { level, code: code.to_owned(), text, fix: fix.map(str::to_owned), span_id });
    };
    let warning = NoteLevel::Warning;
    let dropped = [
        ("dropped_events", "event", counts.dropped_events, "OTEL_SPAN_EVENT_COUNT_LIMIT=100000"),
        ("dropped_attributes", "attribute", counts.dropped_attributes, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=100000"),
        ("dropped_links", "link", counts.dropped_links, "OTEL_SPAN_LINK_COUNT_LIMIT=10000"),
    ];
    let first = columns.first_with(RowBadge::Dropped);
    for (code, what, number, fix) in dropped.into_iter().filter(|(_, _, number, _)| *number > 0) {
        let text = format!("{} dropped by the sender", counted(number, what));
        note(warning, code, text, Some(fix), first);
    }
    let has_root = summary.root_span_id.is_some();
    let orphan = columns.first_with(RowBadge::MissingParent);
    if !has_root && !columns.is_empty() {
        note(warning, "missing_root", "The root has not arrived".to_owned(), None, orphan);
    }
    if counts.missing_parents > u32::from(!has_root) {
        let have = if counts.missing_parents == 1 { "has" } else { "have" };
        let text = format!("{} {have} not arrived", counted(counts.missing_parents, "parent"));
        note(warning, "missing_parent", text, None, orphan);
    }
    for (badge, code, text) in [
        (RowBadge::Cycle, "cycle", "Spans are named as their own ancestors; the circle is cut there"),
        (RowBadge::NegativeDuration, "negative_duration", "Spans end before they start, shown without duration"),
        (RowBadge::ClockSkew, "clock_skew", "The clocks of two processes disagree: spans lie outside their parents"),
    ] {
        if let Some(first) = columns.first_with(badge) {
            note(warning, code, text.to_owned(), None, Some(first));
        }
    }
    if counts.llm_calls_without_usage > 0 {
        let text = format!("{} reported no usage", counted(counts.llm_calls_without_usage, "model call"));
        note(warning, "no_usage", text, None, None);
    }
    let info = NoteLevel::Info;
    if has_root {
        note(info, "root", "The root has arrived".to_owned(), None, None);
    }
    if counts.dropped_events == 0 && counts.dropped_attributes == 0 && counts.dropped_links == 0 {
        note(info, "nothing_dropped", "Nothing dropped by the sender".to_owned(), None, None);
    }
    note(info, "large", "Large trace: messages load as you open them".to_owned(), None, None);
    let streams = columns.streams();
    let views = [
        ("timeline", true),
        ("conversation", columns.talks()),
        ("stream", !streams.is_empty()),
        ("tools", columns.has_tools()),
        ("tokens", counts.llm_calls > 0 || summary.usage.is_some()),
        ("raw", true),
    ];
    let views = views.into_iter().filter(|(_, applies)| *applies).map(|(view, _)| view.to_owned()).collect();
    TraceHead { notes, row, streams, views }
}
