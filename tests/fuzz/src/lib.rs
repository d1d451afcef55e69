//! What is fuzzed: every target is a function of bytes that panics when a promise does not hold.
//!
//! `fuzz_targets/` calls them under libFuzzer (`cargo xtask fuzz`); `tests/fuzz.rs` calls them with a bounded number of
//! damaged seeds in every test run.

mod decoding;
mod filtering;
mod made;
mod reading;
#[allow(dead_code, unused_imports, reason = "its other half is for the tests of the decoders")]
#[path = "../../decode/requests.rs"]
mod requests;
pub mod seeds;
mod telling;
mod viewing;

/// A name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("otlp_protobuf", decoding::otlp_protobuf),
    ("otlp_json", decoding::otlp_json),
    ("datadog", decoding::datadog),
    ("documents", decoding::documents),
    ("dogstatsd", decoding::dogstatsd),
    ("told", telling::told),
    ("json_out", decoding::json_out),
    ("dialects", reading::dialects),
    ("shapes", reading::shapes),
    ("chunks", reading::chunks),
    ("views", viewing::views),
    ("filter", filtering::filter),
];

/// Makes the entry point of libFuzzer for a target.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            let target = $crate::TARGETS.iter().find(|target| target.0 == $name);
            (target.expect("a target of the list").1)(data);
        });
    };
}
