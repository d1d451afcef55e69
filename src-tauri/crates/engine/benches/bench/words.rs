//! Text that compresses as prose does, the same every time.

/// Words of uneven frequency.
pub(crate) struct Words(u64);

impl Words {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns 64 random bits (splitmix64).
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// Returns words of at least this many characters together.
    pub(crate) fn text(&mut self, chars: usize) -> String {
        let mut text = String::with_capacity(chars + 24);
        while text.len() < chars {
            self.word(&mut text);
            text.push_str(if self.below(12) == 0 { ".\n" } else { " " });
        }
        text
    }

    fn word(&mut self, text: &mut String) {
        // The product of two draws favours small numbers, as languages favour few words.
        let mut word = self.below(60) * self.below(60);
        text.push(char::from(b'a' + (word % 26) as u8));
        while word > 0 {
            text.push(char::from(b'a' + (word * 7 % 26) as u8));
            word /= 6;
        }
    }
}
