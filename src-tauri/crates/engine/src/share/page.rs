//! Traces as one HTML file: the viewer, the answers it would have asked the engine for, and the traces as OTLP JSON Lines, from
//! which the file can be imported again. It opens from disk and asks nobody for anything.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use base64::write::EncoderWriter;
use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use spanglass_trace::span::TraceId;
use spanglass_trace::views;
use spanglass_trace::views::document::InspectedSpan;
use spanglass_trace::views::ledger::Column;
use spanglass_trace::views::timeline::{RowWindow, TimelineIndex};
use spanglass_trace::views::transcript::Transcript;

use super::base85;
use super::export::{ExportError, Outgoing, Progress, aside, write_lines};
use crate::config::Assets;
use crate::query::{OpenTrace, RawTrace};

/// Traces with more spans than this together are no page: a browser would open it slowly if at all.
const MOST_SPANS: u64 = 50_000;

/// How the file begins; its first line ends where the OTLP begins.
const BEGINNING: &str = "<!doctype html><html lang=\"en\" data-spanglass=\"1\">";
const OTLP: &str = "<script type=\"text/plain\" id=\"otlp\">";
const LONGEST_HEAD: u64 = 4 << 10;

/// Starts the viewer: unpacks its parts and runs it. Everything else is refused by the page's policy.
const START: &str = include_str!("page.js");

/// The viewer: its one script and its one style sheet.
pub struct Viewer {
    script: Bytes,
    style: Bytes,
}

impl Viewer {
    /// Takes the viewer from the interface's files.
    pub fn of(assets: &Assets) -> Result<Self, ExportError> {
        let find = |extension: &str| -> Option<Bytes> {
            let is_it = |name: &str| name.ends_with(extension);
            match assets {
                Assets::None => None,
                Assets::Embedded(files) => {
                    let mut found = files.iter().filter(|(name, _)| name.starts_with("assets/") && is_it(name));
                    // A viewer in several pieces would ask for the others.
                    found.next().filter(|_| found.next().is_none()).map(|(_, bytes)| Bytes::from_static(bytes))
                }
                Assets::Folder(folder) => {
                    let files = std::fs::read_dir(folder.join("assets")).ok()?.filter_map(Result::ok);
                    let mut found = files.filter(|file| is_it(&file.file_name().to_string_lossy()));
                    let file = found.next().filter(|_| found.next().is_none())?;
                    std::fs::read(file.path()).ok().map(Bytes::from)
                }
            }
        };
        find(".js").zip(find(".css")).map(|(script, style)| Self { script, style }).ok_or(ExportError::NoViewer)
    }
}

/// Writes traces as a page.
pub(super) async fn page(
    outgoing: &mut Outgoing<'_>,
    trace_ids: &[TraceId],
    viewer: &Viewer,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    outgoing.reads_again();
    let hash = base64::Engine::encode(&STANDARD, Sha256::digest(START.as_bytes()));
    write!(
        out,
        "{BEGINNING}<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{hash}' blob:; \
         style-src blob:; img-src data: blob:; media-src data: blob:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types svelte-trusted-html\">\
         <meta name=\"referrer\" content=\"no-referrer\"><title>Spanglass</title>\n{OTLP}"
    )?;
    let mut packed = packer(&mut *out);
    let (mut written, mut spans) = (Vec::new(), 0);
    for trace_id in trace_ids {
        let write = |piece: &RawTrace| {
            spans += piece.spans.len() as u64;
            if spans > MOST_SPANS {
                return Err(ExportError::TooLarge { most: MOST_SPANS });
            }
            Ok(write_lines(piece, &mut packed)?)
        };
        if outgoing.pieces(*trace_id, write).await? {
            written.push(*trace_id);
        }
    }
    finish(packed)?;
    for (id, content) in [("style", &viewer.style), ("viewer", &viewer.script)] {
        begin(out, id)?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(content)?;
        base85::write(&packed.finish()?, out)?;
    }
    begin(out, "answers")?;
    answers(outgoing, &written, spans, packer(&mut *out)).await?;
    writeln!(out, "</script></head><body><div id=\"app\"></div><script>{START}</script></body></html>")?;
    Ok(())
}

/// Writes the answers about traces that were written already.
async fn answers<W: Write>(
    outgoing: &mut Outgoing<'_>,
    written: &[TraceId],
    spans: u64,
    out: Packer<W>,
) -> Result<(), ExportError> {
    let mut answers = Answers { out, is_first: true };
    answers.put("api/status", &status(written.len(), spans))?;
    // Read once more, and one at a time: no more of them is in memory than the largest.
    let mut rows = Vec::with_capacity(written.len());
    for trace_id in written {
        let Some(opened) = outgoing.again(*trace_id).await? else { continue };
        aside(|| answers.trace(&opened, outgoing.progress()))?;
        rows.push(opened.row.clone());
    }
    // The latest first, as a list of traces is.
    rows.reverse();
    answers.put("api/traces", &json!({ "rows": rows, "next": null, "total": rows.len(), "seq": 0 }))?;
    answers.out.write_all(b"}")?;
    Ok(finish(answers.out)?)
}

fn begin(out: &mut impl Write, id: &str) -> io::Result<()> {
    write!(out, "</script>\n<script type=\"text/plain\" id=\"{id}\">")
}

type Packer<W> = GzEncoder<EncoderWriter<'static, base64::engine::GeneralPurpose, W>>;

fn packer<W: Write>(out: W) -> Packer<W> {
    GzEncoder::new(EncoderWriter::new(out, &STANDARD), Compression::best())
}

fn finish<W: Write>(packed: Packer<W>) -> io::Result<()> {
    packed.finish()?.finish().map(drop)
}

/// Writes answers by the paths the viewer asks for, as the API gives them; texts are whole in them.
struct Answers<W: Write> {
    out: W,
    is_first: bool,
}

impl<W: Write> Answers<W> {
    fn trace(&mut self, opened: &OpenTrace, progress: &Progress) -> Result<(), ExportError> {
        let (trace, version) = (&opened.trace, opened.version);
        let at = format!("api/traces/{}", trace.trace_id);
        self.put(&at, &views::summary::head(trace, opened.row.clone()))?;
        let index = TimelineIndex::new(trace);
        self.put(&format!("{at}/timeline"), &whole_timeline(&index, version))?;
        let transcript = Transcript::new(views::conversation::conversation(trace, version));
        self.put(&format!("{at}/conversation"), &whole(transcript.whole()))?;
        self.put(&format!("{at}/tools"), &whole(views::tools::tools(trace, version).whole()))?;
        let ledger = views::ledger::ledger(trace, version);
        self.put(&format!("{at}/ledger"), &ledger.window(0, u32::MAX))?;
        let sums = Column::ALL.map(|column| (column, ledger.sum(column)));
        self.put(&format!("{at}/ledger/sum"), &BTreeMap::from(sums))?;
        self.put(&format!("{at}/ledger/chart"), &ledger.charts())?;
        self.put(&format!("{at}/streams"), &views::stream::streams(trace))?;
        for (place, read) in trace.spans.iter().enumerate() {
            progress.go_on()?;
            let span_id = read.span.span_id;
            let span = views::document::span_document(trace, place);
            let inspected = InspectedSpan { span, own_ns: index.own_ns(span_id) };
            self.put(&format!("{at}/spans/{span_id}"), &whole(inspected))?;
            if let Some(stream) = views::stream::stream(trace, span_id) {
                self.put(&format!("{at}/streams/{span_id}"), &stream)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, path: &str, answer: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.is_first { b"{" } else { b"," })?;
        self.is_first = false;
        serde_json::to_writer(&mut self.out, path)?;
        self.out.write_all(b":")?;
        Ok(serde_json::to_writer(&mut self.out, answer)?)
    }
}

/// An answer of which nothing is cut.
fn whole<T: Serialize>(value: T) -> impl Serialize {
    #[derive(Serialize)]
    struct Whole<T> {
        value: T,
        cut: BTreeMap<String, u64>,
    }
    Whole { value, cut: BTreeMap::new() }
}

fn status(traces: usize, spans: u64) -> serde_json::Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"), "data_dir": "", "endpoints": [], "traces": traces, "spans": spans, "stored_bytes": 0,
        "aside_bytes": 0,
        "received": { "requests": 0, "spans": 0, "logs": 0, "rejected_spans": 0, "refused": 0, "metric_points": 0, "dropped_metric_points": 0 },
        "refusals": [], "opened": [], "problem": null, "read_only": true, "reading_again": null,
    })
}

/// All rows, all shown.
/// Returns all rows, each span its own; the first of siblings that are alike says how many they are, so that the viewer can fold them.
fn whole_timeline(index: &TimelineIndex, version: u64) -> views::timeline::Timeline {
    let window = |from| RowWindow { from, rows: u32::MAX, ..RowWindow::default() };
    let mut timeline = index.window(version, &window(0));
    while (timeline.rows.len() as u32) < timeline.rows_total {
        let next = index.window(version, &window(timeline.rows.len() as u32));
        if next.rows.is_empty() {
            break;
        }
        timeline.rows.extend(next.rows);
    }
    let alike: BTreeMap<String, u32> = index.alike().map(|(first, count)| (first.to_string(), count)).collect();
    for row in &mut timeline.rows {
        row.alike = alike.get(&row.span_id).copied().unwrap_or_default();
    }
    timeline
}

/// Returns the OTLP JSON Lines of a page, or the bytes themselves when they begin as no page does.
pub(super) fn unpack<'a, R: BufRead + 'a>(mut source: R) -> io::Result<Result<Box<dyn Read + 'a>, R>> {
    if !source.fill_buf()?.starts_with(BEGINNING.as_bytes()) {
        return Ok(Err(source));
    }
    let mut head = Vec::new();
    source.by_ref().take(LONGEST_HEAD).read_until(b'\n', &mut head)?;
    let mut mark = vec![0; OTLP.len()];
    source.read_exact(&mut mark)?;
    if mark != OTLP.as_bytes() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "this is a page of Spanglass whose traces are not there",
        ));
    }
    let packed = DecoderReader::new(UntilMarkup(source), &STANDARD);
    Ok(Ok(Box::new(MultiGzDecoder::new(io::BufReader::new(packed)))))
}

/// Text up to the next `<`.
struct UntilMarkup<R>(R);

impl<R: BufRead> Read for UntilMarkup<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.0.fill_buf()?;
        let end = text.iter().position(|byte| *byte == b'<').unwrap_or(text.len());
        let count = end.min(into.len());
        into[..count].copy_from_slice(&text[..count]);
        self.0.consume(count);
        Ok(count)
    }
}
