//! A JSON text on one line.

use super::text::inside;

/// Appends a valid JSON text less the blanks between its tokens. Bytes that are not UTF-8 become U+FFFD. A number that no 64-bit
/// float holds becomes a text, for there are parsers that refuse all of a document with one: `Infinity`, as proto3's JSON writes
/// it, for the value of a double, elsewhere its digits.
pub(in crate::decode) fn minify(json: &[u8], out: &mut String) {
    let json = String::from_utf8_lossy(json);
    let (bytes, mut kept, mut at) = (json.as_bytes(), 0, 0);
    out.reserve(json.len());
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += inside(&bytes[at..]).len() + 2,
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&json[kept..at]);
                at += 1;
                kept = at;
            }
            b'-' | b'0'..=b'9' => {
                let rest = &json[at..];
                let end =
                    rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
                let number = &rest[..end];
                if !holds(number) {
                    out.push_str(&json[kept..at]);
                    let sign = if number.starts_with('-') { "-" } else { "" };
                    match is_double(out) {
                        true => out.extend(["\"", sign, "Infinity\""]),
                        false => out.extend(["\"", number, "\""]),
                    }
                    kept = at + end;
                }
                at += end;
            }
            _ => at += 1,
        }
    }
    out.push_str(&json[kept..]);
}

/// Says whether a 64-bit float holds a number, in whatever precision.
fn holds(number: &str) -> bool {
    /// Without an exponent, as many digits are still in range.
    const DIGITS: usize = 300;
    let is_large = number.len() > DIGITS || number.contains(['e', 'E']);
    !is_large || number.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Says whether what comes after this is the value of a double.
fn is_double(before: &str) -> bool {
    before.ends_with("\"doubleValue\":") || before.ends_with("\"double_value\":")
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn numbers_beyond_floats_are_texts_that_every_parser_takes() {
        let digits = "9".repeat(400);
        for (sent, written) in [
            (
                r#"{ "doubleValue" : 5.25e706, "x": [1e400, -2 ] }"#.to_owned(),
                r#"{"doubleValue":"Infinity","x":["1e400",-2]}"#,
            ),
            (r#"{"double_value":-1E+309}"#.to_owned(), r#"{"double_value":"-Infinity"}"#),
            (
                r#"{"doubleValue":1e308,"y":-0.5e-999,"z":"1e999"}"#.to_owned(),
                r#"{"doubleValue":1e308,"y":-0.5e-999,"z":"1e999"}"#,
            ),
            (format!("[{digits},1.{digits}]"), &*format!("[\"{digits}\",1.{digits}]")),
        ] {
            let mut out = String::new();
            minify(sent.as_bytes(), &mut out);
            assert_eq!(out, written);
            assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
        }
    }
}
