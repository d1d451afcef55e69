//! Every fuzz target, with a bounded number of inputs: what was recorded, whole and damaged. `SPANGLASS_FUZZ_INPUTS` says how
//! many damaged ones; `cargo xtask fuzz` looks for inputs by what they reach.

#![expect(
    clippy::disallowed_methods,
    reason = "seeds are files and time is bounded; it is the crate itself that does neither"
)]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test; its targets are a crate of their own, too")]

#[path = "fuzz/src/lib.rs"]
mod targets;

use std::time::{Duration, Instant};

/// How long one input may take; a debug build is twenty times slower, and its machine busy.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

/// Xorshift: the same numbers in every run, so that what fails once fails again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// Damages bytes: changes, cuts, doubles and moves some of them.
    fn damage(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                1 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                2 => bytes.truncate(at),
                3 => bytes.insert(at, b"{}[],:\"\\0-\x00\xff\x80"[self.below(13)]),
                4 => {
                    let piece = bytes[at..(at + self.below(40)).min(bytes.len())].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                5 => drop(bytes.drain(at..(at + self.below(40)).min(bytes.len()))),
                _ => {
                    let other = &others[self.below(others.len())];
                    let from = self.below(other.len());
                    let piece = other[from..(from + self.below(200)).min(other.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
    }
}

#[test]
fn no_input_breaks_a_promise() {
    let inputs = std::env::var("SPANGLASS_FUZZ_INPUTS").map_or(400, |text| text.parse().unwrap());
    for (name, target) in targets::TARGETS {
        let seeds = targets::seeds::of(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        let run = |input: &[u8]| {
            let begun = Instant::now();
            let outcome = std::panic::catch_unwind(|| target(input));
            let took = begun.elapsed();
            if outcome.is_err() || took > LONGEST {
                let file = std::env::temp_dir().join(format!("spanglass-fuzz-{name}"));
                std::fs::write(&file, input).unwrap();
                panic!("{name} took {took:?}, outcome {outcome:?}; the input is {}", file.display());
            }
        };
        seeds.iter().filter(|seed| seed.len() < 100_000).for_each(|seed| run(seed));
        for _ in 0..inputs {
            let mut input = seeds[chance.below(seeds.len())].clone();
            input.truncate(20_000);
            chance.damage(&mut input, &seeds);
            run(&input);
        }
    }
}
