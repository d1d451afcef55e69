//! Traces to files and back: nothing is lost, nothing is doubled, and what is broken is named.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use spanglass_engine::config::Assets;
use spanglass_engine::ingest::Ingest;
use spanglass_engine::live::Live;
use spanglass_engine::part_file::PartFile;
use spanglass_engine::query::{Filter, Query};
use spanglass_engine::share::{self, Form, ImportError, Imported, Progress, Rules, Viewer};
use spanglass_engine::store::{Options, Store};
use spanglass_trace::decode::{Budget, Encoding, otlp_json, otlp_protobuf};

#[path = "share/benign.rs"]
mod benign;
#[path = "share/forms.rs"]
mod forms;
#[path = "share/large.rs"]
mod large;
#[path = "share/opened.rs"]
mod opened;
#[path = "share/redaction.rs"]
mod redaction;

struct Folder {
    dir: tempfile::TempDir,
    store: Store,
    ingest: Ingest,
    query: Query,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("data"), Options::default()).unwrap();
        let ingest = Ingest::new(&store, &Live::new(store.seq()));
        let query = Query::new(&store);
        Self { dir, store, ingest, query }
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    async fn import(&self, path: &Path) -> Result<Imported, ImportError> {
        share::import(&self.ingest, path).await
    }

    async fn take(&self, content: &[u8]) -> Imported {
        self.import(&self.file("file", content)).await.unwrap()
    }

    async fn export(&self) -> Vec<u8> {
        let trace_ids = share::selected(&self.query, &Filter::default()).await.unwrap();
        let mut out = Vec::new();
        let exported = share::export(&self.query, &trace_ids, &mut out).await.unwrap();
        assert!(exported.missing.is_empty() && exported.damaged.is_empty());
        out
    }

    /// Returns every span of the store as text, in no order.
    async fn spans(&self) -> Vec<String> {
        let mut spans = Vec::new();
        for trace_id in share::selected(&self.query, &Filter::default()).await.unwrap() {
            let open = self.query.open(trace_id).await.unwrap().unwrap();
            spans.extend(open.trace.spans.iter().map(|span| format!("{:?}", span.span)));
        }
        spans.sort();
        spans
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.store.close();
    }
}

/// A viewer in which there is nothing.
fn viewer() -> Viewer {
    let files = tempfile::tempdir().unwrap();
    std::fs::create_dir(files.path().join("assets")).unwrap();
    for (name, content) in [("a.js", "export {}"), ("a.css", "body{}")] {
        std::fs::write(files.path().join("assets").join(name), content).unwrap();
    }
    Viewer::of(&Assets::Folder(files.path().to_owned())).unwrap()
}

/// Every request of the fixtures that was recorded from a library.
fn recorded() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() {
                walk(&entry, found);
            } else if name == "span.json" || name.ends_with(".pb") || name.ends_with(".jsonl") {
                found.push(entry);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["dialects", "views", "agents", "otlp"] {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures").join(folder), &mut found);
    }
    found
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/otlp");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "pb" || end == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 3);
    files
}

const GROUP: &str = r#"{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}],"x":1},"schemaUrl":"u","scopeSpans":[{"scope":{"name":"lib"},"spans":[SPANS]}]}"#;

fn span(n: u64) -> String {
    format!(
        r#"{{"traceId":"{:032x}","spanId":"{n:016x}","name":"call {n}","startTimeUnixNano":"{}","later":{{"a":[1.50]}},"attributes":[{{"key":"n","value":{{"intValue":"{n}"}}}}]}}"#,
        n / 3 + 1,
        u64::MAX - n
    )
}

fn request(spans: impl IntoIterator<Item = u64>) -> String {
    let spans: Vec<String> = spans.into_iter().map(span).collect();
    format!(r#"{{"resourceSpans":[{}]}}"#, GROUP.replace("SPANS", &spans.join(",")))
}

fn gz(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

#[tokio::test]
async fn exported_imported_and_exported_again_a_file_is_the_same() {
    let log = r#"{"timeUnixNano":"5","body":{"stringValue":"said"},"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"}"#;
    let logs = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{log}]}}]}}]}}"#);
    let first = Folder::new();
    for (_, content) in fixtures() {
        first.take(&content).await;
    }
    first.take(request(1..9).as_bytes()).await;
    assert_eq!(first.take(logs.as_bytes()).await.logs, 1);
    let exported = first.export().await;
    assert!(exported.ends_with(b"]}]}]}\n"));

    let second = Folder::new();
    let imported = second.take(&exported).await;
    assert_eq!((imported.broken, imported.rejected, imported.duplicates), (0, 0, 0));
    assert_eq!(imported.complaints, Vec::<String>::new());
    assert_eq!(second.export().await, exported);
    assert_eq!(second.spans().await, first.spans().await);

    // A page is read as the lines in it.
    let trace_ids = share::selected(&first.query, &Filter::default()).await.unwrap();
    let mut page = Vec::new();
    let (form, rules, progress) = (Form::Page(viewer()), Rules::default(), Progress::default());
    share::export_as(&first.query, &trace_ids, &form, &rules, &progress, &mut page).await.unwrap();
    let third = Folder::new();
    assert_eq!(third.take(&page).await.spans, imported.spans);
    assert_eq!(third.export().await, exported);
    let cut = page.iter().position(|byte| *byte == b'\n').unwrap() + 1_000;
    let error = Folder::new().import(&third.file("cut.html", &page[..cut])).await.unwrap_err();
    assert!(matches!(error, ImportError::Unreadable { .. }), "{error}");

    // Once more into the store it came from: everything is there already.
    let again = first.take(&exported).await;
    assert_eq!((again.spans, again.logs), (0, 0));
    assert_eq!(again.duplicates, imported.spans);
}

#[tokio::test]
async fn every_exported_line_is_a_request_other_programs_read() {
    let folder = Folder::new();
    for (_, content) in fixtures() {
        folder.take(&content).await;
    }
    for line in folder.export().await.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        let spans = line["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        for span in spans {
            assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
            assert!(span["startTimeUnixNano"].as_str().unwrap().parse::<u64>().unwrap() > 0);
        }
    }
}

#[tokio::test]
async fn files_of_every_form_are_understood() {
    let lines = format!("{}\n\n  {}\r\n{}", request([1, 2]), request([3]), request([4]));
    let pretty: serde_json::Value = serde_json::from_str(&request([1, 2, 3, 4])).unwrap();
    let pretty = serde_json::to_string_pretty(&pretty).unwrap();
    let list = format!("[{},\n{}]", request([1, 2]), request([3, 4]));
    let batches = request([1, 2, 3, 4]).replace("resourceSpans", "batches");
    let gzip = gz(&lines);
    let zstd = zstd::encode_all(pretty.as_bytes(), 1).unwrap();
    let forms: [Vec<u8>; 8] = [
        lines.clone().into(),
        format!("\u{feff}{lines}").into(),
        format!("\n{pretty}\n").into(),
        pretty.clone().into(),
        list.into(),
        batches.into(),
        gzip,
        zstd,
    ];
    for (n, content) in forms.iter().enumerate() {
        let folder = Folder::new();
        let imported = folder.take(content).await;
        let first_trace = "00000000000000000000000000000001".parse().ok();
        assert_eq!(imported, Imported { first_trace, spans: 4, ..Imported::default() }, "form {n}");
    }
    for (name, content) in fixtures() {
        let folder = Folder::new();
        let imported = folder.take(&content).await;
        assert!(imported.spans > 0 && imported.rejected == 0, "{name}");
        if let Ok(request) = ExportTraceServiceRequest::decode(&content[..]) {
            let groups = request.resource_spans.iter().flat_map(|group| &group.scope_spans);
            assert_eq!(imported.spans, groups.map(|group| group.spans.len() as u64).sum::<u64>(), "{name}");
        }
    }
}

#[tokio::test]
async fn log_records_in_protobuf_are_told_from_spans() {
    let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5","traceId":"00000000000000000000000000000001"}]}]}]}"#;
    assert_eq!(otlp_json::logs(&json.into(), Budget::default()).unwrap().logs[0].envelope.encoding, Encoding::Json);
    // ResourceLogs, ScopeLogs, LogRecord: time 5, trace id.
    let record = [&[0x09, 5, 0, 0, 0, 0, 0, 0, 0, 0x4a, 16][..], &[1; 16]].concat();
    let scope = [&[0x12, record.len() as u8][..], &record].concat();
    let resource = [&[0x12, scope.len() as u8][..], &scope].concat();
    let body = [&[0x0a, resource.len() as u8][..], &resource].concat();
    assert_eq!(otlp_protobuf::logs(&Bytes::from(body.clone()), Budget::default()).unwrap().logs.len(), 1);
    let folder = Folder::new();
    assert_eq!(folder.take(&body).await.logs, 1);
}

#[tokio::test]
async fn a_broken_line_is_named_and_the_rest_kept() {
    let cut = &request([2])[..60];
    let bad_span = request([4]).replace("\"spanId\":\"0000000000000004\"", "\"spanId\":\"4\"");
    let content = format!("{}\n{cut}\n\n{}\n{bad_span}\nnot json\n", request([1]), request([3]));
    let folder = Folder::new();
    let imported = folder.take(content.as_bytes()).await;
    assert_eq!((imported.spans, imported.rejected, imported.broken), (2, 1, 2));
    let complaints = imported.complaints.join("\n");
    assert!(complaints.contains("line 2: line 1 column 61: this is not JSON"), "{complaints}");
    assert!(
        complaints.contains("line 5: resourceSpans[0].scopeSpans[0].spans[0] (call 4): spanId \"4\""),
        "{complaints}"
    );
    assert!(complaints.contains("line 6: line 1 column 1"), "{complaints}");
}

#[tokio::test]
async fn a_file_without_traces_is_said() {
    let folder = Folder::new();
    for content in [&b"{}"[..], b"", b"[]", b"{\"a\":1}\n{\"b\":2}\n", b"hello\n", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"]
    {
        let error = folder.import(&folder.file("file", content)).await.unwrap_err();
        assert!(matches!(error, ImportError::NoTraces { .. }), "{content:?}: {error}");
    }
    let error = folder.import(&folder.dir.path().join("missing")).await.unwrap_err();
    assert!(matches!(error, ImportError::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn a_trace_larger_than_a_line_goes_over_several() {
    let text = "x".repeat(1 << 20);
    let spans: Vec<String> = (1..=10)
        .map(|n| {
            format!(r#"{{"traceId":"{:032x}","spanId":"{n:016x}","attributes":[{{"key":"k","value":{{"stringValue":"{text}"}}}}]}}"#, 7)
        })
        .collect();
    let content = format!(r#"{{"resourceSpans":[{}]}}"#, GROUP.replace("SPANS", &spans.join(",")));
    let folder = Folder::new();
    folder.take(content.as_bytes()).await;
    let exported = folder.export().await;
    assert_eq!(exported.iter().filter(|byte| **byte == b'\n').count(), 4);
    let again = Folder::new();
    assert_eq!(again.take(&exported).await.spans, 10);
    assert_eq!(again.export().await, exported);
}

/// A file that somebody stops the writing of when it has begun.
struct StoppedFile<'a>(PartFile, &'a Progress);

impl Write for StoppedFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.stop();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[tokio::test]
async fn an_export_that_is_stopped_leaves_what_was_there() {
    let folder = Folder::new();
    for (_, content) in fixtures() {
        folder.take(&content).await;
    }
    let trace_ids = share::selected(&folder.query, &Filter::default()).await.unwrap();
    assert!(trace_ids.len() > 1);
    for form in [Form::Lines, Form::Page(viewer()), Form::Markdown] {
        let to = folder.file("export", b"before");
        let progress = Progress::default();
        let mut out = StoppedFile(PartFile::create(&to).unwrap(), &progress);
        let stopped = share::export_as(&folder.query, &trace_ids, &form, &Rules::default(), &progress, &mut out).await;
        assert!(matches!(stopped, Err(share::ExportError::Stopped)), "{stopped:?}");
        assert!(progress.traces() < trace_ids.len() as u64);
        drop(out);
        assert_eq!(std::fs::read(&to).unwrap(), b"before");
        assert!(!folder.dir.path().join("export.part").exists());
    }
}
