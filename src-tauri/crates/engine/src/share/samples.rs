//! Traces to look at before there are any of one's own: recorded from real libraries (MLflow 3.17 with the OpenAI client, the
//! OpenAI Agents SDK and DSPy) against made-up models. Their service is named `Spanglass sample`; they go like any trace.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use spanglass_trace::decode::{Budget, Received, otlp_json};
use spanglass_trace::span::TraceId;

/// OTLP JSON lines, packed; the trace that is to be shown first is the last.
const PACKED: &[u8] = include_bytes!("samples.jsonl.gz");

/// A sample trace.
pub struct Sample {
    /// Its id, which never changes.
    pub trace_id: TraceId,
    /// The requests its spans are in, in OTLP JSON, each with what it holds.
    pub requests: Vec<(Bytes, Received)>,
}

/// Returns the sample traces in the order in which they are to be received.
pub fn samples() -> Vec<Sample> {
    let mut lines = String::new();
    GzDecoder::new(PACKED).read_to_string(&mut lines).expect("what is packed into the program");
    let mut samples: Vec<Sample> = Vec::new();
    for line in lines.lines().map(|line| Bytes::copy_from_slice(line.as_bytes())) {
        let received = otlp_json::traces(&line, Budget::default()).expect("a request");
        let Some(trace_id) = received.spans.first().map(|sent| sent.span.trace_id) else { continue };
        match samples.iter_mut().find(|sample| sample.trace_id == trace_id) {
            Some(sample) => sample.requests.push((line, received)),
            None => samples.push(Sample { trace_id, requests: vec![(line, received)] }),
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_whole_and_says_that_it_is_one() {
        let samples = samples();
        assert!(samples.len() >= 6);
        for sent in samples.iter().flat_map(|sample| &sample.requests) {
            assert_eq!((sent.1.rejected, sent.1.complaints.len()), (0, 0));
            assert!(sent.1.spans.iter().all(|sent| sent.span.resource.service() == "Spanglass sample"));
        }
        assert!(PACKED.len() < 20_000);
    }
}
