//! How the spans of a trace hang together.

/// A forest over the spans of a trace: indexes are places in tree order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The parent of each span; `None` for roots and for spans whose parent is missing.
    pub parent: Vec<Option<u32>>,
    /// How many ancestors each span has.
    pub depth: Vec<u32>,
    /// How many spans are below each span, at any depth. In tree order these follow it directly.
    pub descendants: Vec<u32>,
    /// Whether the span names a parent that is not in the trace (or that was cut to break a cycle).
    pub parent_missing: Vec<bool>,
}
