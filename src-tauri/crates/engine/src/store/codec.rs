//! How blocks are compressed: zstd at its fastest regular level, optionally against bytes that the reader has too.

use std::cell::RefCell;

use zstd::zstd_safe::{CCtx, CParameter, DCtx};

/// Not compressed.
pub(super) const PLAIN: u8 = 0;

/// A zstd frame.
pub(super) const ZSTD: u8 = 1;

/// How much of a base's end a block is compressed against, at most.
const LONGEST_END: usize = 128 << 10;

/// Below this many bytes compression does not pay for its frame.
const WORTH_COMPRESSING: usize = 96;

const LEVEL: i32 = 1;

thread_local! {
    static COMPRESSOR: RefCell<Option<CCtx<'static>>> = RefCell::new(compressor());
    static DECOMPRESSOR: RefCell<Option<DCtx<'static>>> = RefCell::new(DCtx::try_create());
}

fn compressor<'a>() -> Option<CCtx<'a>> {
    let mut context = CCtx::try_create()?;
    context.set_parameter(CParameter::CompressionLevel(LEVEL)).ok()?;
    Some(context)
}

/// Returns the part of a base's content that others are compressed against.
pub(super) fn end_of(content: &[u8]) -> &[u8] {
    &content[content.len().saturating_sub(LONGEST_END)..]
}

/// Returns the bytes compressed against `prefix` (possibly empty); `None` when that makes them no smaller.
pub(super) fn compress(content: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
    if content.len() < WORTH_COMPRESSING {
        return None;
    }
    let mut bytes = Vec::with_capacity(zstd::zstd_safe::compress_bound(content.len()));
    if prefix.is_empty() {
        COMPRESSOR.with_borrow_mut(|context| context.as_mut()?.compress2(&mut bytes, content).ok())?;
    } else {
        let mut context = compressor()?;
        context.ref_prefix(prefix).ok()?;
        context.compress2(&mut bytes, content).ok()?;
    }
    // What waits to be written is bounded by its length.
    bytes.shrink_to_fit();
    (bytes.len() < content.len()).then_some(bytes)
}

/// Returns what was compressed; `None` when it is not `size` bytes or nothing that was compressed so.
pub(super) fn decompress(codec: u8, bytes: &[u8], size: usize, prefix: &[u8]) -> Option<Vec<u8>> {
    match codec {
        PLAIN => (bytes.len() == size).then(|| bytes.to_vec()),
        ZSTD => {
            // The frame says its size too: a flipped bit must not reserve gigabytes.
            let told = zstd::zstd_safe::get_frame_content_size(bytes).ok()??;
            if told != size as u64 || size > bytes.len().saturating_mul(LARGEST_RATIO) {
                return None;
            }
            let mut content = Vec::with_capacity(size);
            if prefix.is_empty() {
                DECOMPRESSOR.with_borrow_mut(|context| context.as_mut()?.decompress(&mut content, bytes).ok())?;
            } else {
                let mut context = DCtx::try_create()?;
                context.ref_prefix(prefix).ok()?;
                context.decompress(&mut content, bytes).ok()?;
            }
            (content.len() == size).then_some(content)
        }
        _ => None,
    }
}

/// What zstd can make of a byte: a block of 128 KiB takes four.
const LARGEST_RATIO: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let base: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let grown = [end_of(&base), b" and one more message"].concat();
        for (content, prefix) in [
            (&[7; 100_000][..], &[][..]),
            (&(0..=255).cycle().take(3_000).collect::<Vec<u8>>(), &[]),
            (&grown, end_of(&base)),
        ] {
            let bytes = compress(content, prefix).expect("it repeats itself or its base");
            assert!(bytes.len() < content.len() / 5, "{}", bytes.len());
            assert_eq!(decompress(ZSTD, &bytes, content.len(), prefix).as_deref(), Some(content));
        }
        assert_eq!(compress(b"short", &[]), None);
        assert_eq!(compress(&base[..1_000], &[]), None, "noise is not made smaller");
    }

    #[test]
    fn what_is_damaged_does_not_come_back_larger() {
        let bytes = compress(&[7; 100_000], &[]).expect("smaller");
        assert_eq!(decompress(ZSTD, &bytes, 99_999, &[]), None);
        assert_eq!(decompress(ZSTD, &bytes[..bytes.len() - 1], 100_000, &[]), None);
        assert_eq!(decompress(PLAIN, b"four", 5, &[]), None);
        assert_eq!(decompress(9, &bytes, 100_000, &[]), None);
    }
}
