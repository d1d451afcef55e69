//! Numbers in words, as the window rounds them: for the command line, agents and files.

/// Returns a duration with the digits that matter.
pub(crate) fn duration(ns: u64) -> String {
    let exact = ns as f64;
    match ns {
        0..999_500 => format!("{:.0} µs", exact / 1e3),
        999_500..999_500_000 => format!("{:.0} ms", exact / 1e6),
        999_500_000..59_995_000_000 => format!("{:.2} s", exact / 1e9),
        _ => {
            let seconds = ns.saturating_add(500_000_000) / 1_000_000_000;
            format!("{} m {:02} s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_rounded_and_not_cut_off() {
        for (ns, expected) in [
            (0, "0 µs"),
            (499_600, "500 µs"),
            (999_600, "1 ms"),
            (664_600_000, "665 ms"),
            (999_600_000, "1.00 s"),
            (1_769_500_000, "1.77 s"),
            (59_996_000_000, "1 m 00 s"),
            (75_504_000_000, "1 m 16 s"),
            (u64::MAX, "307445734 m 33 s"),
        ] {
            assert_eq!(duration(ns), expected);
        }
    }
}
