//! What a trace file holds, piece by piece, at most [`PIECE_BYTES`] of it in memory.
//!
//! Understood are OTLP JSON (one request, a list of them, or one on each line), what other programs write for their traces
//! ([`forms`]), OTLP protobuf (one request, or one after the other with its length before it), all of them plain, gzipped,
//! compressed with zstd or in a zip, and our own pages. Which it is, is told by what is in the file and never by its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use bytes::Bytes;
use spanglass_trace::decode::{Budget, DecodeError, Received, forms, otlp_protobuf};

use super::reading::Reading;
use super::{archive, page};

/// How much is read in one piece: a line, or a file that is one document.
const PIECE_BYTES: u64 = 64 << 20;

/// Of a file that is one document, so many spans are handed over at once: how far it is shows while they are stored.
const PART_SPANS: usize = 1_000;

/// What a file is read into: the received, or the reason why there is none, with the number of the line (from 1 on) where the
/// file has lines. Returns whether to go on.
pub(super) type Emit<'a> = dyn FnMut(Option<u64>, Result<Received, DecodeError>) -> bool + 'a;

/// Reads a file, and tells `reading` of it.
pub(super) fn read(path: &Path, reading: &Reading, emit: &mut Emit<'_>) -> io::Result<()> {
    let file = File::open(path)?;
    reading.begin(file.metadata()?.len());
    let mut file = BufReader::new(reading.file(file));
    if file.fill_buf()?.starts_with(archive::MAGIC) {
        return archive::read(File::open(path)?, reading, emit);
    }
    content(file, reading, emit)
}

/// Reads what is in a file. `source` is at its beginning, of which it has more than one byte buffered, or all there is.
pub(super) fn content<'a>(source: impl BufRead + 'a, reading: &Reading, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut source = reading.unpacked(unpacked(source)?);
    let mut head = Vec::new();
    source.by_ref().take(PIECE_BYTES + 1).read_to_end(&mut head)?;
    if head.len() as u64 > PIECE_BYTES {
        let whole = BufReader::new(Cursor::new(head).chain(source));
        return lines(whole, reading, emit);
    }
    let whole = Bytes::from(head);
    if let Some(requests) = length_prefixed(&whole) {
        // Numbered as lines are: each is a request of its own.
        for (number, request) in (1..).zip(requests) {
            let is_taken = emit(Some(number), protobuf(&request));
            reading.pass(4 + request.len());
            if !is_taken {
                break;
            }
        }
        return Ok(());
    }
    if starts_like_json(&whole) {
        match forms::anything(&whole, Budget::default()) {
            Err(DecodeError::Malformed { .. }) if whole.trim_ascii().contains(&b'\n') => {}
            decoded => {
                document(decoded, whole.len(), reading, emit);
                return Ok(());
            }
        }
    }
    // A protobuf request may well start as JSON does: field 1 is a line break, and `{` a length.
    match protobuf(&whole) {
        Ok(received) if starts_like_json(&whole) && is_empty(&received) => lines(&whole[..], reading, emit),
        Err(_) if starts_like_json(&whole) => lines(&whole[..], reading, emit),
        decoded => {
            document(decoded, whole.len(), reading, emit);
            Ok(())
        }
    }
}

/// Hands over what a document of so many bytes holds, a part at a time: each counts as its share of the bytes once it was taken.
fn document(decoded: Result<Received, DecodeError>, bytes: usize, reading: &Reading, emit: &mut Emit<'_>) {
    let mut rest = match decoded {
        Ok(received) => received,
        Err(error) => {
            emit(None, Err(error));
            return reading.pass(bytes);
        }
    };
    let all = (rest.spans.len() + rest.logs.len()).max(1);
    let mut spans = std::mem::take(&mut rest.spans).into_iter();
    let (mut taken, mut passed) = (0, 0);
    while spans.len() > PART_SPANS {
        let part = Received { spans: spans.by_ref().take(PART_SPANS).collect(), ..Received::default() };
        if !emit(None, Ok(part)) {
            return;
        }
        taken += PART_SPANS;
        let upto = (bytes as u64 * taken as u64 / all as u64) as usize;
        reading.pass(upto - passed);
        passed = upto;
    }
    rest.spans = spans.collect();
    emit(None, Ok(rest));
    reading.pass(bytes - passed);
}

fn unpacked<'a>(source: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut source = match page::unpack(source)? {
        Ok(lines) => return Ok(lines),
        Err(source) => source,
    };
    let magic = source.fill_buf()?;
    Ok(if magic.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(source))
    } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::stream::read::Decoder::with_buffer(source)?)
    } else {
        Box::new(source)
    })
}

/// Returns the requests of a file in which each has its length before it, as four bytes, the highest first; `None` when it is none.
///
/// Source: the OpenTelemetry collector's file exporter with `format: proto`. The first byte of a request would be a field of
/// number 0, which there is none of, while it is less than 16 MiB long.
fn length_prefixed(file: &Bytes) -> Option<Vec<Bytes>> {
    let (mut requests, mut at) = (Vec::new(), 0);
    while at < file.len() {
        let length = u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?) as usize;
        let end = (at + 4).checked_add(length).filter(|end| *end <= file.len())?;
        requests.push(file.slice(at + 4..end));
        at = end;
    }
    (!requests.is_empty() && (file[0] == 0 || requests.len() > 1)).then_some(requests)
}

fn starts_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn is_empty(received: &Received) -> bool {
    received.spans.is_empty() && received.logs.is_empty() && received.rejected == 0
}

/// Reads a traces request, or else a logs request: which of the two it is, only its content says.
fn protobuf(body: &Bytes) -> Result<Received, DecodeError> {
    let budget = Budget::default();
    match otlp_protobuf::traces(body, budget) {
        Ok(traces) if !traces.spans.is_empty() => Ok(traces),
        traces => match otlp_protobuf::logs(body, budget) {
            Ok(logs) if !logs.logs.is_empty() => Ok(logs),
            _ => traces,
        },
    }
}

fn lines(mut source: impl BufRead, reading: &Reading, emit: &mut Emit<'_>) -> io::Result<()> {
    for number in 1.. {
        let mut line = Vec::new();
        let length = source.by_ref().take(PIECE_BYTES + 1).read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            break;
        }
        reading.pass(line.len());
        if length > PIECE_BYTES && !line.ends_with(b"\n") {
            source.skip_until(b'\n')?;
            let reason = "the line is longer than 64 MiB".to_owned();
            if !emit(Some(number), Err(DecodeError::Malformed { place: "byte 67108864".to_owned(), reason })) {
                break;
            }
        } else if !line.trim_ascii().is_empty() && !emit(Some(number), forms::anything(&line.into(), Budget::default()))
        {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_can_be_stopped() {
        let reading = Reading::default();
        let ended = std::thread::scope(|scope| {
            let endless = b"{}\n".chain(io::repeat(b'\n'));
            let reading = &reading;
            let ended =
                scope.spawn(move || content(BufReader::new(reading.unpacked(endless)), reading, &mut |_, _| true));
            reading.stop();
            ended.join().expect("no panic")
        });
        assert!(ended.is_err_and(|error| error.to_string().contains("stopped")));
    }

    #[test]
    fn how_far_a_file_of_one_document_is_shows_while_its_spans_are_taken() {
        let span = |n: usize| {
            format!(r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"work","startTimeUnixNano":"1"}}"#, 1, n + 1)
        };
        let spans: Vec<_> = (0..2_500).map(span).collect();
        let file = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
        let told = |most: usize| {
            let (reading, mut told) = (Reading::default(), Vec::new());
            reading.begin(file.len() as u64);
            content(BufReader::new(reading.file(file.as_bytes())), &reading, &mut |_, piece| {
                told.push((reading.bytes_read() * 100 / file.len() as u64, piece.expect("spans").spans.len()));
                told.len() < most
            })
            .expect("memory is read");
            (told, reading.bytes_read() == file.len() as u64)
        };
        assert_eq!(told(usize::MAX), (vec![(0, 1_000), (39, 1_000), (79, 500)], true));
        assert_eq!(told(2).0.len(), 2, "nothing more is handed over once nobody takes it");
    }
}
