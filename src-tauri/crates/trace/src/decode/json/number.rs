//! Numbers of proto3 JSON, which stand in texts as often as not.

/// Returns a whole number, however written: `42`, `42.0`, `1.5e18`. `None` for what is no whole number or far over 64 bits.
pub(in crate::decode) fn integer(text: &str) -> Option<i128> {
    if let Ok(number) = text.parse::<i64>()
        && !text.starts_with('+')
    {
        return Some(i128::from(number));
    }
    let (mantissa, exponent) = parts(text)?;
    let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = exponent + whole.len() as i64 - significant.len() as i64;
    let significant = significant.trim_start_matches('0');
    if zeros < 0 || significant.len() as i64 + zeros > 30 {
        return None;
    }
    let number = significant.parse::<i128>().ok()? * 10_i128.pow(zeros as u32);
    Some(if negative { -number } else { number })
}

/// Returns a number, however written; in a text it may be `NaN`, `Infinity` or `-Infinity`.
pub(in crate::decode) fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => parts(text).and_then(|_| text.parse().ok()),
    }
}

/// Splits `-12.5e3` into `-12.5` and 3; `None` for what is no number of JSON.
fn parts(text: &str) -> Option<(&str, i64)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        // An exponent over 18 digits is as good as any other that is too large.
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let huge = if exponent.starts_with('-') { -1_000_000_000 } else { 1_000_000_000 };
            (mantissa, all_digits(digits).then(|| exponent.parse().ok().filter(in_bounds).unwrap_or(huge))?)
        }
        None => (text, 0),
    };
    let number = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    (all_digits(whole) && all_digits(fraction)).then_some((mantissa, exponent))
}

fn in_bounds(exponent: &i64) -> bool {
    exponent.abs() < 1_000_000_000
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_however_written() {
        let cases: [(&str, Option<i128>); 22] = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("42", Some(42)),
            ("42.0", Some(42)),
            ("42.000", Some(42)),
            ("4.2e1", Some(42)),
            ("420E-1", Some(42)),
            ("0.042e3", Some(42)),
            ("1.5e18", Some(1_500_000_000_000_000_000)),
            ("-9223372036854775808", Some(i128::from(i64::MIN))),
            ("18446744073709551615", Some(i128::from(u64::MAX))),
            ("18446744073709551616", Some(i128::from(u64::MAX) + 1)),
            ("0e999999999999999999999", Some(0)),
            ("1e999999999999999999999", None),
            ("1e-999999999999999999999", None),
            ("1.5", None),
            ("", None),
            ("+1", None),
            ("0x10", None),
            ("1e", None),
            ("1.", None),
            (" 1", None),
        ];
        for (text, number) in cases {
            assert_eq!(integer(text), number, "{text}");
        }
    }

    #[test]
    fn doubles_are_read_from_their_proto3_names_and_no_others() {
        assert!(double("NaN").unwrap().is_nan());
        assert_eq!(double("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(double("1.5"), Some(1.5));
        assert_eq!(double("1e400"), Some(f64::INFINITY));
        for text in ["inf", "nan", "infinity", "", "1,5", "+1", "."] {
            assert_eq!(double(text), None, "{text}");
        }
    }
}
