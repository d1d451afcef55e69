//! A JSON text on one line.

use super::text::inside;

/// Appends a valid JSON text less the blanks between its tokens. Bytes that are not UTF-8 become U+FFFD.
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
            _ => at += 1,
        }
    }
    out.push_str(&json[kept..]);
}
