//! The trace list as a table for a terminal.

use spanglass_trace::reading::Usage;
use spanglass_trace::views::summary::{TraceStatus, TraceSummary};
use spanglass_trace::views::totals::{Total, Totals, TotalsBy};

use crate::api::types::TraceList;
use crate::in_words::duration;
use crate::terminal::safe_line;

/// Returns the list as lines, in its order; a sentence when it is empty.
pub(super) fn table(list: &TraceList) -> String {
    let (mut text, shown) = beginning(list, usize::MAX);
    // Of a filter nobody knows how many there are before all were looked at.
    if list.next.is_some() {
        text.push_str(&format!("the last {shown} that arrived; a higher limit looks for more\n"));
    }
    text
}

/// Returns as much of the list as so many characters hold, one trace at least, and how many traces that are.
pub(super) fn beginning(list: &TraceList, most_chars: usize) -> (String, usize) {
    if list.rows.is_empty() {
        return ("no traces\n".to_owned(), 0);
    }
    let mut text = format!(
        "{:<32}  {:<19}  {:>9}  {:<7}  {:>6}  {:>6}  {:>9}  {:>10}  NAME\n",
        "TRACE", "STARTED (UTC)", "DURATION", "STATUS", "SPANS", "ERRORS", "TOKENS", "COST"
    );
    let mut chars = text.chars().count();
    for (shown, trace) in list.rows.iter().map(|row| &row.summary).enumerate() {
        let status = status(trace.status).unwrap_or("unset");
        let tokens = trace.usage.as_ref().and_then(|usage| usage.total_tokens);
        let line = format!(
            "{:<32}  {:<19}  {:>9}  {status:<7}  {:>6}  {:>6}  {:>9}  {:>10}  {}\n",
            safe_line(&trace.trace_id),
            date(trace.start_time_unix_nano.parse().unwrap_or_default()),
            duration(trace.duration_ns),
            trace.counts.spans,
            trace.counts.errors,
            tokens.map_or("-".to_owned(), |tokens| tokens.to_string()),
            cost(trace).unwrap_or("-".to_owned()),
            safe_line(&trace.name),
        );
        chars = chars.saturating_add(line.chars().count());
        if shown > 0 && chars > most_chars {
            return (text, shown);
        }
        text.push_str(&line);
    }
    (text, list.rows.len())
}

/// Returns the word for how a trace ended; `None` = nobody said.
pub(super) fn status(status: TraceStatus) -> Option<&'static str> {
    match status {
        TraceStatus::Ok => Some("ok"),
        TraceStatus::Error => Some("error"),
        TraceStatus::Running => Some("running"),
        TraceStatus::Unset => None,
    }
}

/// Returns totals as lines, and below them what all traces took; a sentence when there are none.
pub(super) fn totals(totals: &Totals) -> String {
    if totals.all.traces == 0 {
        return "no traces\n".into();
    }
    let mut text = format!(
        "{:>7}  {:>7}  {:>7}  {:>12}  {:>12}  {:>11}  {:<19}  {}\n",
        "TRACES",
        "FAILED",
        "CALLS",
        "INPUT",
        "OUTPUT",
        "COST",
        "LATEST (UTC)",
        if totals.by == TotalsBy::Model { "MODEL" } else { "NAME" },
    );
    let mut line = |total: &Total, name: &str| {
        let tokens = |of: fn(&Usage) -> Option<u64>| {
            total.usage.as_ref().and_then(of).map_or("-".to_owned(), |tokens| tokens.to_string())
        };
        text.push_str(&format!(
            "{:>7}  {:>7}  {:>7}  {:>12}  {:>12}  {:>11}  {:<19}  {name}\n",
            total.traces,
            total.failed,
            total.llm_calls,
            tokens(|usage| usage.input_tokens),
            tokens(|usage| usage.output_tokens),
            at_least(total.cost_usd, total.cost_missing > 0).unwrap_or("-".to_owned()),
            date(total.latest_unix_nano.parse().unwrap_or_default()),
        ));
    };
    for total in &totals.rows {
        let key = total.key.as_deref().map_or("(none)".to_owned(), safe_line);
        let provider =
            total.provider.as_deref().map_or(String::new(), |provider| format!(" ({})", safe_line(provider)));
        line(total, &format!("{key}{provider}"));
    }
    line(&totals.all, "all");
    if totals.all.told_twice > 0 {
        let twice = totals.all.told_twice;
        text.push_str(&format!(
            "{twice} of these traces tell of calls that another tells of, too; each call counts once\n"
        ));
    }
    if totals.groups > totals.rows.len() as u64 {
        text.push_str(&format!("{} of {}; a higher limit shows more\n", totals.rows.len(), totals.groups));
    }
    text
}

/// Returns what a trace cost, with `≥` before it where that of some calls is not known; `None` = unknown.
pub(super) fn cost(trace: &TraceSummary) -> Option<String> {
    at_least(trace.cost_usd, trace.counts.calls_without_cost > 0)
}

fn at_least(cost: Option<f64>, is_partial: bool) -> Option<String> {
    let at_least = if is_partial { "≥" } else { "" };
    cost.map(|cost| format!("{at_least}{}", dollars(cost)))
}

/// Returns US dollars, small ones to the millionth.
pub(super) fn dollars(cost: f64) -> String {
    if cost >= 1.0 { format!("${cost:.2}") } else { format!("${cost:.6}") }
}

/// Returns nanoseconds since 1970 as date and time of UTC. The days-to-date arithmetic is Howard Hinnant's `civil_from_days`.
pub(super) fn date(unix_ns: u64) -> String {
    let seconds = unix_ns / 1_000_000_000;
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let time = seconds % 86_400;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", time / 3_600, time / 60 % 60, time % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_795_132_800, "2026-11-20 00:00:00"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(date(seconds * 1_000_000_000), expected);
        }
    }
}
