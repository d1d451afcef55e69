//! What is told of files that the window was asked to open.

use spanglass_engine::share::{OpenedFile, OpenedFiles};

use super::{Folder, fixtures};

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
