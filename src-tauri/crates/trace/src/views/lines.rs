//! Texts as lines that can be drawn.

/// Returns the lines of a text, without their ends; one of more than `longest` bytes (at least 4) is several.
pub fn pieces(text: &str, longest: usize) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(move |line| {
        let mut rest = Some(line);
        std::iter::from_fn(move || {
            let line = rest?;
            let (piece, after) = line.split_at(line.floor_char_boundary(longest.min(line.len())));
            rest = (!after.is_empty()).then_some(after);
            Some(piece)
        })
    })
}
