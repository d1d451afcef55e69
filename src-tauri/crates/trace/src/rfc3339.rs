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

/// Returns the time that is so many nanoseconds after 1970 began, to the millisecond, in UTC.
pub fn text(unix_nano: u64) -> String {
    let (seconds, millis) = (unix_nano / 1_000_000_000, unix_nano / 1_000_000 % 1000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's `civil_from_days`: 400 years from March to February have 146,097 days.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month < 3);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
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

    #[test]
    fn a_time_is_written_as_it_is_read() {
        assert_eq!(text(1_795_175_050_327_249_000), "2026-11-20T11:44:10.327Z");
        for day in ["1970-01-01", "1972-02-29", "1999-12-31", "2000-02-29", "2000-03-01", "2100-02-28", "2100-03-01"] {
            let time = format!("{day}T23:59:59.001Z");
            assert_eq!(unix_nano(&time).map(text), Some(time));
        }
    }
}
