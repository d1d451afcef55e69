//! From a batch to what the writer writes: what belongs to one trace goes into one block. Done by whoever hands the batch in, so
//! that the one writer does not compress.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use spanglass_trace::metric::Sample;
use spanglass_trace::span::{SpanId, TraceId};

use super::payloads::{Base, Block};
use super::recent::Recent;
use super::{Batch, StoredEnvelope, codec};

/// A block takes nothing further once it holds this many bytes: to read one span is to read its block.
const BLOCK_BYTES: usize = 512 << 10;

/// From this many bytes on a block is compressed against one before it, and may be what others are compressed against.
const WORTH_A_BASE: usize = 2 << 10;

/// A batch whose content is compressed.
#[derive(Debug)]
pub struct Packed {
    pub(super) envelopes: Vec<StoredEnvelope>,
    pub(super) spans: Vec<PackedSpan>,
    pub(super) logs: Vec<PackedLog>,
    pub(super) blocks: Vec<Block>,
    pub(super) aliases: Vec<(TraceId, TraceId)>,
    pub(super) metrics: Vec<Sample>,
}

/// Where the bytes of a span or log record are among the blocks of its batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece {
    pub(super) block: usize,
    pub(super) at: u32,
    pub(super) size: u32,
    /// CRC32C of the bytes.
    pub(super) crc: u32,
}

#[derive(Debug)]
pub(super) struct PackedSpan {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) envelope: usize,
    pub(super) piece: Piece,
    pub(super) ended: u64,
    pub(super) reading: u32,
    pub(super) digest: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct PackedLog {
    pub(super) trace_id: Option<TraceId>,
    pub(super) span_id: Option<SpanId>,
    pub(super) envelope: usize,
    pub(super) piece: Piece,
}

impl Packed {
    pub(super) fn items(&self) -> usize {
        self.spans.len() + self.logs.len() + self.metrics.len()
    }

    /// Returns how many bytes of content and digests are written, roughly.
    pub(super) fn bytes(&self) -> usize {
        let digests: usize = self.spans.iter().map(|span| span.digest.len()).sum();
        digests + self.blocks.iter().map(|block| block.bytes.len()).sum::<usize>()
    }
}

pub(super) fn pack(batch: Batch, recent: &Recent) -> Packed {
    let mut pieces = Vec::with_capacity(batch.spans.len() + batch.logs.len());
    let contents = || {
        let spans = batch.spans.iter().map(|span| (Some(span.trace_id), &span.content));
        spans.chain(batch.logs.iter().map(|log| (log.trace_id, &log.content)))
    };
    let mut open: HashMap<Option<TraceId>, usize> = HashMap::new();
    let mut sizes: Vec<usize> = Vec::new();
    for (trace_id, content) in contents() {
        let mut block = *open.entry(trace_id).or_insert(sizes.len());
        if block < sizes.len() && sizes[block] + content.len() > BLOCK_BYTES {
            block = sizes.len();
            open.insert(trace_id, block);
        }
        if block == sizes.len() {
            sizes.push(0);
        }
        let (at, size) = (sizes[block] as u32, content.len() as u32);
        sizes[block] += content.len();
        pieces.push(Piece { block, at, size, crc: crc32c::crc32c(content) });
    }
    let blocks = blocks(&sizes, &pieces, contents(), &open, recent);
    let Batch { envelopes, spans, logs, aliases, metrics } = batch;
    let mut pieces = pieces.into_iter();
    let mut piece = || pieces.next().unwrap_or_default();
    let spans = spans.into_iter().map(|span| PackedSpan {
        trace_id: span.trace_id,
        span_id: span.span_id,
        envelope: span.envelope,
        piece: piece(),
        ended: span.ended,
        reading: span.reading,
        digest: span.digest,
    });
    let spans = spans.collect();
    let logs = logs.into_iter().map(|log| PackedLog {
        trace_id: log.trace_id,
        span_id: log.span_id,
        envelope: log.envelope,
        piece: piece(),
    });
    let logs = logs.collect();
    Packed { envelopes, spans, logs, blocks, aliases, metrics }
}

fn blocks<'a>(
    sizes: &[usize],
    pieces: &[Piece],
    contents: impl Iterator<Item = (Option<TraceId>, &'a Bytes)>,
    last: &HashMap<Option<TraceId>, usize>,
    recent: &Recent,
) -> Vec<Block> {
    let mut of_block: Vec<(Option<TraceId>, Vec<&Bytes>)> = vec![(None, Vec::new()); sizes.len()];
    for (piece, (trace_id, content)) in pieces.iter().zip(contents) {
        of_block[piece.block].0 = trace_id;
        of_block[piece.block].1.push(content);
    }
    let mut joined = Vec::new();
    let pack = |(index, (trace_id, contents)): (usize, (Option<TraceId>, Vec<&Bytes>))| {
        let content = match &contents[..] {
            [one] => &one[..],
            several => {
                joined.clear();
                several.iter().for_each(|content| joined.extend_from_slice(content));
                &joined
            }
        };
        let worth = content.len() >= WORTH_A_BASE;
        let base: Option<Base> = trace_id.filter(|_| worth).and_then(|trace_id| recent.base(trace_id));
        let end = (worth && trace_id.is_some() && last.get(&trace_id) == Some(&index))
            .then(|| Arc::from(codec::end_of(content)));
        Block::new(trace_id, content, base, end)
    };
    of_block.into_iter().enumerate().map(pack).collect()
}
