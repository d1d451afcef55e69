//! A folder that may be read and not written: what is in it is shown, and nothing is taken in.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::app::App;
use crate::otlp;

#[test]
fn a_folder_that_cannot_be_written_is_shown() {
    let app = App::start();
    let mut large = otlp::span(3);
    large.attributes = vec![otlp::text_attribute("large", "x".repeat(6_000_000))];
    app.store(&otlp::traces(vec![otlp::span(1), otlp::span(2), large]));
    let data_dir = app.data_dir.clone();
    let folder = app.keep_folder().expect("a folder");
    let close = |mode: u32| {
        for entry in fs::read_dir(&data_dir).expect("readable") {
            fs::set_permissions(entry.expect("readable").path(), Permissions::from_mode(mode & 0o666)).expect("ours");
        }
        fs::set_permissions(&data_dir, Permissions::from_mode(mode)).expect("ours");
    };
    close(0o555);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("ours");
    // Root may write anywhere, so it looks as somebody else.
    let command = match rustix::process::geteuid().is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]);
            command
        }
        false => Command::new("env"),
    };
    let app = App::start_by(command, &data_dir);
    assert_eq!((&app.line["otlp_http"], &app.line["datadog"]), (&Value::Null, &Value::Null), "nothing is taken in");
    let status = app.get("/api/status");
    let problem = status["problem"].as_str().expect("it is said");
    assert!(problem.contains("cannot be written") && problem.contains("nothing new is taken in"), "{problem}");
    assert_eq!((&status["spans"], &status["read_only"]), (&Value::from(3), &Value::Bool(true)));
    let document = app.get(&format!("/api/traces/{}/document", otlp::trace_id(1)));
    assert_eq!(document["spans"][0]["name"], "span 1");
    // What does not fit in memory lies on disk until it is sent, and this disk is not to be written.
    let exported = app.ask("GET", &format!("/api/traces/{}/export", otlp::trace_id(3)), b"");
    assert_eq!(exported.status, 200, "{}", exported.text());
    assert!(exported.body.len() > 6_000_000);
    let (ended, _) = app.stop();
    assert!(ended.success());
    close(0o755);
}
