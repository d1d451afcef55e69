//! Bytes as letters that mean nothing in HTML: five for four, a sixteenth less than base64 takes. The known base-85 alphabets hold
//! `<` or `&`; this one is the letters from `(` to `~` but `<` and `>`.

use std::io::{self, Write};

/// Writes bytes as letters; of the last one to three bytes, one letter more than they are.
pub(super) fn write(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    for four in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..four.len()].copy_from_slice(four);
        let mut rest = u32::from_be_bytes(word);
        let mut letters = [0; 5];
        for letter in letters.iter_mut().rev() {
            *letter = letter_of((rest % 85) as u8);
            rest /= 85;
        }
        out.write_all(&letters[..=four.len()])?;
    }
    Ok(())
}

fn letter_of(digit: u8) -> u8 {
    const SKIPPED: u8 = b'<' - b'(';
    b'(' + digit + u8::from(digit >= SKIPPED) + u8::from(digit > SKIPPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_eighty_five_letters_none_of_which_html_knows() {
        let letters: Vec<u8> = (0..85).map(letter_of).collect();
        assert!(letters.is_sorted() && letters.first() == Some(&b'(') && letters.last() == Some(&b'~'));
        assert!(letters.iter().all(|letter| !b"<>&\"'".contains(letter)));
    }

    #[test]
    fn what_is_left_of_four_bytes_takes_a_letter_more() {
        for length in 0..9 {
            let mut letters = Vec::new();
            write(&vec![255; length], &mut letters).expect("memory takes it");
            assert_eq!(letters.len(), length + length.div_ceil(4));
        }
    }
}
