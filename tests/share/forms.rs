//! Files of other programs: each is told by what is in it, and read into the same trace as if it had been received.

use std::io::{Cursor, Write};

use serde_json::Value;
use spanglass_engine::query::Filter;
use spanglass_engine::share::{self, ImportError};
use spanglass_trace::views::document;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Folder, fixtures, request};

fn form(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/forms");
    std::fs::read(folder.join(name)).unwrap()
}

/// Returns the documents of all traces, in the order they came.
async fn documents(folder: &Folder) -> Vec<Value> {
    let mut documents = Vec::new();
    for trace_id in share::selected(&folder.query, &Filter::default()).await.unwrap() {
        let opened = folder.query.open(trace_id).await.unwrap().unwrap();
        let document = document::document(&opened.trace, opened.row.summary.clone());
        documents.push(serde_json::to_value(document).unwrap());
    }
    documents
}

/// Returns each span's name, its parent's name, kind, status and what it used, in order of the tree.
fn told(document: &Value) -> Vec<String> {
    let spans = document["spans"].as_array().unwrap();
    let name_of = |id: &Value| {
        spans.iter().find(|span| span["span_id"] == *id).map_or("-", |span| span["name"].as_str().unwrap())
    };
    let told = spans.iter().map(|span| {
        let usage = &span["usage"];
        format!(
            "{} < {} {} {} {}+{}",
            span["name"].as_str().unwrap(),
            name_of(&span["parent_span_id"]),
            span["kind"].as_str().unwrap(),
            span["status"]["code"].as_str().unwrap(),
            usage["input_tokens"],
            usage["output_tokens"]
        )
    });
    told.collect()
}

async fn taken(name: &str) -> (Folder, Value) {
    let folder = Folder::new();
    folder.take(&form(name)).await;
    let document = documents(&folder).await.remove(0);
    (folder, document)
}

#[tokio::test]
async fn jaeger_and_zipkin_traces_are_what_was_sent_to_them() {
    let (folder, jaeger) = taken("jaeger.json").await;
    assert_eq!(
        told(&jaeger),
        ["invoke_agent < - agent unset null+null", "chat gpt-4o-mini < invoke_agent llm error 12+7"]
    );
    let chat = &jaeger["spans"][1];
    assert_eq!((&chat["service"], &chat["scope"]), (&"weather-agent".into(), &Value::Null));
    assert_eq!(chat["status"]["message"], "overloaded");
    assert_eq!(
        (&chat["parameters"]["temperature"], chat["events"][0]["name"].as_str()),
        (&0.5.into(), Some("exception"))
    );
    assert_eq!(chat["links"][0]["span_id"], "00000000000000ef");
    let again = folder.take(&form("jaeger.json")).await;
    assert_eq!((again.spans, again.duplicates, again.rejected), (0, 2, 1));
    assert_eq!(again.complaints, ["data[0].spans[2] (broken): \"not an id\" is not an id of 16 hexadecimal digits"]);

    let (_, zipkin) = taken("zipkin-opentelemetry-python.json").await;
    let expected = [
        "invoke_agent < - agent unset null+null",
        "chat gpt-4o-mini < invoke_agent llm unset 12+7",
        "execute_tool get_weather < invoke_agent other error null+null",
    ];
    assert_eq!(told(&zipkin), expected);
}

#[tokio::test]
async fn mlflow_traces_of_every_version_are_read() {
    for name in ["mlflow-2.22.json", "mlflow-3.17.json"] {
        let (folder, document) = taken(name).await;
        assert_eq!(told(&document), ["Completions < - llm ok 11+17"], "{name}");
        let said = &document["spans"][0]["output"]["messages"][0]["parts"][0]["text"];
        assert_eq!(said, "Why do programmers prefer dark mode? Because light attracts bugs!", "{name}");
        // A list of traces.
        let sent: Value = serde_json::from_slice(&form(name)).unwrap();
        let other = Folder::new();
        other.take(serde_json::json!([sent]).to_string().as_bytes()).await;
        assert_eq!(documents(&other).await, documents(&folder).await, "{name}");
    }
    // What its server answers has typed values.
    let (_, document) = taken("mlflow-3.17-answer.json").await;
    let spans = told(&document);
    assert_eq!(spans[0], "run_tool_agent < - agent ok null+null", "{spans:?}");
    assert_eq!(spans.iter().filter(|span| span.contains("< run_tool_agent")).count(), 3, "{spans:?}");
    assert_eq!(
        (&document["trace"]["usage"]["input_tokens"], &document["trace"]["usage"]["output_tokens"]),
        (&95.into(), &23.into())
    );
}

#[tokio::test]
async fn langfuse_and_phoenix_give_back_what_they_were_sent() {
    let (_, langfuse) = taken("langfuse-trace.json").await;
    assert_eq!(told(&langfuse)[1..], ["run < ask other unset null+null", "chat < run llm unset 9+4"]);
    assert_eq!((&langfuse["trace"]["session_id"], &langfuse["trace"]["user_id"]), (&"s-1".into(), &"demo".into()));
    let mut download: Value = serde_json::from_slice(&form("langfuse-trace.json")).unwrap();
    let observations = download["observations"].take();
    let download = serde_json::json!({"trace": download, "observations": observations});
    let folder = Folder::new();
    folder.take(download.to_string().as_bytes()).await;
    assert_eq!(told(&documents(&folder).await[0]), told(&langfuse));

    let folder = Folder::new();
    let imported = folder.take(&form("phoenix.jsonl")).await;
    assert_eq!((imported.spans, imported.broken), (3, 1));
    assert!(imported.complaints[0].starts_with("line 3: "), "{:?}", imported.complaints);
    let phoenix = &documents(&folder).await[0];
    assert_eq!(
        told(phoenix),
        ["ask < - chain ok null+null", "ChatCompletion < ask llm ok 9+4", "search < ask tool error null+null"]
    );
    assert_eq!(phoenix["spans"][1]["input"]["messages"][0]["parts"][0]["text"], "Weather in Paris?");
}

#[tokio::test]
async fn requests_with_their_length_before_them_are_read() {
    let (_, pb) = fixtures().into_iter().find(|(name, _)| name.ends_with(".pb")).unwrap();
    let framed = [
        &(pb.len() as u32).to_be_bytes()[..],
        &pb,
        &3_u32.to_be_bytes(),
        b"\xff\xff\xff",
        &(pb.len() as u32).to_be_bytes(),
        &pb,
    ]
    .concat();
    let folder = Folder::new();
    let imported = folder.take(&framed).await;
    assert!(imported.spans > 0 && imported.spans == imported.duplicates, "{imported:?}");
    assert_eq!(imported.broken, 1);
    assert!(imported.complaints[0].starts_with("line 2: "), "{:?}", imported.complaints);
    let cut = Folder::new();
    let error = cut.import(&cut.file("cut", &framed[..framed.len() - 1])).await.unwrap_err();
    assert!(matches!(error, ImportError::NoTraces { .. }), "{error}");
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_zip_is_read_file_by_file_and_what_is_hostile_in_it_is_left_out() {
    let (one, two, three) = (request([1]), request([2]), request([3]));
    let inner = zipped(&[("a.json", three.as_bytes())]);
    let broken = format!("{two}\nnonsense\n");
    let archive = zipped(&[
        ("structured/traces.json", one.as_bytes()),
        ("traces.jsonl", broken.as_bytes()),
        ("../../etc/evil.json", three.as_bytes()),
        ("again.zip", &inner),
        ("empty.txt", b""),
    ]);
    let folder = Folder::new();
    let imported = folder.take(&archive).await;
    assert_eq!(imported.spans, 2, "{imported:?}");
    let complaints = imported.complaints.join("\n");
    for told in ["line 2: \"traces.jsonl\"", "evil.json\" is no name", "\"again.zip\" is an archive itself"] {
        assert!(complaints.contains(told), "{complaints}");
    }
    // What is much larger than the archive is not unpacked to its end, and what came before it is kept.
    let bomb = {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("first.json", SimpleFileOptions::default()).unwrap();
        zip.write_all(one.as_bytes()).unwrap();
        zip.start_file("bomb.json", SimpleFileOptions::default()).unwrap();
        for _ in 0..48 {
            zip.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let imported = Folder::new().take(&bomb).await;
    assert_eq!(imported.spans, 1);
    assert!(imported.complaints.iter().any(|told| told.contains("too large")), "{imported:?}");
    // Of 60,000 files that nothing is in, the list alone would take more memory than the archive.
    let entry =
        [b"PK\x01\x02".to_vec(), vec![0; 24], 200_u16.to_le_bytes().to_vec(), vec![0; 16], vec![b'n'; 200]].concat();
    let list = entry.repeat(60_000);
    let mut end = [b"PK\x05\x06".to_vec(), vec![0; 4], 60_000_u16.to_le_bytes().repeat(2)].concat();
    end.extend((list.len() as u32).to_le_bytes());
    end.extend([4, 0, 0, 0, 0, 0]);
    let folder = Folder::new();
    let archive = folder.file("long.zip", &[b"PK\x03\x04", &list[..], &end].concat());
    let refused = folder.import(&archive).await;
    let Err(ImportError::NoTraces { reason, .. }) = &refused else { panic!("{refused:?}") };
    assert!(reason.contains("the list of its files is longer than"), "{reason}");
}

#[tokio::test]
async fn every_recorded_request_is_exported_imported_and_exported_again_byte_for_byte() {
    let (first, second) = (Folder::new(), Folder::new());
    let mut files = 0;
    for path in super::recorded() {
        first.take(&std::fs::read(path).unwrap()).await;
        files += 1;
    }
    assert!(files > 150, "{files}");
    let exported = first.export().await;
    second.take(&exported).await;
    let again = second.export().await;
    let lines = |content: &[u8]| {
        content.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>()
    };
    let differ = lines(&exported).into_iter().zip(lines(&again)).find(|(one, two)| one != two);
    assert_eq!(differ, None);
    assert!(again == exported, "one is longer than the other");
}
