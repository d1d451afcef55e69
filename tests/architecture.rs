//! The import map as a test: who may name whom, and the other rules a reader of sources can check.
//!
//! `rules` is the list, `checker` applies it to one file and shows with bad snippets that each kind of rule refuses. Rules
//! that need more than one file (the lock files, the window's permissions) are tests here.

use std::fs;
use std::path::{Path, PathBuf};

use checker::violations;

#[path = "architecture/checker.rs"]
mod checker;
#[path = "architecture/rules.rs"]
mod rules;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a crate lives three folders deep").to_path_buf()
}

/// Returns the path (with `/`) and text of every source of the project that is text.
fn sources() -> Vec<(String, String)> {
    const NOT_OURS: &[&str] =
        &["target", "node_modules", "dist", ".git", "gen", "__pycache__", ".venv", ".cache", "test-results"];
    let root = root();
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let relative = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                files.push((relative, text));
            }
        }
    }
    files.sort();
    files
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn nobody_names_whom_they_may_not() {
    let found: Vec<String> = sources()
        .iter()
        .filter(|(path, _)| {
            ["rs", "ts", "svelte", "mjs", "py", "css"].iter().any(|end| path.ends_with(&format!(".{end}")))
        })
        .flat_map(|(path, text)| violations(path, text))
        .collect();
    assert_none(&found);
}

#[test]
fn no_file_names_a_machine_or_a_mirror() {
    // Put together here, so that this file does not name them either.
    let places: Vec<String> = ["work/", "root/", "home/", "Users/"].iter().map(|place| format!("/{place}")).collect();
    let mut found = Vec::new();
    for (path, text) in sources() {
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let own = |place: &&String| {
                line.split(['"', '\'', '`', ' ', '(', '=']).any(|word| word.starts_with(place.as_str()))
            };
            // Recorded traces carry the paths of the programs that sent them.
            if !path.starts_with("tests/fixtures/")
                && let Some(place) = places.iter().find(own)
            {
                found.push(format!("{path}:{number}: `{place}`: a path of one machine"));
            }
            let registry = match path.rsplit('/').next() {
                Some("package-lock.json") => line.contains("\"resolved\": \"http"),
                Some("Cargo.lock") => {
                    line.starts_with("source =") && !line.contains("github.com/rust-lang/crates.io-index")
                }
                _ => false,
            };
            if registry {
                found.push(format!(
                    "{path}:{number}: names where it was downloaded, or comes from another registry: {}",
                    line.trim()
                ));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn every_crate_takes_the_workspace_lints_and_unsafe_is_forbidden() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for manifest in ["src-tauri", "src-tauri/crates/trace", "src-tauri/crates/engine", "src-tauri/crates/xtask"] {
        let text = read(&format!("{manifest}/Cargo.toml"));
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest} has lints of its own");
    }
}

#[test]
fn plain_cargo_test_needs_no_web_view() {
    let manifest = read("Cargo.toml");
    let members =
        manifest.split("default-members = [").nth(1).and_then(|rest| rest.split(']').next()).expect("default members");
    assert!(!members.contains("\"src-tauri\""), "the window is a default member: {members}");
}

#[test]
fn the_web_view_is_locked() {
    let configuration: serde_json::Value =
        serde_json::from_str(&read("src-tauri/tauri.conf.json")).expect("tauri.conf.json");
    let app = &configuration["app"];
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(app["security"]["freezePrototype"], true);
    assert!(app["security"]["assetProtocol"].is_null(), "no file is readable from the page");
    assert_eq!(app["windows"], serde_json::json!([]), "windows are opened by window.rs, which locks them");

    for entry in fs::read_dir(root().join("src-tauri/capabilities")).expect("capabilities") {
        let path = entry.expect("a readable entry").path();
        let text = fs::read_to_string(&path).expect("a readable capability");
        let capability: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let permissions = capability["permissions"].as_array().expect("a list");
        // Each has a person say where to keep something or whether to open it; none takes a path. The last one changes colours.
        let known = ["allow-drag-traces", "allow-open-link", "allow-save-text", "allow-save-traces", "allow-use-theme"];
        let is_known = |permission: &serde_json::Value| known.iter().any(|known| permission == known);
        assert!(permissions.iter().all(is_known), "{}: the page may do too much: {permissions:?}", path.display());
        assert!(capability["remote"].is_null(), "{}: no other origin is trusted", path.display());
    }

    let manifest = read("src-tauri/Cargo.toml");
    let known = ["single-instance", "window-state", "dialog", "opener"];
    for line in manifest.lines().filter(|line| line.starts_with("tauri-plugin-")) {
        let name = line.trim_start_matches("tauri-plugin-").split([' ', '=']).next().unwrap_or_default();
        assert!(known.contains(&name), "a plugin is a way out of the page: {name}");
    }
    let devtools =
        manifest.lines().find(|line| line.starts_with("tauri = ")).is_some_and(|line| line.contains("devtools"));
    assert!(!devtools, "a release has no developer tools");
}
