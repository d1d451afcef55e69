//! Pictures, sounds, films and files within messages. Nothing is fetched and nothing is decoded: a part says where the bytes are.

use crate::reading::{Media, Part};

/// Returns the part for a medium, of the kind its media type or else `modality` (`image`, `audio`, `video`, anything) says.
pub fn part(modality: &str, media: Media) -> Part {
    let kind = media.mime.as_deref().and_then(|mime| mime.split_once('/')).map(|(kind, _)| kind);
    match kind.filter(|kind| matches!(*kind, "image" | "audio" | "video")).unwrap_or(modality) {
        "image" => Part::Image(media),
        "audio" => Part::Audio(media),
        "video" => Part::Video(media),
        _ => Part::File(media),
    }
}

/// Returns a medium by its address: a URL, a `data:` URI, or a sender's reference whose query tells `content_type` and `size`. Where
/// a sender put words in the place of the bytes, there are none.
pub fn at(uri: &str) -> Media {
    let (mime, bytes) = match uri.strip_prefix("data:") {
        Some(rest) => {
            let (head, data) = rest.split_once(',').unwrap_or((rest, ""));
            let mime = head.split(';').next().filter(|mime| !mime.is_empty()).map(str::to_owned);
            let is_base64 = head.ends_with(";base64");
            if is_base64 && !begins_as_base64(data) {
                return without_bytes(mime);
            }
            (mime, is_base64.then(|| base64_size(data)))
        }
        None if uri.starts_with("http:") || uri.starts_with("https:") => (None, None),
        None => (query(uri, "content_type"), query(uri, "size").and_then(|size| size.parse().ok())),
    };
    Media { mime, uri: Some(uri.to_owned()), bytes, ..Media::default() }
}

/// Returns a medium whose bytes are given in base64, or by an address where a sender put one in their place.
pub fn inline(data: &str, mime: Option<String>) -> Media {
    if data.contains("://") || data.starts_with("data:") {
        let media = at(data);
        return Media { mime: media.mime.or(mime), ..media };
    }
    let uri = format!("data:{};base64,{data}", mime.as_deref().unwrap_or(""));
    Media { mime, ..at(&uri) }
}

/// Returns a medium the provider keeps under a name of its own.
pub fn reference(id: &str, mime: Option<String>) -> Media {
    Media { mime, uri: Some(id.to_owned()), ..Media::default() }
}

/// Returns a medium that was there and whose bytes were left out by the sender.
pub fn without_bytes(mime: Option<String>) -> Media {
    Media { mime, ..Media::default() }
}

/// Looks at the beginning alone: what stands for left out bytes (`<replaced>`, `[redacted]`) is short.
fn begins_as_base64(data: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/-_=%".contains(&byte);
    data.bytes().take(64).all(is_digit)
}

fn base64_size(data: &str) -> u64 {
    let padding = data.bytes().rev().take_while(|byte| *byte == b'=').count();
    (data.len() as u64 * 3 / 4).saturating_sub(padding as u64)
}

fn query(uri: &str, key: &str) -> Option<String> {
    let (_, query) = uri.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.split_once('=').filter(|(k, _)| *k == key))?.1;
    Some(percent_decoded(value))
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_the_place_of_bytes_are_none() {
        for media in [inline("<replaced>", Some("image/png".into())), at("data:image/png;base64,[redacted]")] {
            assert_eq!(media, without_bytes(Some("image/png".into())));
        }
    }

    #[test]
    fn data_uri_tells_its_type_and_size() {
        let media = at("data:image/png;base64,aGVsbG8=");
        assert_eq!((media.mime.as_deref(), media.bytes), (Some("image/png"), Some(5)));
    }

    #[test]
    fn reference_in_place_of_bytes_stays_a_reference() {
        let media = inline("store://7?content_type=audio%2Fwav&size=52", Some("audio/wav".into()));
        assert_eq!((media.mime.as_deref(), media.bytes), (Some("audio/wav"), Some(52)));
        assert_eq!(media.uri.as_deref(), Some("store://7?content_type=audio%2Fwav&size=52"));
    }

    #[test]
    fn broken_percent_signs_are_kept() {
        assert_eq!(percent_decoded("a%2Fb%zz%2"), "a/b%zz%2");
        assert_eq!(percent_decoded("%é"), "%é");
    }
}
