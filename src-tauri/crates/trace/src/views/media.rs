//! Names for the bytes of media: their SHA-256, so that the same picture is known again wherever it stands.
//!
//! Made when a document is asked for and not when a span arrives: bytes may be many.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};

use crate::reading::{Media, Message, Part};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How much base64 is decoded at once; a multiple of four.
const STEP: usize = 64 * 1024;

/// Gives the media within messages whose bytes are here their SHA-256.
pub(super) fn name(messages: Option<&mut Vec<Message>>) {
    for part in messages.into_iter().flatten().flat_map(|message| &mut message.parts) {
        if let Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media) = part
            && media.sha256.is_none()
        {
            media.sha256 = sha256(media);
        }
    }
}

/// Returns the hash of bytes in a `data:` URI; `None` where they are elsewhere or no base64 (a sender may have cut them).
fn sha256(media: &Media) -> Option<String> {
    let (head, data) = media.uri.as_deref()?.strip_prefix("data:")?.split_once(',')?;
    if !head.ends_with(";base64") || data.is_empty() {
        return None;
    }
    let (mut hash, mut bytes) = (Sha256::new(), vec![0; STEP / 4 * 3]);
    for step in data.as_bytes().chunks(STEP) {
        let len = BASE64.decode_slice(step, &mut bytes).ok()?;
        hash.update(&bytes[..len]);
    }
    Some(hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a text never fails.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(uri: &str) -> Option<String> {
        let media = Media { uri: Some(uri.to_owned()), ..Media::default() };
        let mut messages = vec![Message::new("user", vec![Part::Image(media)])];
        name(Some(&mut messages));
        let [Part::Image(Media { sha256, .. })] = &messages[0].parts[..] else { panic!("a picture") };
        sha256.clone()
    }

    #[test]
    fn bytes_that_are_here_have_their_hash() {
        // `printf hello | sha256sum`
        let hello = Some("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824".to_owned());
        assert_eq!(hashed("data:image/png;base64,aGVsbG8="), hello);
        assert_eq!(hashed("data:image/png;base64,aGVsbG8"), hello);
        // `head -c 300000 /dev/zero | sha256sum`
        let zeros = format!("data:;base64,{}", "A".repeat(400_000));
        assert_eq!(hashed(&zeros).as_deref(), Some(ZEROS));
    }

    const ZEROS: &str = "886715e4051e827f4fe215df3053af3f85ad0d352db2c829c7487af6d78efe30";

    #[test]
    fn bytes_elsewhere_or_broken_have_none() {
        for uri in [
            "https://x.y/z.png",
            "file-123",
            "data:image/png;base64,",
            "data:image/png;base64,a*b=",
            "data:text/plain,hi",
        ] {
            assert_eq!(hashed(uri), None, "{uri}");
        }
    }
}
