//! Two lists put beside each other so that as much as possible stands beside its like, in order.

use std::collections::BTreeMap;

/// Lists whose lengths multiply to more than this are cut at what stands in each only once.
const EXACT: usize = 1 << 21;

/// A place in the first list, in the second, or in both.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// Aligns two lists. What has no like stands alone, that of the first list first.
pub(super) fn align<T: Ord>(a: &[T], b: &[T]) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(a.len().max(b.len()));
    within(a, b, (0, 0), &mut pairs);
    pairs
}

fn within<T: Ord>(mut a: &[T], mut b: &[T], (mut from_a, mut from_b): (usize, usize), pairs: &mut Vec<Pair>) {
    let alike = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    pairs.extend((0..alike).map(|at| (Some(from_a + at), Some(from_b + at))));
    (a, b, from_a, from_b) = (&a[alike..], &b[alike..], from_a + alike, from_b + alike);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (end_a, end_b) = (a.len() - tail, b.len() - tail);
    let (middle_a, middle_b) = (&a[..end_a], &b[..end_b]);
    if middle_a.is_empty() || middle_b.is_empty() {
        alone(middle_a.len(), middle_b.len(), (from_a, from_b), pairs);
    } else if middle_a.len().saturating_mul(middle_b.len()) <= EXACT {
        exact(middle_a, middle_b, (from_a, from_b), pairs);
    } else {
        by_landmarks(middle_a, middle_b, (from_a, from_b), pairs);
    }
    pairs.extend((0..tail).map(|at| (Some(from_a + end_a + at), Some(from_b + end_b + at))));
}

fn alone(a: usize, b: usize, (from_a, from_b): (usize, usize), pairs: &mut Vec<Pair>) {
    pairs.extend((0..a).map(|at| (Some(from_a + at), None)));
    pairs.extend((0..b).map(|at| (None, Some(from_b + at))));
}

/// The longest common subsequence.
fn exact<T: Ord>(a: &[T], b: &[T], (from_a, from_b): (usize, usize), pairs: &mut Vec<Pair>) {
    let width = b.len() + 1;
    // How much can be alike from each pair of places on.
    let mut best = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i * width + j] = if a[i] == b[j] {
                best[(i + 1) * width + j + 1] + 1
            } else {
                best[(i + 1) * width + j].max(best[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((Some(from_a + i), Some(from_b + j)));
            (i, j) = (i + 1, j + 1);
        } else if best[(i + 1) * width + j] >= best[i * width + j + 1] {
            pairs.push((Some(from_a + i), None));
            i += 1;
        } else {
            pairs.push((None, Some(from_b + j)));
            j += 1;
        }
    }
    alone(a.len() - i, b.len() - j, (from_a + i, from_b + j), pairs);
}

/// Long lists are cut at the longest run of things that each list has once, and the pieces aligned; without any, nothing is
/// alike.
fn by_landmarks<T: Ord>(a: &[T], b: &[T], (from_a, from_b): (usize, usize), pairs: &mut Vec<Pair>) {
    let once = |list: &[T]| {
        let mut seen: BTreeMap<usize, ()> = BTreeMap::new();
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by(|x, y| list[*x].cmp(&list[*y]));
        for (at, place) in order.iter().enumerate() {
            let is = |other: Option<&usize>| other.is_some_and(|other| list[*other] == list[*place]);
            if !is(at.checked_sub(1).and_then(|before| order.get(before))) && !is(order.get(at + 1)) {
                seen.insert(*place, ());
            }
        }
        seen.into_keys().collect::<Vec<usize>>()
    };
    let mut in_b: Vec<usize> = once(b);
    in_b.sort_by(|x, y| b[*x].cmp(&b[*y]));
    let found = once(a).into_iter().filter_map(|at_a| {
        let at = in_b.binary_search_by(|at_b| b[*at_b].cmp(&a[at_a])).ok()?;
        Some((at_a, in_b[at]))
    });
    let landmarks = rising(&found.collect::<Vec<_>>());
    if landmarks.is_empty() {
        alone(a.len(), b.len(), (from_a, from_b), pairs);
        return;
    }
    let (mut done_a, mut done_b) = (0, 0);
    for (at_a, at_b) in landmarks {
        within(&a[done_a..at_a], &b[done_b..at_b], (from_a + done_a, from_b + done_b), pairs);
        pairs.push((Some(from_a + at_a), Some(from_b + at_b)));
        (done_a, done_b) = (at_a + 1, at_b + 1);
    }
    within(&a[done_a..], &b[done_b..], (from_a + done_a, from_b + done_b), pairs);
}

/// Returns the longest run whose second numbers rise; the first ones do already.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last of the best run of each length, and of each pair the one before it in its run.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run = Vec::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        run.push(pairs[at]);
        next = before[at];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &[u32], b: &[u32]) -> usize {
        let pairs = align(a, b);
        assert_eq!(pairs.iter().filter_map(|pair| pair.0).collect::<Vec<_>>(), (0..a.len()).collect::<Vec<_>>());
        assert_eq!(pairs.iter().filter_map(|pair| pair.1).collect::<Vec<_>>(), (0..b.len()).collect::<Vec<_>>());
        let both: Vec<(usize, usize)> = pairs.into_iter().filter_map(|(a, b)| a.zip(b)).collect();
        assert!(both.iter().all(|(at_a, at_b)| a[*at_a] == b[*at_b]));
        both.len()
    }

    #[test]
    fn everything_stands_once_and_in_order() {
        assert_eq!(check(&[], &[]), 0);
        assert_eq!(check(&[1, 2, 3], &[1, 3]), 2);
        assert_eq!(check(&[1, 2, 3, 4], &[3, 1, 2, 4]), 3);
        assert_eq!(check(&[5, 5, 5], &[5]), 1);
        assert_eq!(check(&[1], &[2, 3]), 0);
    }

    #[test]
    fn long_lists_are_aligned_at_what_each_has_once() {
        let a: Vec<u32> = (0..20_000).map(|n| if n % 7 == 0 { 1_000_000 } else { n }).collect();
        let mut b: Vec<u32> = a.iter().copied().filter(|n| n % 10 != 3).collect();
        b.insert(0, 9_999_999);
        b.push(9_999_998);
        let alike = check(&a, &b);
        assert_eq!(alike, b.len() - 2);
        assert_eq!(check(&vec![1; 3_000], &vec![2; 3_000]), 0);
    }
}
