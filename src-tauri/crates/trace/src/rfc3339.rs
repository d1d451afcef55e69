//! Times as RFC 3339 writes them.

/// Returns nanoseconds since 1970 of an RFC 3339 time; `None` for anything else and for times outside 1970 to 2500.
pub fn unix_nano(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1970..2500).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let rest = text.get(19..)?;
    let digits = rest
        .strip_prefix('.')
        .map_or("", |rest| &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())]);
    let zone = rest.get(if digits.is_empty() { 0 } else { digits.len() + 1 }..)?;
    let nanos: u64 = format!("{:0<9.9}", digits).parse().ok()?;
    let offset_minutes: i64 = match zone {
        "Z" | "z" | "" => 0,
        zone => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let part = |range: std::ops::Range<usize>| zone.get(range)?.parse::<i64>().ok();
            sign * (part(1..3)? * 60 + part(4..6)?)
        }
    };
    // Days since 1970 by Howard Hinnant's `days_from_civil`, with the year starting in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468;
    let seconds = (days * 86_400 + hour * 3_600 + minute * 60 + second).checked_add_signed(-offset_minutes * 60)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_zone() {
        let expected = Some(1_795_175_050_327_249_000);
        for text in ["2026-11-20T11:44:10.327249Z", "2026-11-20T12:44:10.327249+01:00", "2026-11-20T11:44:10.327249"] {
            assert_eq!(unix_nano(text), expected, "{text}");
        }
        assert_eq!(unix_nano("1970-01-01T00:00:00Z"), Some(0));
        for text in ["", "2026-11-20", "2026-13-20T11:44:10Z", "yesterday at noon, about", "2026-11-20T11:44:10.😀Z"]
        {
            assert_eq!(unix_nano(text), None, "{text}");
        }
    }
}
