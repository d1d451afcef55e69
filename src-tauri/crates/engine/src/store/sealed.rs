//! Bytes with a checksum in front: SQLite checks its structure and not what is in it, so a flipped bit would be shown as data.

/// Returns the bytes with their CRC32C in front.
pub fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(bytes.len() + 4);
    sealed.extend_from_slice(&crc32c::crc32c(bytes).to_le_bytes());
    sealed.extend_from_slice(bytes);
    sealed
}

/// Returns what was sealed; `None` when it is not that any more.
pub fn unseal(sealed: &[u8]) -> Option<&[u8]> {
    let (check, bytes) = sealed.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*check) == crc32c::crc32c(bytes)).then_some(bytes)
}
