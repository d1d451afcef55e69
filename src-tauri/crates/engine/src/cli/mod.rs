//! The command line: what is asked, and how failures are said.
//!
//! Exit codes: 0 done, 1 failed (one sentence on stderr), 2 wrong usage. With `--json`, stdout carries one document and
//! nothing else.

mod compare;
mod mcp;
mod naming;
mod outline;
mod read;
mod run;
mod running;
mod samples;
mod serve;
mod share;
mod signals;
mod table;
mod transcript;
mod window;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, value_parser};
use spanglass_trace::views::totals::{TotalsBy, TotalsOrder};

use crate::config::{Assets, Config, Listen, NotAnAddress, UI_PORT, default_data_dir, parse_max_size};
use crate::query::Filter;
use crate::settings;
use crate::share::Rules;

#[derive(Parser)]
#[command(
    name = "spanglass",
    version,
    about = "Receives traces of LLM programs and shows them",
    args_conflicts_with_subcommands = true
)]
struct Line {
    /// Trace files to import and show; the window opens
    files: Vec<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run without a window: receive, store, and show the interface to a browser
    Serve(Box<Serve>),
    /// Start a program so that what it traces comes here
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// List traces, the last arrived first
    #[command(after_help = FILTER_HELP)]
    Traces(Traces),
    /// Sum up what traces took: tokens, cost, calls, by session, user, model, …
    #[command(after_help = FILTER_HELP)]
    Totals(Totals),
    /// Show one trace
    Show(Show),
    /// Put a trace beside another: the steps that differ
    Compare(Compare),
    /// Write traces to a file
    #[command(after_help = FILTER_HELP)]
    Export(Export),
    /// Take traces in from files
    Import(Import),
    /// Add traces to look at, or delete those again
    Samples(Samples),
    /// Serve the Model Context Protocol over stdio
    Mcp(Data),
}

const RUN_HELP: &str = "\
Sets what tells OpenTelemetry, OpenLLMetry, MLflow, Langfuse, ddtrace, Claude Code and Gemini CLI where to send, for that program alone, and
ends as it does. A window or `spanglass serve` that is open takes the traces; else they are taken while the program runs.";

const FILTER_HELP: &str = "\
A filter is words, \"quoted text\" (anywhere in the trace, of any language, also within words) and:
  name: service: kind: status: model: provider: tool: session: user: tag: experiment: score:
      a part of the value suffices; model=gpt-4o is the whole of it, model:gpt-4o* its beginning, session:* any
  cache:broken    a prompt cache could not be used any further (in traces of at most 20,000 spans)
  attr.KEY:       an attribute as sent, such as attr.http.route:/chat
  tokens> input> output> cost> duration> ttft> stall> spans> calls> errors> time>
      also < >= <= and from..to, such as tokens:1k..5k, duration>2s, cost>0.01, time>-2h, time:2026-01-31
  -               before any of them: it must not hold, such as -status:ok
All of them must hold. status:error is of the run itself, errors>0 of any of its spans.";

#[derive(Args)]
struct Data {
    /// Where the data is [default: what the window uses]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    data: Data,
    /// OTLP over HTTP and gRPC: a port, 127.0.0.1:PORT, or off; port 0 = any free one [default: as set in the window, else
    /// 4318]
    #[arg(long, value_name = "ADDR")]
    otlp_http: Option<Address>,
    /// OTLP over gRPC and HTTP [default: as set, else 4317]
    #[arg(long, value_name = "ADDR")]
    otlp_grpc: Option<Address>,
    /// What programs send a Datadog agent: traces, LLM Observability, sampled logs [default: as set, else 8126]
    #[arg(long, value_name = "ADDR")]
    datadog: Option<Address>,
    /// The same at a socket that is a file, for DD_TRACE_AGENT_URL=unix://PATH
    #[arg(long, value_name = "PATH")]
    datadog_socket: Option<PathBuf>,
    /// Zipkin's own port, 9411, for programs that know no other; /api/v2/spans is on the OTLP ports, too
    #[arg(long, value_name = "ADDR")]
    zipkin: Option<Address>,
    /// dogstatsd metrics, over UDP [default: as set, else 8125]
    #[arg(long, value_name = "ADDR")]
    dogstatsd: Option<Address>,
    /// Let nobody send OTLP who does not know the token in the data folder; then --otlp-http and --otlp-grpc may name an address that
    /// other machines reach
    #[arg(long)]
    require_token: bool,
    /// The interface for a browser on this machine
    #[arg(long, value_name = "ADDR", default_value_t = Address(Listen::Port(UI_PORT)))]
    ui: Address,
    /// How much to keep before the oldest traces go [default: as set, else 2GB]
    #[arg(long, value_name = "SIZE", value_parser = parse_max_size)]
    max_size: Option<u64>,
    #[command(flatten)]
    forward: crate::forward::Flags,
    /// Print the bound addresses as one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    data: Data,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true)]
    program: Vec<OsString>,
}

#[derive(Args)]
struct Traces {
    #[command(flatten)]
    data: Data,
    /// Words, "quoted text" and key:value pairs, all of which must hold; see below
    #[arg(long, value_name = "QUERY", default_value = "")]
    filter: Filter,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..))]
    limit: u32,
    /// Where to go on: what `next` of the document before says
    #[arg(long, value_name = "NEXT")]
    before: Option<String>,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Totals {
    /// What the traces of one line share: session, user, service, experiment, name, tag, model, day (of UTC)
    #[arg(long, value_name = "WHAT", default_value = "session")]
    by: TotalsBy,
    /// What the lines are sorted by, the most first: cost, tokens, input, output, traces, failed, calls, duration, latest; cost when
    /// nothing is said, of days the latest
    #[arg(long, value_name = "WHAT")]
    order: Option<TotalsOrder>,
    #[command(flatten)]
    data: Data,
    /// Of which traces: words, "quoted text" and key:value pairs, all of which must hold; see below
    #[arg(long, value_name = "QUERY", default_value = "")]
    filter: Filter,
    /// How many lines at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Show {
    /// 32 hexadecimal digits, the first four or more of them, or `latest`: the last that arrived
    trace_id: String,
    /// Of `latest`: the last arrived that this lets through
    #[arg(long, value_name = "QUERY", default_value = "")]
    filter: Filter,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    form: Form,
}

#[derive(Args)]
struct Compare {
    /// As for `show`
    trace_id: String,
    /// The other one [default: the last of its name before it in which nothing failed]
    with: Option<String>,
    #[command(flatten)]
    data: Data,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(multiple = false)]
struct Form {
    /// The trace document, as JSON
    #[arg(long)]
    json: bool,
    /// A transcript [the default]
    #[arg(long)]
    text: bool,
    /// The spans as a tree, a line each: duration, tokens, cost, error
    #[arg(long)]
    outline: bool,
    /// The trace as received, as OTLP JSON lines
    #[arg(long)]
    otlp: bool,
}

#[derive(Args)]
struct Export {
    /// As for `show`; without any, all that the filter lets through
    trace_ids: Vec<String>,
    #[command(flatten)]
    data: Data,
    /// Which traces
    #[arg(long, value_name = "QUERY", default_value = "", conflicts_with = "trace_ids")]
    filter: Filter,
    /// The file to write; - is stdout
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value_t = ExportFormat::OtlpJson)]
    format: ExportFormat,
    /// What to take out: secrets, emails, structure (all texts), attribute:KEY (KEY may end in *), divided by commas
    #[arg(long, value_name = "RULES", default_value = "")]
    redact: Rules,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    OtlpJson,
    Html,
    Markdown,
    Chrome,
}

#[derive(Args)]
struct Import {
    /// Trace files; - is stdin
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    data: Data,
    /// Go on with the lines that are appended to the files, until stopped
    #[arg(long)]
    watch: bool,
}

#[derive(Args)]
struct Samples {
    #[command(flatten)]
    data: Data,
    /// Delete them
    #[arg(long)]
    remove: bool,
}

/// An address on the command line.
#[derive(Clone, Copy)]
struct Address(Listen);

impl std::str::FromStr for Address {
    type Err = crate::config::NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Listen::Off => f.write_str("off"),
            Listen::Port(port) => write!(f, "127.0.0.1:{port}"),
            Listen::Beyond(address) => address.fmt(f),
        }
    }
}

impl Data {
    fn dir(&self) -> anyhow::Result<PathBuf> {
        let told = self.data_dir.clone().or_else(|| default_data_dir(|name| std::env::var_os(name)));
        told.ok_or_else(|| anyhow::anyhow!("no home folder is known; name a folder for the data with --data-dir"))
    }
}

/// Does what the command line asks. `assets` are the interface's files for `serve`.
pub fn run(assets: Assets) -> ExitCode {
    run_line(std::env::args_os(), assets)
}

fn run_line(line: impl IntoIterator<Item = OsString>, assets: Assets) -> ExitCode {
    let line: Vec<OsString> = line.into_iter().collect();
    if let Some(said) = no_file_and_no_command(&line) {
        let _ = Line::command().error(ErrorKind::InvalidSubcommand, said).print();
        return ExitCode::from(2);
    }
    let line = match Line::try_parse_from(line) {
        Ok(line) => line,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    if let Err(error) = check(&line) {
        let _ = Line::command().error(ErrorKind::ValueValidation, error).print();
        return ExitCode::from(2);
    }
    match do_it(line, assets) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spanglass: {}", crate::terminal::safe_line(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// The command line without files.
#[derive(Parser)]
struct Commands {
    #[command(subcommand)]
    _command: Command,
}

/// Says so where the first argument is neither a command nor a file that is there.
fn no_file_and_no_command(line: &[OsString]) -> Option<String> {
    let first = line.get(1)?;
    if first.as_encoded_bytes().starts_with(b"-") || Path::new(first).exists() {
        return None;
    }
    let wrong = Commands::try_parse_from(&line[..2]).err()?;
    let meant = match wrong.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(meant)) => Some(meant),
        // The likeliest stands last.
        Some(ContextValue::Strings(meant)) => meant.last(),
        _ => None,
    };
    let meant =
        meant.map_or("`spanglass help` lists the commands".to_owned(), |meant| format!("did you mean `{meant}`?"));
    let first = crate::terminal::safe_line(&first.to_string_lossy());
    (wrong.kind() == ErrorKind::InvalidSubcommand)
        .then(|| format!("there is no file `{first}`, and no such command; {meant}"))
}

/// Refuses to be reached from other machines unless that was asked for in full.
fn check(line: &Line) -> Result<(), NotAnAddress> {
    let Some(Command::Serve(asked)) = &line.command else { return Ok(()) };
    let otlp = [&asked.otlp_http, &asked.otlp_grpc].into_iter().flatten().filter(|_| !asked.require_token);
    let others = [&asked.datadog, &asked.dogstatsd, &asked.zipkin].into_iter().flatten().chain([&asked.ui]);
    otlp.chain(others).try_for_each(|address| address.0.on_this_machine().map(|_| ()))
}

fn do_it(line: Line, assets: Assets) -> anyhow::Result<ExitCode> {
    let Some(command) = line.command else { return window::open(&line.files).map(|()| ExitCode::SUCCESS) };
    let done = match command {
        Command::Run(asked) => return runtime()?.block_on(run::run(&asked)),
        Command::Serve(asked) => {
            let asked = *asked;
            let set = settings::configured(asked.data.dir()?);
            let or = |asked: Option<Address>, set: Listen| asked.map_or(set, |asked| asked.0);
            let config = Config {
                otlp_http: or(asked.otlp_http, set.otlp_http),
                otlp_grpc: or(asked.otlp_grpc, set.otlp_grpc),
                datadog: or(asked.datadog, set.datadog),
                datadog_socket: asked.datadog_socket,
                zipkin: or(asked.zipkin, set.zipkin),
                dogstatsd: or(asked.dogstatsd, set.dogstatsd),
                ui: asked.ui.0,
                max_stored_bytes: asked.max_size.unwrap_or(set.max_stored_bytes),
                data_dir: set.data_dir,
                require_token: asked.require_token,
                forward: asked.forward.read(|name| std::env::var(name).ok()).map_err(anyhow::Error::msg)?,
                assets,
            };
            let runtime = runtime()?;
            let served = runtime.block_on(serve::serve(config, asked.json));
            // Nobody waits any longer for a request that is still being read.
            runtime.shutdown_background();
            served
        }
        Command::Traces(asked) => runtime()?.block_on(read::traces(&asked)),
        Command::Totals(asked) => runtime()?.block_on(read::totals(&asked)),
        Command::Show(asked) => runtime()?.block_on(read::show(&asked)),
        Command::Compare(asked) => runtime()?.block_on(compare::print(&asked)),
        Command::Export(asked) => {
            let runtime = runtime()?;
            let exported = runtime.block_on(share::export(&asked));
            // Who stopped it does not wait for the trace that was being looked through.
            runtime.shutdown_background();
            exported
        }
        Command::Import(asked) => runtime()?.block_on(share::import(&asked)),
        Command::Samples(asked) => runtime()?.block_on(samples::samples(&asked)),
        Command::Mcp(asked) => runtime()?.block_on(mcp::serve(&asked)),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    use anyhow::Context;
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the threads that do the work")
}

/// Says whether whoever read our output has gone: `spanglass traces | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
