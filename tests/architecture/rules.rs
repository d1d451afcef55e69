//! The rules of the import map, one row each: where it holds, what it refuses, why.
//!
//! The interface's half of the map is `ui/src/rules.test.ts`, where its own tools can see it while it is written.

pub(crate) const TRACE: &str = "src-tauri/crates/trace/src/";
const ENGINE: &str = "src-tauri/crates/engine/src/";
const WINDOW: &str = "src-tauri/src/";

/// What a rule refuses in one file.
pub(crate) enum Refuses {
    /// These paths of other crates or of std (`tokio`, `std::fs`): by `use` or written out.
    Names(&'static [&'static str]),
    /// These modules of the file's own crate. `api::types` is not meant: it is the words of the answers, plain data.
    Rooms(&'static [&'static str]),
    /// These modules of `spanglass_trace` or `spanglass_engine`.
    Foreign(&'static str, &'static [&'static str]),
    /// These words anywhere outside comments.
    Words(&'static [&'static str]),
}

pub(crate) struct Rule {
    /// Path prefixes, with a `/` at the end for a folder. A room that is one file or one folder is both `x.rs` and `x/`.
    pub(crate) rooms: &'static [&'static str],
    /// Prefixes within them where it does not hold.
    pub(crate) except: &'static [&'static str],
    pub(crate) refuses: Refuses,
    pub(crate) why: &'static str,
}

const IO: &[&str] = &[
    "tokio",
    "rusqlite",
    "axum",
    "hyper",
    "tonic",
    "tauri",
    "reqwest",
    "rand",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::io::stdout",
    "std::io::stderr",
];

macro_rules! trace {
    ($($path:literal),*) => { &[$(concat!("src-tauri/crates/trace/src/", $path)),*] };
}
macro_rules! engine {
    ($($path:literal),*) => { &[$(concat!("src-tauri/crates/engine/src/", $path)),*] };
}

pub(crate) const RULES: &[Rule] = &[
    // trace: values in, values out.
    Rule {
        rooms: &[TRACE],
        except: &[],
        refuses: Refuses::Names(IO),
        why: "trace is pure: no IO, no clock, no chance",
    },
    Rule {
        rooms: &[TRACE],
        except: &[],
        refuses: Refuses::Words(&["HashMap", "HashSet"]),
        why: "output order never depends on a hash map: BTreeMap, or sort",
    },
    Rule {
        rooms: trace!["span.rs"],
        except: &[],
        refuses: Refuses::Rooms(&["decode", "reading", "dialects", "shapes", "chunks", "usage", "views"]),
        why: "a span is what was received and knows nothing of readings",
    },
    Rule {
        rooms: trace!["reading.rs", "reading/"],
        except: &[],
        refuses: Refuses::Rooms(&["decode", "dialects", "shapes", "chunks", "views"]),
        why: "span <- reading <- shapes <- dialects",
    },
    Rule {
        rooms: trace!["shapes/"],
        except: &[],
        refuses: Refuses::Rooms(&["decode", "dialects", "views"]),
        why: "a shape knows a payload, not where on the span it was",
    },
    Rule {
        rooms: trace!["chunks/", "usage/"],
        except: &[],
        refuses: Refuses::Rooms(&["decode", "dialects", "views"]),
        why: "span + reading <- chunks, usage <- views",
    },
    Rule {
        rooms: trace!["dialects/"],
        except: &[],
        refuses: Refuses::Rooms(&["decode", "views"]),
        why: "a dialect is derived from a span alone",
    },
    Rule {
        rooms: trace!["views/"],
        except: &[],
        refuses: Refuses::Rooms(&["decode", "dialects", "shapes"]),
        why: "views draw readings; convention words live in dialects",
    },
    Rule {
        rooms: trace!["decode/"],
        except: &[],
        refuses: Refuses::Rooms(&["dialects", "shapes", "chunks", "usage", "views"]),
        why: "decoding makes spans and nothing else",
    },
    // engine: receive -> ingest -> store <- query <- api.
    Rule {
        rooms: &[ENGINE],
        except: &[],
        refuses: Refuses::Names(&["tauri"]),
        why: "the engine runs without a window",
    },
    Rule {
        rooms: &[ENGINE],
        except: engine!["store/", "store.rs"],
        refuses: Refuses::Names(&["rusqlite"]),
        why: "only store speaks SQL",
    },
    Rule {
        rooms: engine!["store/", "query/", "ingest.rs", "ingest/", "live.rs", "share/"],
        except: &[],
        refuses: Refuses::Names(&["axum", "hyper", "tonic"]),
        why: "only receive and api speak HTTP",
    },
    Rule {
        rooms: engine!["receive/"],
        except: &[],
        refuses: Refuses::Rooms(&["store", "query", "api", "share"]),
        why: "the receiving ports accept writes only",
    },
    Rule {
        rooms: engine!["ingest.rs", "ingest/"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "query", "api", "share"]),
        why: "data goes one way",
    },
    Rule {
        rooms: engine!["store/"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "ingest", "query", "live", "api", "share", "config", "cli"]),
        why: "the store knows spans and readings, nobody in the engine",
    },
    Rule {
        rooms: engine!["store/"],
        except: &[],
        refuses: Refuses::Foreign("spanglass_trace", &["dialects", "shapes", "chunks", "views"]),
        why: "the store keeps spans and readings and interprets neither",
    },
    Rule {
        rooms: engine!["query/"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "ingest", "api", "share"]),
        why: "query reads",
    },
    Rule {
        rooms: engine!["read.rs"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "ingest", "query", "live", "api", "share"]),
        why: "reading one span is the same whoever asks",
    },
    Rule {
        rooms: engine!["glean.rs"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "ingest", "store", "query", "live", "api", "share"]),
        why: "who makes something of spans and who has them at hand know each other by it alone",
    },
    Rule {
        rooms: engine!["forward/"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "ingest", "store", "query", "live", "api", "share"]),
        why: "passing on knows requests, not what is in them",
    },
    Rule {
        rooms: &[ENGINE],
        except: engine!["forward/", "otlp_answer.rs", "send.rs"],
        refuses: Refuses::Names(&["reqwest"]),
        why: "nothing leaves the machine but by what the user asked to be passed on; `send.rs` asks the Spanglass of this machine",
    },
    Rule {
        rooms: engine!["live.rs", "live/"],
        except: &[],
        refuses: Refuses::Rooms(&["receive", "ingest", "store", "query", "api", "share"]),
        why: "live carries numbers",
    },
    Rule {
        rooms: engine!["api/"],
        except: &[],
        refuses: Refuses::Rooms(&["store", "receive", "ingest"]),
        why: "api asks query",
    },
    Rule {
        rooms: engine!["share/"],
        except: &[],
        refuses: Refuses::Rooms(&["api", "receive"]),
        why: "share is below api",
    },
    // The window.
    Rule {
        rooms: &[WINDOW],
        except: &[],
        refuses: Refuses::Names(&["spanglass_trace", "rusqlite", "hyper", "tonic"]),
        why: "the window names the engine's front door only",
    },
    Rule {
        rooms: &[WINDOW],
        except: &[],
        refuses: Refuses::Foreign("spanglass_engine", &["store", "query", "ingest", "live"]),
        why: "the window names the engine's front door only",
    },
    // Everywhere.
    Rule {
        rooms: &["src-tauri/", "tests/", "ui/src/"],
        except: &["tests/architecture", "tests/fixtures/"],
        refuses: Refuses::Words(&[
            "#[ignore",
            "test.skip(",
            "it.skip(",
            "describe.skip(",
            "test.only(",
            "it.only(",
            "describe.only(",
        ]),
        why: "no ignored tests",
    },
];
