//! The rows: what is promised, up to which figure, and which tests hold it.

/// A file of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tests {
    /// An integration test of the engine, by its name.
    Engine(&'static str),
    /// The engine's unit tests.
    EngineUnits,
    /// An integration test of the pure crate, by its name.
    Trace(&'static str),
    /// A file below `tests/ui`.
    Ui(&'static str),
    /// The window's unit tests.
    Window,
    /// A command of its own.
    Command(&'static str),
}

/// One promise.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) promise: &'static str,
    /// Tests, each by a part of its name; an empty part is all tests of the file.
    pub(super) held_by: &'static [(Tests, &'static str)],
    /// What of the promise is held by no test here, and why.
    pub(super) open: &'static str,
}

const MAIN: Tests = Tests::Engine("main");
const STORE: Tests = Tests::Engine("store");
const ANSWERS: Tests = Tests::Engine("answers");
const FAULTS: Tests = Tests::Engine("faults");
const HOSTILE: Tests = Tests::Ui("hostile");
const WINDOW: Tests = Tests::Ui("window");
const DECODE: Tests = Tests::Trace("decode");
const BOMBS: Tests = Tests::Trace("bombs");

const fn row(
    id: &'static str,
    promise: &'static str,
    held_by: &'static [(Tests, &'static str)],
    open: &'static str,
) -> Row {
    Row { id, promise, held_by, open }
}

/// Reliability (G) and security (S).
pub(super) const ROWS: &[Row] = &[
    row(
        "G01",
        "200 means on disk, whenever it is killed",
        &[(Tests::Engine("kill"), ""), (MAIN, "life::what_was_acknowledged")],
        "",
    ),
    row("G02", "what was acknowledged outlives a power cut", &[(FAULTS, "a_power_cut")], ""),
    row("G03", "durable and fast", &[], "a rate is measured on a quiet machine: cargo xtask bench"),
    row("G04", "it is back at once after a kill", &[(Tests::Engine("kill"), "")], "a database of 10 GB: by hand"),
    row("G05", "the same again changes nothing", &[(STORE, "writing::"), (ANSWERS, "revisions::")], ""),
    row("G06", "whatever operation of the disk fails, nothing is lost", &[(FAULTS, "whatever_operation")], ""),
    row("G07", "nobody is told that the database is busy", &[(ANSWERS, "bounds::")], "ten minutes of it: by hand"),
    row("G08", "the write-ahead log stays small", &[(STORE, "the_write_ahead_log")], "half an hour of it: by hand"),
    row(
        "G09",
        "a full disk is said, and loses nothing",
        &[(MAIN, "a_full_disk_is_said"), (FAULTS, "whatever_operation")],
        "",
    ),
    row("G10", "deleting works on a full disk", &[(FAULTS, "a_full_disk_has_room")], ""),
    row("G11", "it warns before the disk is full, and stops in time", &[(FAULTS, "a_disk_that_fills")], ""),
    row("G12", "whatever file it finds, it starts and stores", &[(STORE, "start::")], ""),
    row("G13", "a flipped byte is never shown", &[(STORE, "flipped_bytes")], ""),
    row(
        "G14",
        "a damaged database is kept aside, and what can be read of it comes back",
        &[(STORE, "start::damaged_and_foreign"), (STORE, "salvage::")],
        "a hundred of them: SPANGLASS_SALVAGES, by hand; metrics are not brought back",
    ),
    row(
        "G15",
        "a folder that cannot be written is shown all the same",
        &[(MAIN, "view_only"), (WINDOW, "a folder that cannot be used")],
        "",
    ),
    row(
        "G16",
        "two starts, one database",
        &[(MAIN, "a_second_start"), (STORE, "one_program_writes"), (WINDOW, "a second start")],
        "",
    ),
    row(
        "G17",
        "an upgrade keeps everything; a newer database is left alone",
        &[(STORE, "upgrade::"), (STORE, "a_newer_database")],
        "",
    ),
    row(
        "G18",
        "it keeps its bound, oldest whole traces first",
        &[(STORE, "a_bound_on_its_size")],
        "5 GB into 1 GB: SPANGLASS_CAP_BYTES, by hand",
    ),
    row("G19", "a clock that jumps loses and deletes nothing", &[(STORE, "a_clock_that_jumps")], ""),
    row("G20", "OTLP as it is written", &[(MAIN, "conformance_")], ""),
    row(
        "G21",
        "real clients lose nothing",
        &[(Tests::Command("clients"), "")],
        "exporters of Go and Java: not on this machine",
    ),
    row(
        "G22",
        "64 MiB fit, and a byte more is refused",
        &[(MAIN, "limits::sixty_four"), (MAIN, "limits::too_large"), (MAIN, "limits::a_head")],
        "",
    ),
    row(
        "G23",
        "many small items take little memory",
        &[(MAIN, "limits::many_empty"), (MAIN, "limits::many_who_ask"), (MAIN, "mlflow::large_files"), (BOMBS, "")],
        "",
    ),
    row("G24", "a bomb is refused at once", &[(MAIN, "limits::a_bomb")], ""),
    row(
        "G25",
        "overload is said as not now",
        &[(ANSWERS, "bounds::"), (MAIN, "a_clean_quit_under_load")],
        "ten minutes of 32 clients: by hand",
    ),
    row("G26", "memory stays flat", &[(MAIN, "forward::nothing_is_lost"), (MAIN, "abuse::")], "48 hours: by hand"),
    row("G27", "random bytes break nothing", &[(Tests::Trace("fuzz"), "")], "guided by coverage: cargo xtask fuzz"),
    row("G28", "a bad span costs itself alone", &[(DECODE, "badness")], ""),
    row("G29", "JSON is read strictly", &[(DECODE, "json_suite")], ""),
    row("G30", "whatever the order, the same tree", &[(ANSWERS, "convergence"), (Tests::Trace("views"), "")], ""),
    row(
        "G31",
        "numbers and times never wrap",
        &[(DECODE, "prost_agrees"), (DECODE, "python_agrees"), (Tests::Engine("share"), "")],
        "a million requests of Python: ./dev test --long",
    ),
    row("G32", "an export imported again is the same", &[(Tests::Engine("share"), "")], ""),
    row(
        "G33",
        "slow connections keep nobody out",
        &[
            (MAIN, "limits::slow"),
            (MAIN, "limits::many_idle"),
            (MAIN, "limits::connections_that_take"),
            (MAIN, "limits::who_says"),
            (MAIN, "limits::many_who_take"),
        ],
        "",
    ),
    row(
        "G34",
        "mistakes and floods over HTTP/2 cost their connection, and take little",
        &[(MAIN, "limits::floods"), (MAIN, "frames::"), (MAIN, "abuse::")],
        "h2spec itself, a program in Go: by hand; a pseudo field in trailers is passed over, not refused",
    ),
    row("G35", "a panic costs one request", &[(Tests::EngineUnits, "a_panic"), (STORE, "makes_the_writer_fail")], ""),
    row("G36", "a quit is clean and quick", &[(MAIN, "a_clean_quit"), (MAIN, "a_long_poll")], ""),
    row(
        "S01",
        "only exact names of this machine are hosts",
        &[(MAIN, "doors::only_exact"), (MAIN, "crawl::every_route"), (Tests::EngineUnits, "loopback")],
        "",
    ),
    row(
        "S02",
        "a page cannot send in secret",
        &[
            (MAIN, "doors::only_pages"),
            (MAIN, "media_types_other"),
            (MAIN, "a_foreign_page"),
            (MAIN, "langfuse::what_a_form"),
            (Tests::Ui("foreign"), "a page from elsewhere"),
            (Tests::Ui("foreign"), "told to no other server"),
        ],
        "",
    ),
    row(
        "S03",
        "a page of this machine may send",
        &[(MAIN, "doors::a_preflight"), (MAIN, "doors::only_pages"), (Tests::Ui("foreign"), "a page from elsewhere")],
        "",
    ),
    row(
        "S04",
        "the receiving ports answer nothing",
        &[
            (MAIN, "crawl::nothing_stored"),
            (MAIN, "nothing_but_healthz"),
            (MAIN, "other_paths"),
            (MAIN, "mlflow::a_trace_that_others"),
            (MAIN, "mlflow::a_file_of_a_run"),
        ],
        "",
    ),
    row(
        "S05",
        "loopback only",
        &[(MAIN, "doors::both_loopback"), (MAIN, "doors::an_address_others"), (MAIN, "token::beyond")],
        "",
    ),
    row(
        "S06",
        "where a token is asked for, nobody sends without it",
        &[(MAIN, "token::"), (Tests::EngineUnits, "token::")],
        "the time a refusal takes: by hand",
    ),
    row(
        "S07",
        "both address families, no half-taken port",
        &[(Tests::EngineUnits, "bind::"), (MAIN, "doors::a_taken_port")],
        "",
    ),
    row("S08", "who holds a taken port is said", &[(MAIN, "doors::a_taken_port")], ""),
    row("S09", "no text is ever a program", &[(HOSTILE, "nothing runs"), (HOSTILE, "as many as promised")], ""),
    row("S10", "viewing asks nobody", &[(HOSTILE, "nothing runs"), (HOSTILE, "as many as promised")], ""),
    row(
        "S11",
        "only http and https are opened, and only when asked",
        &[(Tests::Window, "links"), (WINDOW, "the desktop checks the addresses")],
        "",
    ),
    row(
        "S12",
        "the page cannot leave or load",
        &[(WINDOW, "text cannot become"), (WINDOW, "one secure origin"), (Tests::Window, "scheme")],
        "",
    ),
    row(
        "S13",
        "the API takes no paths and no SQL, and is bounded",
        &[(Tests::EngineUnits, "api::assets"), (Tests::EngineUnits, "api::bounded"), (ANSWERS, "a_filter_is_no_sql")],
        "",
    ),
    row("S14", "files are their owner's alone", &[(MAIN, "files_are_their_owners"), (STORE, "only_the_owner")], ""),
    row("S15", "a hostile file does nothing", &[(STORE, "start::"), (Tests::Engine("share"), "")], ""),
    row(
        "S16",
        "an export runs and asks nothing",
        &[(HOSTILE, "exported page"), (Tests::Engine("share"), "")],
        "CSV is not written",
    ),
    row("S17", "no trace moves the terminal", &[(MAIN, "nothing_a_trace_says")], ""),
    row("S18", "secrets are found before sharing", &[(Tests::Engine("share"), "redact")], ""),
    row(
        "S19",
        "nothing is sent but what was asked for",
        &[(MAIN, "forward::without_being_asked"), (HOSTILE, "nothing runs")],
        "",
    ),
    row("S20", "known parts, known licences", &[(Tests::Command("supply"), "")], ""),
];
