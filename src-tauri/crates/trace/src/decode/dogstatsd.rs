//! dogstatsd: metrics in datagrams, a line each.
//!
//! Source: docs.datadoghq.com, "DogStatsD Datagram Format" v1.0 to v1.3:
//! `name:value[:value…]|type[|@rate][|#tag:value,…][|c:container][|Ttimestamp]`. Events (`_e{`) and service checks (`_sc|`)
//! are no metrics.

use std::time::Duration;

use crate::metric::{Counting, Series, Summary};

/// A line, borrowed from its datagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<'a> {
    /// Name, type and tags, as sent: lines with equal keys are of one series.
    pub key: (&'a str, Type, &'a str),
    /// When, in seconds since 1970; 0 = now.
    pub time_unix: u64,
    /// How much.
    pub summary: Summary,
}

/// What a line measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `c`.
    Count,
    /// `g`.
    Gauge,
    /// `h` and `d`.
    Distribution,
    /// `ms`.
    Timing,
    /// `s`: how many different values there were; only how many values is kept.
    Set,
}

/// Why a line is no metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMetric {
    /// It is an event or a service check.
    #[error("an event or service check, which is not kept")]
    Other,
    /// It is not of the format.
    #[error("not name:value|type")]
    Malformed,
}

/// Returns the lines of a datagram.
pub fn lines(datagram: &[u8]) -> impl Iterator<Item = Result<Line<'_>, NotAMetric>> {
    let lines = datagram.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty()).map(line)
}

fn line(line: &[u8]) -> Result<Line<'_>, NotAMetric> {
    let line = std::str::from_utf8(line).map_err(|_| NotAMetric::Malformed)?;
    if line.starts_with("_e{") || line.starts_with("_sc|") {
        return Err(NotAMetric::Other);
    }
    let mut fields = line.split('|');
    let (name, values) = fields.next().and_then(|field| field.split_once(':')).ok_or(NotAMetric::Malformed)?;
    let kind = match fields.next() {
        Some("c") => Type::Count,
        Some("g") => Type::Gauge,
        Some("h" | "d") => Type::Distribution,
        Some("ms") => Type::Timing,
        Some("s") => Type::Set,
        _ => return Err(NotAMetric::Malformed),
    };
    let (mut rate, mut tags, mut time_unix) = (1.0, "", 0);
    for field in fields {
        match field.split_at_checked(1) {
            Some(("@", sent)) => rate = sent.parse().map_err(|_| NotAMetric::Malformed)?,
            Some(("#", sent)) => tags = sent,
            Some(("T", sent)) => time_unix = sent.parse().unwrap_or_default(),
            _ => {}
        }
    }
    if name.is_empty() || !(rate > 0.0 && rate <= 1.0) {
        return Err(NotAMetric::Malformed);
    }
    // Of a sampled value there were so many more.
    let times = (1.0_f64 / rate).round() as u64;
    let mut summary: Option<Summary> = None;
    for value in values.split(':') {
        let one = match kind {
            Type::Set => Summary::of(1.0, 1),
            _ => {
                let value = value.parse().ok().filter(|value: &f64| value.is_finite()).ok_or(NotAMetric::Malformed)?;
                Summary::of(value, if kind == Type::Gauge { 1 } else { times })
            }
        };
        match &mut summary {
            Some(summary) => summary.add(&one),
            None => summary = Some(one),
        }
    }
    let summary = summary.ok_or(NotAMetric::Malformed)?;
    Ok(Line { key: (name, kind, tags), time_unix, summary })
}

/// Returns the series of lines with this key.
pub fn series((name, kind, tags): (&str, Type, &str)) -> Series {
    let labels = tags.split(',').map(|tag| tag.split_once(':').unwrap_or((tag, "true")));
    let counting = if kind == Type::Gauge { Counting::Level } else { Counting::Added };
    let unit = if kind == Type::Timing { "ms" } else { "" };
    Series::new(name, unit, counting, labels.map(|(key, value)| (key.to_owned(), value.to_owned())))
}

/// Returns the nanoseconds since 1970 of a line's time.
pub fn nanoseconds(time_unix: u64) -> u64 {
    Duration::from_secs(time_unix).as_nanos().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(line: &str) -> Result<Line<'_>, NotAMetric> {
        lines(line.as_bytes()).next().expect("a line")
    }

    #[test]
    fn lines_of_every_type_are_read() {
        let summary = |line| one(line).expect("a metric").summary;
        assert_eq!(summary("page.views:2|c|@0.5"), Summary::of(2.0, 2));
        assert_eq!(summary("fuel:0.5|g"), Summary::of(0.5, 1));
        assert_eq!(summary("users:alice|s"), Summary::of(1.0, 1));
        let packed = summary("latency:1:2:3|d|#a:b|c:container|T1656581400");
        assert_eq!(
            (packed.count, packed.sum, packed.min, packed.max, packed.last),
            (3, 6.0, Some(1.0), Some(3.0), 3.0)
        );
        assert_eq!(one("latency:1|ms|T1656581400").expect("a metric").time_unix, 1_656_581_400);
    }

    #[test]
    fn datagram_holds_many_lines_and_a_bad_one_costs_itself() {
        let datagram = b"a:1|c\n\nb:x|g\n_e{5,4}:title|text\nc:3|g|#model:gpt-4o,loose\n";
        let read: Vec<_> = lines(datagram).collect();
        assert_eq!(read.len(), 4);
        assert_eq!((read[1], read[2]), (Err(NotAMetric::Malformed), Err(NotAMetric::Other)));
        let series = series(read[3].expect("a metric").key);
        assert_eq!(
            (series.counting, &series.labels["model"][..], &series.labels["loose"][..]),
            (Counting::Level, "gpt-4o", "true")
        );
    }

    proptest! {
        #[test]
        fn hostile_datagrams_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), text in "[a:|#@.0-9Tcgdms,]{0,60}") {
            lines(&bytes).for_each(drop);
            lines(text.as_bytes()).flatten().for_each(|line| drop(series(line.key)));
        }
    }
}
