//! `spanglass export` and `spanglass import`.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use spanglass_trace::decode::Received;
use spanglass_trace::span::TraceId;

use super::running::Running;
use super::signals::Signals;
use super::{Data, Export, ExportFormat, Import, naming, read};
use crate::ingest::{Committed, Ingest, Refusal};
use crate::live::Live;
use crate::part_file::PartFile;
use crate::query::{Filter, Query};
use crate::share::{self, Exported, Finding, Follower, Form, Imported, Progress, Rules, Viewer};
use crate::store::{Options, Store, StoreError};
use crate::terminal::{SafeJson, safe_line};

pub(super) async fn export(asked: &Export) -> anyhow::Result<()> {
    let form = match asked.format {
        ExportFormat::OtlpJson => Form::Lines,
        ExportFormat::Html => Form::Page(Viewer::of(&crate::interface())?),
        ExportFormat::Markdown => Form::Markdown,
        ExportFormat::Chrome => Form::Chrome,
    };
    let query = read::open(&asked.data)?.with_context(|| read::nothing_yet(&asked.data))?;
    let trace_ids = if asked.trace_ids.is_empty() {
        let selected = share::selected(&query, &asked.filter).await?;
        anyhow::ensure!(!selected.is_empty(), "no trace is what the filter asks for; nothing was written");
        selected
    } else {
        let mut trace_ids = Vec::with_capacity(asked.trace_ids.len());
        for named in &asked.trace_ids {
            let trace_id = naming::trace_id(&query, named, &Filter::default(), read::LIST).await?;
            if !trace_ids.contains(&trace_id) {
                trace_ids.push(trace_id);
            }
        }
        trace_ids
    };
    if asked.format == ExportFormat::Chrome && trace_ids.len() != 1 {
        anyhow::bail!("a Chrome trace holds one trace, and these are {}; name one", trace_ids.len());
    }
    let what = What { query: &query, trace_ids: &trace_ids, form: &form, rules: &asked.redact };
    let (exported, findings) = if asked.to == Path::new("-") {
        // Ctrl+C ends the program as it ends any in a pipe: whoever reads may have stopped reading.
        let mut out = std::io::stdout().lock();
        match asked.format {
            ExportFormat::OtlpJson | ExportFormat::Chrome => {
                what.write(&mut SafeJson::new(out), std::future::pending()).await?
            }
            ExportFormat::Html | ExportFormat::Markdown => what.write(&mut out, std::future::pending()).await?,
        }
    } else {
        what.to_file(&asked.to).await?
    };
    warn(&exported);
    for Finding { rule, title, count, distinct, example, .. } in &findings {
        let example = if example.is_empty() { String::new() } else { format!(", such as {}", safe_line(example)) };
        eprintln!("taken out: {count} × {rule} ({title}, {distinct} different{example})");
    }
    if let Some(missing) = exported.missing.first() {
        anyhow::bail!("there is no trace {missing}; `spanglass traces` lists those there are");
    }
    eprintln!("{}, {}", many(exported.traces, "trace"), many(exported.spans, "span"));
    Ok(())
}

/// Says what was left out of an export.
pub(super) fn warn(exported: &Exported) {
    for damage in &exported.damaged {
        eprintln!("spanglass: span {} is left out: {}", damage.span_id, safe_line(&damage.reason));
    }
}

/// What is written.
struct What<'a> {
    query: &'a Query,
    trace_ids: &'a [TraceId],
    form: &'a Form,
    rules: &'a Rules,
}

impl What<'_> {
    /// Writes, and says how far it is where somebody watches, until `stopped`.
    async fn write(
        &self,
        out: &mut impl Write,
        stopped: impl Future<Output = ()>,
    ) -> anyhow::Result<(Exported, Vec<Finding>)> {
        let progress = Progress::default();
        let is_watched = std::io::stderr().is_terminal();
        let mut look = tokio::time::interval(Duration::from_secs(1));
        let mut stopped = std::pin::pin!(stopped);
        let mut writing =
            std::pin::pin!(share::export_as(self.query, self.trace_ids, self.form, self.rules, &progress, out));
        loop {
            tokio::select! {
                written = &mut writing => return Ok(written?),
                () = &mut stopped => anyhow::bail!("stopped; nothing was written"),
                _ = look.tick() => if is_watched && progress.traces() > 0 {
                    eprint!("\r{} of {}\r", progress.traces(), many(self.trace_ids.len() as u64, "trace"));
                },
            }
        }
    }

    /// Writes a file that is whole or as it was.
    async fn to_file(&self, to: &Path) -> anyhow::Result<(Exported, Vec<Finding>)> {
        let writing = || format!("writing {}", to.display());
        // In place before there is anything to be taken away.
        let stop = Signals::listen().context("listening for signals")?;
        let mut out = PartFile::create(to).with_context(writing)?;
        let exported = self.write(&mut out, stop.wait()).await.with_context(writing)?;
        if exported.0.traces == 0 {
            // What was there stays; that nothing was written is said by whoever asked.
            return Ok(exported);
        }
        out.finish().with_context(writing)?;
        Ok(exported)
    }
}

pub(super) async fn import(asked: &Import) -> anyhow::Result<()> {
    // A zip is read from its end, so what comes through a pipe is a file first.
    let folder = tempfile::tempdir().context("making room for what is read from stdin")?;
    let mut files = asked.files.clone();
    for file in files.iter_mut().filter(|file| **file == Path::new("-")) {
        anyhow::ensure!(!asked.watch, "what is read from stdin cannot be watched; name a file");
        *file = folder.path().join("stdin");
        let copied = std::fs::File::create(&*file).and_then(|mut to| io::copy(&mut io::stdin().lock(), &mut to));
        copied.context("reading stdin")?;
    }
    let asked = &Import { files, data: Data { data_dir: asked.data.data_dir.clone() }, watch: asked.watch };
    let data_dir = asked.data.dir()?;
    match Store::open(&data_dir, Options::default()) {
        Ok(store) => {
            let ingest = Ingest::new(&store, &Live::new(store.seq()));
            let imported = if asked.watch {
                watch(asked, async |received| share::submit(&ingest, received).await, "").await
            } else {
                each(asked, async |file| share::import(&ingest, file).await, "").await
            };
            tokio::task::spawn_blocking(move || store.close()).await?;
            imported
        }
        // A running program has the store; it takes the file the way it takes everything.
        Err(StoreError::InUse { .. }) => {
            let running = Running::find(&data_dir).await?;
            let take = async |received: Received| running.take(&received).await;
            if asked.watch {
                return watch(asked, take, HANDED_OVER).await;
            }
            each(asked, async |file| share::import_into(file, take).await, HANDED_OVER).await?;
            match running.left_out() {
                0 => Ok(()),
                left_out => anyhow::bail!("{left_out} of what was handed over were left out"),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// What is said behind counts of what another program took: how much of it was there already, it does not tell.
const HANDED_OVER: &str = " handed to the Spanglass that has the data open";

/// How often files are looked at again.
const LOOK: Duration = Duration::from_millis(500);

/// Takes in what is appended to files, until somebody ends it.
async fn watch(
    asked: &Import,
    mut submit: impl AsyncFnMut(Received) -> Result<Committed, Refusal>,
    to: &str,
) -> anyhow::Result<()> {
    let mut files: Vec<_> = asked.files.iter().map(|file| (file, Follower::new(file.clone()))).collect();
    let stop = Signals::listen().context("listening for signals")?;
    let mut stopped = std::pin::pin!(stop.wait());
    let mut is_more = true;
    loop {
        // Looked at between any two pieces: of a large file there are many.
        let rest = if is_more { Duration::ZERO } else { LOOK };
        if tokio::time::timeout(rest, &mut stopped).await.is_ok() {
            return Ok(());
        }
        is_more = false;
        for (file, follower) in &mut files {
            // Whoever writes it may put another in its place at any time.
            let Ok(appended) = follower.read() else { continue };
            is_more |= appended.is_more;
            for complaint in &appended.complaints {
                eprintln!("spanglass: {}: {}", shown(file), safe_line(complaint));
            }
            if appended.received.spans.is_empty() && appended.received.logs.is_empty() {
                continue;
            }
            let committed = submit(appended.received).await?;
            let imported = Imported {
                spans: committed.spans,
                duplicates: committed.duplicates,
                logs: committed.logs,
                ..Imported::default()
            };
            writeln!(std::io::stdout(), "{}: {}{to}", shown(file), told(&imported))?;
        }
    }
}

async fn each(
    asked: &Import,
    mut import: impl AsyncFnMut(&Path) -> Result<Imported, share::ImportError>,
    to: &str,
) -> anyhow::Result<()> {
    let (mut broken, mut failed) = (0, None);
    for file in &asked.files {
        match import(file).await {
            Ok(imported) => {
                for complaint in &imported.complaints {
                    eprintln!("spanglass: {}: {}", shown(file), safe_line(complaint));
                }
                // The other files are taken in whether or not somebody reads what is said.
                let _ = writeln!(std::io::stdout(), "{}: {}{to}", shown(file), told(&imported));
                broken += imported.broken + imported.rejected;
            }
            // The other files are taken in all the same; of several that fail, the last is left to the exit to say.
            Err(error) => {
                if let Some(error) = failed.replace(error) {
                    eprintln!("spanglass: {}", safe_line(&error.to_string()));
                }
            }
        }
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    if broken > 0 {
        anyhow::bail!("{} could not be read; the rest was taken in", many(broken, "part"));
    }
    Ok(())
}

fn told(imported: &Imported) -> String {
    let mut told = many(imported.spans, "span");
    if imported.logs > 0 {
        told += &format!(", {}", many(imported.logs, "log record"));
    }
    if imported.duplicates > 0 {
        told += &format!(", {} there already", imported.duplicates);
    }
    told
}

/// Returns a file's name as it may be printed: whoever sent the file chose it.
fn shown(file: &Path) -> String {
    safe_line(&file.display().to_string())
}

fn many(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
