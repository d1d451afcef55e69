//! How the spans of a trace hang together.
//!
//! The same forest comes out for every order of arrival, whatever the sender says about parents: a span whose parent is not
//! there is a root, beside the others that name the same parent, and so is one that names itself; a circle of parents is cut
//! at its earliest span. Nothing here recurses, so depth costs no stack.

use std::collections::BTreeMap;

use crate::span::SpanId;

/// What the tree needs to know of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Start in nanoseconds since 1970.
    pub start_time_unix_nano: u64,
    /// The span.
    pub span_id: SpanId,
    /// The parent it names.
    pub parent_span_id: Option<SpanId>,
}

/// A parent that is named and not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The span that is not there.
    pub span_id: SpanId,
    /// The place of the first span that names it; those that name it too stand beside it, each with what is below it.
    pub first: u32,
    /// How many name it.
    pub children: u32,
    /// One past the place of the last span below it.
    pub end: u32,
}

/// A forest over the spans of a trace: indexes are places in tree order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The parent of each span; `None` for roots and for spans whose parent is missing.
    pub parent: Vec<Option<u32>>,
    /// How many ancestors each span has.
    pub depth: Vec<u32>,
    /// How many spans are below each span, at any depth. In tree order these follow it directly.
    pub descendants: Vec<u32>,
    /// Whether the span names a parent that is not in the trace.
    pub parent_missing: Vec<bool>,
    /// The parents that are named and not there, in the order of their places.
    pub missing: Vec<Missing>,
    /// Whether the span's parents formed a circle (its own parent included) that was cut here.
    pub cut: Vec<bool>,
}

impl Tree {
    /// Returns the forest of these spans and their tree order: parents before children, siblings by start time, then by span
    /// id; children of a parent that is not there are siblings, and stand where the first of them would. `order[i]` is the
    /// place in `spans` of the `i`-th span of the tree. Of spans with the same id the earliest is the parent.
    pub fn grow(spans: &[Placed]) -> (Tree, Vec<u32>) {
        let mut by_start: Vec<u32> = (0..spans.len() as u32).collect();
        by_start.sort_unstable_by_key(|&at| (spans[at as usize], at));
        let sorted: Vec<Placed> = by_start.iter().map(|&at| spans[at as usize]).collect();
        let (mut parent, missing, mut cut) = find_parents(&sorted);
        cut_circles(&mut parent, &mut cut);
        let named = |at: u32| sorted[at as usize].parent_span_id.filter(|_| missing[at as usize]);
        let order = walk(&parent, named);

        let mut place = vec![0u32; order.len()];
        for (at, &span) in order.iter().enumerate() {
            place[span as usize] = at as u32;
        }
        let pick = |flags: &[bool]| order.iter().map(|&span| flags[span as usize]).collect();
        let mut tree = Tree {
            parent: order.iter().map(|&span| parent[span as usize].map(|up| place[up as usize])).collect(),
            depth: vec![0; order.len()],
            descendants: vec![0; order.len()],
            parent_missing: pick(&missing),
            missing: Vec::new(),
            cut: pick(&cut),
        };
        for at in 0..order.len() {
            if let Some(up) = tree.parent[at] {
                tree.depth[at] = tree.depth[up as usize] + 1;
            }
        }
        for at in (0..order.len()).rev() {
            if let Some(up) = tree.parent[at] {
                tree.descendants[up as usize] += tree.descendants[at] + 1;
            }
        }
        tree.missing = gather(&tree, |at| named(order[at]));
        (tree, order.iter().map(|&span| by_start[span as usize]).collect())
    }

    /// Returns how many spans there are.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Says whether there are no spans.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// Returns the places of a span's children, in order.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = at + 1 + self.descendants[at] as usize;
        Siblings { tree: self, next: at + 1, end }
    }

    /// Returns the places of the roots, spans with a missing parent included, in order.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        Siblings { tree: self, next: 0, end: self.len() }
    }

    /// Returns the places of a span's ancestors, the parent first.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.parent[at], |&up| self.parent[up as usize]).map(|up| up as usize)
    }
}

struct Siblings<'a> {
    tree: &'a Tree,
    next: usize,
    end: usize,
}

impl Iterator for Siblings<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = self.next;
        (at < self.end).then(|| {
            self.next = at + 1 + self.tree.descendants[at] as usize;
            at
        })
    }
}

/// Returns each span's parent, whether it is missing, and whether the span names itself.
fn find_parents(sorted: &[Placed]) -> (Vec<Option<u32>>, Vec<bool>, Vec<bool>) {
    let mut ids: Vec<(SpanId, u32)> = sorted.iter().zip(0..).map(|(span, at)| (span.span_id, at)).collect();
    ids.sort_unstable();
    ids.dedup_by_key(|(id, _)| *id);
    let find = |id: SpanId| ids.binary_search_by_key(&id, |(id, _)| *id).ok().map(|found| ids[found].1);
    let mut parent = vec![None; sorted.len()];
    let mut missing = vec![false; sorted.len()];
    let mut itself = vec![false; sorted.len()];
    for (at, span) in sorted.iter().enumerate() {
        match span.parent_span_id {
            None => {}
            Some(up) if up == span.span_id => itself[at] = true,
            Some(up) => {
                parent[at] = find(up);
                missing[at] = parent[at].is_none();
            }
        }
    }
    (parent, missing, itself)
}

/// Cuts each circle of parents at its earliest span, the one with the lowest index.
fn cut_circles(parent: &mut [Option<u32>], cut: &mut [bool]) {
    const UNSEEN: u32 = u32::MAX;
    let mut seen_in_walk = vec![UNSEEN; parent.len()];
    for start in 0..parent.len() {
        let mut at = start;
        while seen_in_walk[at] == UNSEEN {
            seen_in_walk[at] = start as u32;
            match parent[at] {
                Some(up) => at = up as usize,
                None => break,
            }
        }
        // Back at a span of this very walk that still has a parent: the walk went round.
        if seen_in_walk[at] == start as u32 && parent[at].is_some() {
            let mut earliest = at;
            let mut next = parent[at];
            while let Some(up) = next.map(|up| up as usize).filter(|&up| up != at) {
                earliest = earliest.min(up);
                next = parent[up];
            }
            parent[earliest] = None;
            cut[earliest] = true;
        }
    }
}

/// Returns the missing parents; `named` tells which one a root names.
fn gather(tree: &Tree, named: impl Fn(usize) -> Option<SpanId>) -> Vec<Missing> {
    let mut missing: Vec<Missing> = Vec::new();
    for root in tree.roots() {
        let Some(span_id) = named(root) else { continue };
        let end = root as u32 + 1 + tree.descendants[root];
        match missing.last_mut().filter(|last| last.span_id == span_id) {
            Some(last) => (last.children, last.end) = (last.children + 1, end),
            None => missing.push(Missing { span_id, first: root as u32, children: 1, end }),
        }
    }
    missing
}

/// Brings roots, given in index order, that name the same missing parent together.
fn bring_together(roots: &mut [u32], named: impl Fn(u32) -> Option<SpanId>) {
    let mut first: BTreeMap<SpanId, u32> = BTreeMap::new();
    for &root in roots.iter() {
        named(root).into_iter().for_each(|up| _ = first.entry(up).or_insert(root));
    }
    roots.sort_by_key(|&root| named(root).map_or(root, |up| first[&up]));
}

/// Returns the indexes with parents before children and siblings in index order, roots that name the same missing parent
/// together.
fn walk(parent: &[Option<u32>], named: impl Fn(u32) -> Option<SpanId>) -> Vec<u32> {
    // Children in one array, those of span `i` at `first[i]..first[i + 1]`; roots under the extra index at the end.
    let root = parent.len();
    let slot = |up: Option<u32>| up.map_or(root, |up| up as usize);
    let mut first = vec![0u32; parent.len() + 2];
    for up in parent {
        first[slot(*up) + 1] += 1;
    }
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
    let mut next = first.clone();
    let mut children = vec![0u32; parent.len()];
    for (at, up) in parent.iter().enumerate() {
        let free = &mut next[slot(*up)];
        children[*free as usize] = at as u32;
        *free += 1;
    }
    bring_together(&mut children[first[root] as usize..first[root + 1] as usize], named);
    let of = |at: usize| &children[first[at] as usize..first[at + 1] as usize];
    let mut order = Vec::with_capacity(parent.len());
    let mut waiting: Vec<u32> = of(root).iter().rev().copied().collect();
    while let Some(at) = waiting.pop() {
        order.push(at);
        waiting.extend(of(at as usize).iter().rev());
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u64) -> SpanId {
        SpanId(number.to_be_bytes())
    }

    fn placed(span: u64, parent: u64, start: u64) -> Placed {
        Placed { start_time_unix_nano: start, span_id: id(span), parent_span_id: (parent != 0).then(|| id(parent)) }
    }

    /// The tree as `span(child child…)` in tree order.
    fn draw(spans: &[Placed]) -> String {
        let (tree, order) = Tree::grow(spans);
        let mut text = String::new();
        for (at, &span) in order.iter().enumerate() {
            let number = u64::from_be_bytes(spans[span as usize].span_id.0);
            let mark = match (tree.parent_missing[at], tree.cut[at]) {
                (true, _) => "?",
                (_, true) => "!",
                _ => "",
            };
            text += &format!("{}{number}{mark} ", "-".repeat(tree.depth[at] as usize));
        }
        text.trim_end().to_owned()
    }

    #[test]
    fn siblings_stand_by_start_then_id() {
        let spans = [placed(3, 1, 5), placed(1, 0, 0), placed(2, 1, 5), placed(4, 1, 2), placed(5, 4, 9)];
        assert_eq!(draw(&spans), "1 -4 --5 -2 -3");
    }

    #[test]
    fn a_missing_parent_makes_a_marked_root() {
        assert_eq!(draw(&[placed(2, 9, 3), placed(3, 2, 4), placed(1, 0, 5)]), "2? -3 1");
    }

    #[test]
    fn children_of_a_missing_parent_stand_together() {
        let spans =
            [placed(2, 9, 3), placed(3, 2, 4), placed(1, 0, 5), placed(4, 8, 6), placed(5, 9, 7), placed(6, 5, 7)];
        assert_eq!(draw(&spans), "2? -3 5? -6 1 4?");
        let (tree, _) = Tree::grow(&spans);
        let missing = |span, first, children, end| Missing { span_id: id(span), first, children, end };
        assert_eq!(tree.missing, [missing(9, 0, 2, 4), missing(8, 5, 1, 6)]);
    }

    #[test]
    fn a_span_that_is_its_own_parent_is_a_root() {
        assert_eq!(draw(&[placed(1, 1, 0), placed(2, 1, 1)]), "1! -2");
    }

    #[test]
    fn circles_are_cut_at_their_earliest_span() {
        let circle = [placed(1, 3, 7), placed(2, 1, 5), placed(3, 2, 6), placed(4, 3, 1)];
        assert_eq!(draw(&circle), "2! -3 --4 --1");
        assert_eq!(draw(&[placed(1, 2, 0), placed(2, 1, 0)]), "1! -2");
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_and_as_long_a_circle_are_walked() {
        let mut spans: Vec<_> = (1..=100_000).map(|span| placed(span, span - 1, span)).collect();
        let (tree, _) = Tree::grow(&spans);
        assert_eq!((tree.depth[99_999], tree.descendants[0]), (99_999, 99_999));
        spans[0].parent_span_id = Some(id(100_000));
        let (tree, _) = Tree::grow(&spans);
        assert_eq!((tree.cut[0], tree.depth[99_999]), (true, 99_999));
    }

    proptest! {
        #[test]
        fn every_order_of_arrival_grows_the_same_tree(
            (spans, shuffled) in prop::collection::vec((0u64..14, 0u64..6), 1..13)
                .prop_map(|parents| {
                    let spans: Vec<_> = (1..).zip(parents).map(|(span, (up, start))| placed(span, up, start)).collect();
                    spans
                })
                .prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle()))
        ) {
            prop_assert_eq!(draw(&spans), draw(&shuffled));
        }

        #[test]
        fn every_span_stands_once_and_after_its_parent(parents in prop::collection::vec((0u64..40, 0u64..9), 0..40)) {
            let spans: Vec<_> = (1..).zip(parents).map(|(span, (up, start))| placed(span, up, start)).collect();
            let (tree, mut order) = Tree::grow(&spans);
            for (at, up) in tree.parent.iter().enumerate() {
                prop_assert!(up.is_none_or(|up| (up as usize) < at));
            }
            order.sort_unstable();
            prop_assert!(order.iter().copied().eq(0..spans.len() as u32));
        }
    }
}
