//! `cargo xtask safety`: one table of what is promised, and whether it holds on this machine.
//!
//! A row is met when every test that holds it passes. Tests print figures as lines that begin with `safety` and the names of rows;
//! they stand behind the row. `cargo xtask safety S09 G12` runs some rows alone.

mod rows;
mod supply;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use rows::{ROWS, Row, Tests};

use crate::run::target;
use crate::step::{cargo, command, root, step};
use crate::test::{LONG, client_tests, protobuf_python};
use crate::ui;

/// What `safety` can be told.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Rows, such as S09; all of them when none is named
    rows: Vec<String>,
    /// More crashes, more random inputs
    #[arg(long)]
    long: bool,
}

/// What came of a file of tests: each test and whether it passed, and what was printed.
#[derive(Default)]
struct Came {
    tests: Vec<(String, bool)>,
    printed: Vec<String>,
    /// Why it did not run at all.
    missing: Option<String>,
}

impl Came {
    fn missing(why: &str) -> Self {
        Self { missing: Some(why.to_owned()), ..Self::default() }
    }
}

/// Runs what holds the rows, and prints the table.
///
/// # Errors
/// When a row is not met, or there is no such row.
pub(crate) fn safety(arguments: &Arguments) -> Result<()> {
    let asked: Vec<String> = arguments.rows.iter().map(|row| row.to_uppercase()).collect();
    if let Some(unknown) = asked.iter().find(|asked| ROWS.iter().all(|row| row.id != **asked)) {
        bail!("there is no row {unknown}; there are G01 to G36 and S01 to S20");
    }
    let rows: Vec<&Row> = ROWS.iter().filter(|row| asked.is_empty() || asked.iter().any(|id| id == row.id)).collect();
    let mut came: BTreeMap<Tests, Came> = BTreeMap::new();
    for (tests, _) in rows.iter().flat_map(|row| row.held_by) {
        if !came.contains_key(tests) {
            came.insert(*tests, run(*tests, &rows, arguments)?);
        }
    }
    println!("row  result      tests  promise; figures");
    let mut unmet = Vec::new();
    for row in rows {
        let (line, is_met) = told(row, &came);
        println!("{line}");
        if !is_met {
            unmet.push(row.id);
        }
    }
    if !unmet.is_empty() {
        bail!("not met: {}", unmet.join(", "));
    }
    Ok(())
}

/// Returns a row as it is printed, and whether nothing speaks against it.
fn told(row: &Row, came: &BTreeMap<Tests, Came>) -> (String, bool) {
    let (mut passed, mut count, mut notes) = (0, 0, Vec::new());
    let mut nothing_found = false;
    for (tests, part) in row.held_by {
        let Some(came) = came.get(tests) else { continue };
        if let Some(missing) = &came.missing {
            notes.push(missing.clone());
            continue;
        }
        let found: Vec<bool> = came.tests.iter().filter(|(name, _)| name.contains(part)).map(|(_, ok)| *ok).collect();
        nothing_found |= found.is_empty();
        count += found.len();
        passed += found.iter().filter(|ok| **ok).count();
        let figures = came.printed.iter().filter_map(|line| line.strip_prefix("safety "));
        let figures = figures.filter_map(|line| line.split_once(": "));
        for (ids, figure) in figures.filter(|(ids, _)| ids.split(' ').any(|id| id == row.id)) {
            let about =
                ids.split(' ').filter(|word| !ROWS.iter().any(|row| row.id == *word)).collect::<Vec<_>>().join(" ");
            notes.push(if about.is_empty() { figure.to_owned() } else { format!("{about}: {figure}") });
        }
    }
    // Files of tests that hold a row twice print its figures twice.
    let mut said = BTreeSet::new();
    notes.retain(|note| said.insert(note.clone()));
    notes.extend((!row.open.is_empty()).then(|| format!("open: {}", row.open)));
    let result = match () {
        () if passed < count || nothing_found => "NOT MET",
        () if count == 0 => "not run",
        () => "met",
    };
    let notes: String = notes.iter().map(|note| format!("\n{:24}{note}", "")).collect();
    (
        format!("{:<4} {result:<9} {:>7}  {}{notes}", row.id, format!("{passed}/{count}"), row.promise),
        result != "NOT MET",
    )
}

fn run(tests: Tests, rows: &[&Row], arguments: &Arguments) -> Result<Came> {
    let mut line = match tests {
        Tests::Engine(name) => test_of("spanglass-engine", &["--test", name]),
        Tests::EngineUnits => test_of("spanglass-engine", &["--lib"]),
        Tests::Trace(name) => test_of("spanglass-trace", &["--test", name]),
        Tests::Window => test_of("spanglass-app", &["--bins"]),
        Tests::Ui("window") if !has_window() => return Ok(Came::missing("the window is not built: ./dev test")),
        Tests::Ui(name) => {
            let mut node = command("node");
            node.args(["--test", "--test-reporter=tap"]).arg(format!("tests/ui/{name}.test.mjs"));
            node.env("SPANGLASS_BIN_DIR", target().join("debug"));
            built()?;
            if !has_window() {
                node.env("SPANGLASS_HOSTILE_WINDOW", "off");
            }
            node
        }
        Tests::Command("supply") => return supply::check(),
        Tests::Command(_) => match client_tests() {
            Some(line) => line,
            None => return Ok(Came::missing("the clients are not installed: ./dev test")),
        },
    };
    // Only what these rows need.
    let parts = rows.iter().flat_map(|row| row.held_by).filter(|(of, _)| *of == tests).map(|(_, part)| *part);
    let parts: Vec<&str> = parts.collect();
    if !parts.contains(&"") && matches!(tests, Tests::Engine(_) | Tests::EngineUnits | Tests::Trace(_)) {
        line.args(parts);
    }
    if arguments.long {
        line.envs(LONG.iter().copied());
        line.envs(protobuf_python().map(|python| ("SPANGLASS_PROTOBUF_PYTHON", python)));
    }
    // Python's runner reports on the other channel; what cargo says there is for whoever watches.
    let is_python = matches!(tests, Tests::Command(_));
    let said = if is_python { Stdio::piped() } else { Stdio::inherit() };
    let output =
        line.current_dir(root()).stdout(Stdio::piped()).stderr(said).spawn().and_then(|child| child.wait_with_output());
    let output = output.context("tests do not start")?;
    let mut came = read(&String::from_utf8_lossy(if is_python { &output.stderr } else { &output.stdout }));
    if tests == Tests::Ui("hostile") && !has_window() {
        came.printed.push("safety S09 S10 window: not looked at, it is not built: ./dev test".to_owned());
    }
    Ok(came)
}

/// Builds what the interface's tests look at, once: what was built last may be another program.
fn built() -> Result<()> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let build = || {
        ui::install()?;
        ui::build()?;
        let packages = if has_window() {
            &["--package", "spanglass-engine", "--package", "spanglass-app"][..]
        } else {
            &["--package", "spanglass-engine"]
        };
        step("build", cargo().args(["build", "--quiet", "--bins"]).args(packages))
    };
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg)
}

/// Says whether the window was built before; these tests build the engine alone.
fn has_window() -> bool {
    target().join("debug").join(format!("spanglass-app{}", std::env::consts::EXE_SUFFIX)).exists()
}

fn test_of(package: &str, which: &[&str]) -> Command {
    let mut test = cargo();
    test.args(["test", "--quiet", "--package", package]).args(which).args(["--", "--format=pretty", "--show-output"]);
    test
}

/// Reads what cargo's and node's test runners print.
fn read(output: &str) -> Came {
    let mut came = Came::default();
    for line in output.lines().map(|line| line.trim().trim_start_matches("# ")) {
        if let Some((name, outcome)) = line.strip_prefix("test").and_then(|rest| rest.rsplit_once(" ... ")) {
            came.tests.push((name.trim().to_owned(), outcome == "ok"));
        } else if line.contains(" # SKIP") {
            // What was left out holds nothing.
        } else if let Some(name) = line.strip_prefix("ok ").or_else(|| line.strip_prefix("not ok ")) {
            came.tests.push((name.to_owned(), line.starts_with("ok ")));
        } else if line.starts_with("safety ") {
            came.printed.push(line.to_owned());
        }
    }
    came
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_read() {
        let came = read(
            "test doors::a ... ok\ntest doors::b ... FAILED\nok 2 - left out # SKIP\n    ok 3 - window: nothing runs\n# safety S01 S02: 3 hosts\nnot ok 4 - x",
        );
        let names: Vec<_> = came.tests.iter().map(|(name, ok)| (name.as_str(), *ok)).collect();
        assert_eq!(
            names,
            [("doors::a", true), ("doors::b", false), ("3 - window: nothing runs", true), ("4 - x", false)]
        );
        assert_eq!(came.printed, ["safety S01 S02: 3 hosts"]);
    }

    #[test]
    fn a_row_whose_tests_are_gone_is_not_met() {
        let row = ROWS.iter().find(|row| row.id == "S08").expect("a row");
        let of = |output: &str| BTreeMap::from([(Tests::Engine("main"), read(output))]);
        assert!(told(row, &of("test doors::a_taken_port_is_said ... ok")).1);
        assert!(!told(row, &of("test doors::a_taken_port_is_said ... FAILED")).1);
        assert!(!told(row, &of("")).1);
    }

    #[test]
    fn every_row_is_there_once() {
        let ids: Vec<String> = ROWS.iter().map(|row| row.id.to_owned()).collect();
        let expected = (1..=36).map(|n| format!("G{n:02}")).chain((1..=20).map(|n| format!("S{n:02}")));
        assert_eq!(ids, expected.collect::<Vec<_>>());
    }
}
