//! What is told of files that the window was asked to open.

use spanglass_engine::share::{OpenedFile, OpenedFiles};

use super::{Folder, fixtures, gz, request};

fn told(file: &OpenedFile) -> (&str, bool, u64, u64) {
    (&file.name, file.running, file.taken, file.known)
}

#[tokio::test]
async fn of_a_file_it_is_told_what_came_what_was_there_and_what_is_broken() {
    let (folder, opened) = (Folder::new(), OpenedFiles::default());
    let sent = fixtures().into_iter().find(|(name, _)| name.contains("mlflow_agent_tools")).unwrap();
    let whole = folder.file("whole.pb", &sent.1);
    opened.open(&folder.ingest, &whole).await.unwrap();
    opened.open(&folder.ingest, &whole).await.unwrap();
    let exported = String::from_utf8(folder.export().await).unwrap();
    let half = folder.file("half.jsonl", format!("{exported}{{\"resourceSpans\": [\n").as_bytes());
    opened.open(&folder.ingest, &half).await.unwrap();
    let foreign = folder.file("holiday.txt", b"It rained.");
    opened.open(&folder.ingest, &foreign).await.unwrap_err();

    let [foreign, half, again, first] = &opened.list()[..] else { panic!("{:?}", opened.list()) };
    assert_eq!((told(first), &first.problem), (("whole.pb", false, 6, 0), &None));
    assert_eq!((told(again), &again.problem), (("whole.pb", false, 0, 6), &None));
    assert!(first.trace_id.is_some() && first.trace_id == again.trace_id && first.id < again.id);
    assert_eq!(told(half), ("half.jsonl", false, 0, 6));
    let problem = half.problem.as_deref().unwrap();
    assert!(problem.starts_with("one part could not be read: line 2: "), "{problem}");
    assert_eq!((told(foreign), &foreign.trace_id), (("holiday.txt", false, 0, 0), &None));
    assert!(foreign.problem.as_deref().unwrap().contains("holds no traces"), "{foreign:?}");
}

#[tokio::test]
async fn a_file_that_is_stopped_tells_how_much_was_read_keeps_what_came_and_is_read_to_its_end_when_opened_again() {
    const SPANS: u64 = 12_000;
    let opened = OpenedFiles::default();
    let lines: Vec<String> = (1..=SPANS).step_by(30).map(|from| request(from..from + 30)).collect();
    for (name, content) in [("plain.jsonl", lines.join("\n").into_bytes()), ("packed.jsonl.gz", gz(&lines.join("\n")))]
    {
        let folder = Folder::new();
        let path = folder.file(name, &content);
        let stopping = async {
            while opened.list().first().is_none_or(|file| file.name != name || file.taken == 0) {
                tokio::task::yield_now().await;
            }
            opened.stop(opened.list()[0].id);
        };
        let (imported, ()) = tokio::join!(opened.open(&folder.ingest, &path), stopping);
        let (imported, told) = (imported.unwrap(), opened.list().remove(0));
        assert!(imported.stopped && told.stopped && !told.running && told.problem.is_none(), "{told:?}");
        assert_eq!(told.bytes, content.len() as u64);
        assert!(told.bytes_read > 0 && told.bytes_read < told.bytes, "{told:?}");
        let came = folder.spans().await.len() as u64;
        assert!(came > 0 && came < SPANS && told.taken == came, "{told:?}");

        let rest = opened.open(&folder.ingest, &path).await.unwrap();
        let told = opened.list().remove(0);
        assert!(!told.stopped && told.bytes_read == told.bytes, "{told:?}");
        assert_eq!((rest.duplicates, rest.spans), (came, SPANS - came));
    }
}
