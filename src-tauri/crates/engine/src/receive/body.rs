//! Takes a request's body in, within limits of size, time and memory, and undoes its compression.

use std::io::{self, Read};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// The largest body, before and after decompression; what the OTLP specification recommends.
pub(crate) const LARGEST_BODY: usize = 64 << 20;
/// What may be waiting in memory, of all requests together.
const BODIES_IN_MEMORY: usize = 256 << 20;
/// The unit in which that is counted.
const UNIT: usize = 16 << 10;
/// How long a body may take.
const LONGEST: Duration = Duration::from_secs(60);
/// How slow a body may be after its first seconds, in bytes per second.
const SLOWEST: u64 = 1024;
const FIRST_SECONDS: Duration = Duration::from_secs(5);
/// How long a request waits for room in memory.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far beyond the limit a body is read and thrown away, so that its sender gets to read the answer.
const READ_ON: usize = 64 << 20;
/// How much room is made at most for a body of which nothing has come.
const FIRST_ROOM: usize = 1 << 20;
/// What decompresses to more is decompressed once without being kept, to know how large it is.
const MEASURED_BODY: usize = 4 << 20;
/// zstd's window, as a power of two: more would let a small request take more memory than any answer is worth.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Why a body was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the request is larger than {} MiB; send smaller batches", LARGEST_BODY >> 20)]
    TooLarge,
    #[error("the request's body came too slowly or not at all")]
    TooSlow,
    #[error("the connection broke within the request's body")]
    Broken,
    #[error("too many large requests at once; send again in a second")]
    NoRoom,
}

/// Room in memory for bodies, shared by all listeners.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BODIES_IN_MEMORY / UNIT)))
    }
}

/// A body in memory and the room it takes, which clones share.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) bytes: Bytes,
    pub(crate) _room: Option<Arc<OwnedSemaphorePermit>>,
}

impl Taken {
    /// Returns a body this program made itself.
    pub(crate) fn own(bytes: Bytes) -> Self {
        Self { bytes, _room: None }
    }
}

/// Takes a whole body in.
pub(crate) async fn take<B>(body: B, room: &Room) -> Result<Taken, BodyError>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let begun = Instant::now();
    let told = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if told.is_some_and(|length| length > LARGEST_BODY + READ_ON) {
        return Err(BodyError::TooLarge);
    }
    let mut bytes = BytesMut::new();
    let mut permit: Option<OwnedSemaphorePermit> = None;
    let mut came = 0;
    loop {
        // The average must stay above the slowest rate, counted from the end of the first seconds.
        let earned = Duration::from_secs(came as u64 / SLOWEST);
        let deadline = begun + (FIRST_SECONDS + earned).min(LONGEST);
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(BodyError::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(BodyError::Broken),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        came += data.len();
        if came > LARGEST_BODY {
            (bytes, permit) = (BytesMut::new(), None);
            if came > LARGEST_BODY + READ_ON {
                return Err(BodyError::TooLarge);
            }
            continue;
        }
        let held = permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = came.div_ceil(UNIT).saturating_sub(held);
        if missing > 0 {
            let more = timeout(PATIENCE, room.0.clone().acquire_many_owned(missing as u32)).await;
            let more = more.ok().and_then(Result::ok).ok_or(BodyError::NoRoom)?;
            match &mut permit {
                Some(permit) => permit.merge(more),
                None => permit = Some(more),
            }
        }
        if data.len() > bytes.capacity() - bytes.len() {
            // Who has sent a little is believed how much comes: a buffer that is outgrown is copied, one that is not written to takes nothing.
            let comes = told.map_or(0, |told| told.min(LARGEST_BODY).saturating_sub(bytes.len()));
            let believed = if bytes.is_empty() { comes.min(FIRST_ROOM) } else { comes };
            bytes.reserve(believed.max(data.len()));
        }
        bytes.extend_from_slice(&data);
    }
    if came > LARGEST_BODY {
        return Err(BodyError::TooLarge);
    }
    Ok(Taken { bytes: bytes.freeze(), _room: permit.map(Arc::new) })
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

impl Compression {
    /// Returns the one compression this value of `Content-Encoding` (or `grpc-encoding`) names; `None` for unknown and stacked ones.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Why a body could not be decompressed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecompressError {
    #[error("the request is larger than {} MiB after decompression; send smaller batches", LARGEST_BODY >> 20)]
    TooLarge,
    #[error("the body is not what its encoding says: {0}")]
    Malformed(io::Error),
}

/// Undoes a compression, stopping at one byte more than [`LARGEST_BODY`].
pub(crate) fn decompress(bytes: Bytes, compression: Compression) -> Result<Bytes, DecompressError> {
    match compression {
        Compression::Identity => Ok(Some(bytes)),
        Compression::Gzip => read_all(|| Ok(flate2::read::MultiGzDecoder::new(&bytes[..]))),
        // RFC 9110 means zlib; some senders leave its header out.
        Compression::Deflate if has_zlib_header(&bytes) => read_all(|| Ok(flate2::read::ZlibDecoder::new(&bytes[..]))),
        Compression::Deflate => read_all(|| Ok(flate2::read::DeflateDecoder::new(&bytes[..]))),
        Compression::Zstd => read_all(|| {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(&bytes[..])?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Ok(decoder)
        }),
    }
    .map_err(DecompressError::Malformed)?
    .ok_or(DecompressError::TooLarge)
}

fn has_zlib_header(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..] if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

/// Returns all that a decoder makes; `None` when that is too large, before it takes memory.
fn read_all<R: Read>(decoder: impl Fn() -> io::Result<R>) -> io::Result<Option<Bytes>> {
    let mut bytes = Vec::new();
    let mut first = decoder()?;
    if first.by_ref().take(MEASURED_BODY as u64).read_to_end(&mut bytes)? == MEASURED_BODY {
        let rest = io::copy(&mut first.take((LARGEST_BODY + 1 - MEASURED_BODY) as u64), &mut io::sink())? as usize;
        if MEASURED_BODY + rest > LARGEST_BODY {
            return Ok(None);
        }
        bytes = Vec::with_capacity(MEASURED_BODY + rest);
        decoder()?.read_to_end(&mut bytes)?;
    }
    Ok(Some(bytes.into()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn compress(bytes: &[u8], compression: Compression) -> Bytes {
        let level = flate2::Compression::fast();
        let compressed = match compression {
            Compression::Identity => Ok(bytes.to_vec()),
            Compression::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Compression::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Compression::Zstd => zstd::encode_all(bytes, 1),
        };
        compressed.expect("memory").into()
    }

    #[test]
    fn every_compression_is_undone() {
        let text = b"a span, a span, a span".repeat(100);
        for compression in [Compression::Identity, Compression::Gzip, Compression::Deflate, Compression::Zstd] {
            let back = decompress(compress(&text, compression), compression);
            assert_eq!(back.expect("well formed"), text, "{compression:?}");
        }
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        raw.write_all(&text).expect("memory");
        let raw = raw.finish().expect("memory").into();
        assert_eq!(decompress(raw, Compression::Deflate).expect("raw deflate"), text);
    }

    #[test]
    fn what_is_cut_off_is_malformed() {
        let text = b"a span, a span, a span".repeat(100);
        for compression in [Compression::Gzip, Compression::Deflate, Compression::Zstd] {
            let whole = compress(&text, compression);
            let cut = whole.slice(..whole.len() - 3);
            assert!(matches!(decompress(cut, compression), Err(DecompressError::Malformed(_))), "{compression:?}");
        }
    }

    #[test]
    fn a_bomb_is_too_large() {
        let zeros = vec![0; LARGEST_BODY + 1];
        for compression in [Compression::Gzip, Compression::Deflate, Compression::Zstd] {
            let bomb = compress(&zeros, compression);
            assert!(matches!(decompress(bomb, compression), Err(DecompressError::TooLarge)), "{compression:?}");
            let fits = compress(&zeros[..LARGEST_BODY], compression);
            assert_eq!(decompress(fits, compression).expect("fits").len(), LARGEST_BODY, "{compression:?}");
        }
    }

    /// Decoders of formats that nobody writes any more are not in the program.
    #[test]
    fn frames_from_before_zstd_1_are_refused() {
        for version in [0x25, 0x26, 0x27] {
            let frame = [
                &[version, 0xb5, 0x2f, 0xfd, 0x20, 0x14, 0x40, 0x00, 0x14],
                &br#"{"resourceSpans":[]}"#[..],
                &[0xc0, 0, 0],
            ];
            let refused = decompress(Bytes::from(frame.concat()), Compression::Zstd);
            assert!(matches!(refused, Err(DecompressError::Malformed(_))), "{version:x}: {refused:?}");
        }
    }

    #[test]
    fn a_huge_zstd_window_is_refused() {
        // A frame header that asks for a window of 2^31 bytes: magic, no single segment, window descriptor 21 << 3, one raw last block.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x09, 0x00, 0x00, b'x'];
        let refused = decompress(Bytes::copy_from_slice(&frame), Compression::Zstd);
        assert!(matches!(refused, Err(DecompressError::Malformed(_))), "{refused:?}");
    }
}
