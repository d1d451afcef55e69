//! Numbers in a filter: counts, dollars, durations, moments.

use spanglass_trace::rfc3339;

use super::words::Operator;
use super::{Number, Wrong};

/// From where to where a number may lie; both ends are within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    from: End,
    to: End,
}

/// An end of what is let through.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    At(f64),
    /// So many nanoseconds before the question is asked.
    Ago(f64),
    /// So many days before the day (UTC) on which the question is asked, at its beginning.
    Day(f64),
    /// The end of that day.
    LastOfDay(f64),
}

const DAY_NS: f64 = 86_400e9;

impl Bounds {
    /// Says whether a number is within, `now` being nanoseconds since 1970.
    pub(crate) fn contains(&self, number: f64, now: u64) -> bool {
        self.from.resolve(now) <= number && number <= self.to.resolve(now)
    }
}

impl End {
    fn resolve(self, now: u64) -> f64 {
        let now = now as f64;
        match self {
            Self::At(number) => number,
            Self::Ago(ns) => now - ns,
            Self::Day(days) => ((now / DAY_NS).floor() - days) * DAY_NS,
            Self::LastOfDay(days) => ((now / DAY_NS).floor() - days + 1.0) * DAY_NS - 1.0,
        }
    }
}

/// A value, from its earliest to its latest meaning: a day is not a moment.
type Meaning = (End, End);

/// Returns what a comparison lets through.
pub(super) fn bounds(number: Number, operator: Operator, value: &str) -> Result<Bounds, Wrong> {
    let wrong = || Wrong::NotAnAmount(value.to_owned(), kind(number));
    let (least, most) = (End::At(f64::NEG_INFINITY), End::At(f64::INFINITY));
    // Other programs' filters compare after a colon: `stall:>5s`.
    if let (Operator::Has, Some((operator, value))) = (operator, Operator::before(value)) {
        return bounds(number, operator, value);
    }
    if let (Operator::Has | Operator::Is, Some((from, to))) = (operator, value.split_once("..")) {
        let from = if from.is_empty() { least } else { meaning(number, from).ok_or_else(wrong)?.0 };
        let to = if to.is_empty() { most } else { meaning(number, to).ok_or_else(wrong)?.1 };
        return Ok(Bounds { from, to });
    }
    let (first, last) = meaning(number, value).ok_or_else(wrong)?;
    Ok(match operator {
        // `time:2h` is the last two hours, not a moment two hours ago.
        Operator::Has if matches!(first, End::Ago(_)) => Bounds { from: first, to: most },
        Operator::Has | Operator::Is => Bounds { from: first, to: last },
        Operator::More => Bounds { from: after(last), to: most },
        Operator::AtLeast => Bounds { from: first, to: most },
        Operator::Less => Bounds { from: least, to: before(first) },
        Operator::AtMost => Bounds { from: least, to: last },
    })
}

fn after(end: End) -> End {
    if let End::At(number) = end { End::At(number.next_up()) } else { end }
}

fn before(end: End) -> End {
    match end {
        End::At(number) => End::At(number.next_down()),
        End::Day(days) => End::LastOfDay(days + 1.0),
        end => end,
    }
}

fn kind(number: Number) -> &'static str {
    match number {
        Number::Duration | Number::Ttft | Number::Stall => "a duration; write for example 500ms, 2s, 3m or 1h",
        Number::Time => "a time; write for example -2h, today, 2026-01-31 or 2026-01-31T08:00:00Z",
        Number::Cost => "an amount of dollars; write for example 0.01",
        Number::Tokens | Number::Input | Number::Output | Number::Spans | Number::Calls | Number::Errors => {
            "a number; write for example 1000, 10k or 100..200"
        }
    }
}

fn meaning(number: Number, value: &str) -> Option<Meaning> {
    let at = |number| (End::At(number), End::At(number));
    match number {
        Number::Duration | Number::Ttft | Number::Stall => duration(value).map(at),
        Number::Time => moment(value),
        Number::Cost => decimal(value.trim_start_matches('$')).map(at),
        Number::Tokens | Number::Input | Number::Output | Number::Spans | Number::Calls | Number::Errors => {
            count(value).map(at)
        }
    }
}

fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// Returns a number with its unit taken off.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some((decimal(&text[..text.len() - unit.len()])?, unit))
}

fn count(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "" => 1.0,
        "k" | "K" => 1e3,
        "m" | "M" => 1e6,
        _ => return None,
    };
    Some(number * factor)
}

fn duration(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" | "min" => 60e9,
        "h" => 3_600e9,
        "d" => DAY_NS,
        // Nothing is nothing in every unit.
        "" if number == 0.0 => 0.0,
        _ => return None,
    };
    Some(number * factor)
}

/// Reads a moment: so long ago, a day, or a time of RFC 3339. A day without a zone is one of UTC.
fn moment(text: &str) -> Option<Meaning> {
    match text {
        "today" => return Some((End::Day(0.0), End::LastOfDay(0.0))),
        "yesterday" => return Some((End::Day(1.0), End::LastOfDay(1.0))),
        _ => {}
    }
    if let Some(ns) = duration(text.strip_prefix('-').unwrap_or(text)) {
        return Some((End::Ago(ns), End::Ago(ns)));
    }
    let at = |written: &str| rfc3339::unix_nano(written).map(|ns| ns as f64);
    if text.len() == 10 {
        let start = at(&format!("{text}T00:00:00Z"))?;
        return Some((End::At(start), End::At((start + DAY_NS).next_down())));
    }
    let start = at(text).or_else(|| at(&format!("{text}:00Z")))?;
    Some((End::At(start), End::At(start)))
}
