//! Bytes to spans and back: hostile and broken requests, and any request `prost` can make.

#![allow(clippy::unwrap_used)]

#[path = "decode/badness.rs"]
mod badness;
#[path = "decode/datadog.rs"]
mod datadog;
#[path = "decode/json_suite.rs"]
mod json_suite;
#[path = "decode/nesting.rs"]
mod nesting;
#[path = "decode/prost_agrees.rs"]
mod prost_agrees;
#[path = "decode/python_agrees.rs"]
mod python_agrees;
#[path = "decode/requests.rs"]
mod requests;
#[path = "decode/zipkin.rs"]
mod zipkin;
