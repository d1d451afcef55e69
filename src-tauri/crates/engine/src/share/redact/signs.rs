//! Where in a text something may stand that is looked for: the beginnings of keys, parts of names, addresses.
//!
//! Most of what is looked through holds nothing, and this is the one pass over all of it. Whatever is looked for begins with three
//! letters; a table says of any three, in any case, which of it that may be. Six places are looked at in one step.

use std::sync::LazyLock;

use regex::Regex;

use super::keys::FORMS;
use super::names;

/// What a place where something may be found is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    /// A secret of a form of its own, by its place in the table.
    Form(usize),
    /// A part of a name, so many letters long.
    Name(usize),
    /// `://`.
    Address,
}

/// Returns what finds all of them.
pub(super) fn signs() -> &'static Signs {
    static SIGNS: LazyLock<Signs> = LazyLock::new(Signs::new);
    &SIGNS
}

/// Letters that are looked at together.
const LETTERS: usize = 3;

/// Bits that three letters are told apart by; others than those looked for share them seldom.
const BITS: u32 = 13;

type Table = [u8; 1 << BITS];

/// Finds signs.
pub(super) struct Signs {
    /// For any three letters, 0 or one more than the place of what may begin with them.
    table: Box<Table>,
    begins: Vec<Vec<Begin>>,
    /// The expressions of the forms.
    pub(super) forms: Vec<Regex>,
}

struct Begin {
    letters: &'static str,
    is_of_any_case: bool,
    sign: Sign,
}

impl Signs {
    fn new() -> Self {
        let forms = FORMS.iter().map(|form| form.expression()).collect();
        let mut signs = Self { table: Box::new([0; 1 << BITS]), begins: Vec::new(), forms };
        for (index, form) in FORMS.iter().enumerate() {
            for letters in form.starts() {
                signs.add(Begin { letters, is_of_any_case: form.is_of_any_case(), sign: Sign::Form(index) });
            }
        }
        for letters in names::SIGNS {
            signs.add(Begin { letters, is_of_any_case: true, sign: Sign::Name(letters.len()) });
        }
        signs.add(Begin { letters: "://", is_of_any_case: false, sign: Sign::Address });
        signs
    }

    fn add(&mut self, begin: Begin) {
        let [first, second, third, ..] = *begin.letters.as_bytes() else {
            unreachable!("nothing begins with fewer letters")
        };
        let slot = &mut self.table[slot(u32::from_le_bytes([first, second, third, 0]))];
        if *slot == 0 {
            self.begins.push(Vec::new());
            *slot = u8::try_from(self.begins.len()).expect("the forms and names are fewer than 255");
        }
        self.begins[usize::from(*slot) - 1].push(begin);
    }

    /// Calls `found` with each place where something may stand, and what that is.
    pub(super) fn each(&self, text: &str, mut found: impl FnMut(usize, Sign)) {
        let mut from = 0;
        while let Some((at, place)) = next(&self.table, text.as_bytes(), from) {
            for begin in &self.begins[usize::from(place) - 1] {
                let Some(letters) = text.as_bytes().get(at..at + begin.letters.len()) else { continue };
                let is_it = letters == begin.letters.as_bytes()
                    || begin.is_of_any_case && letters.eq_ignore_ascii_case(begin.letters.as_bytes());
                if is_it {
                    found(at, begin.sign);
                }
            }
            from = at + 1;
        }
    }
}

/// Returns the next place three letters of the table stand, and what the table says of them.
#[inline(never)]
fn next(table: &Table, text: &[u8], from: usize) -> Option<(usize, u8)> {
    const STEP: usize = 8 - LETTERS + 1;
    let mut at = from;
    while let Some(eight) = text.get(at..)?.first_chunk() {
        let eight = u64::from_le_bytes(*eight);
        let places: [u8; STEP] = std::array::from_fn(|place| table[slot((eight >> (8 * place)) as u32)]);
        if places != [0; STEP] {
            let place = places.iter().position(|place| *place != 0)?;
            return Some((at + place, places[place]));
        }
        at += STEP;
    }
    let rest = text[at..]
        .windows(LETTERS)
        .map(|letters| table[slot(u32::from_le_bytes([letters[0], letters[1], letters[2], 0]))]);
    rest.enumerate().find(|(_, place)| *place != 0).map(|(place, found)| (at + place, found))
}

/// Returns where in the table the first three of four letters stand, capital letters as small ones.
fn slot(letters: u32) -> usize {
    (((letters | 0x20_2020) & 0xff_ffff).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_is_found_wherever_it_stands() {
        for (index, form) in FORMS.iter().enumerate() {
            for start in form.starts() {
                let text = format!("é{start}");
                let mut found = Vec::new();
                signs().each(&text, |at, sign| {
                    found.extend(matches!(sign, Sign::Form(form) if form == index).then_some(at))
                });
                assert_eq!(found, [2], "{start}");
            }
        }
        for name in names::SIGNS {
            let mut found = 0;
            signs()
                .each(&name.to_uppercase(), |at, sign| found += usize::from(at == 0 && matches!(sign, Sign::Name(_))));
            assert_eq!(found, 1, "{name}");
        }
        signs().each("", |_, _| unreachable!("nothing begins there"));
    }
}
