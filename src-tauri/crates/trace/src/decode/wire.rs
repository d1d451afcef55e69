//! The protobuf wire format: fields one after the other, borrowed from the bytes. Nothing here knows a message.
//!
//! Source of the rules: protobuf.dev/programming-guides/encoding. As strict as `prost`: field number 0, wire types 6 and 7,
//! varints over 64 bits and unbalanced groups are faults.
//!
//! What reads a field is inlined wherever fields are read: called, it hands some sixty bytes back through memory for a field of
//! two or three, which takes as long as all else that is done with a request.

/// A field's value as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    /// A group (proto2); no OTLP message has one, so its content is never looked at.
    Group,
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Wire<'a>,
    /// The whole field, its tag included.
    pub(super) raw: &'a [u8],
}

/// Where bytes stop being protobuf, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Byte of the message.
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// The fields of a message in the order they stand there. Ends after the first fault.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns what has not been read; after a fault, everything from the broken field on.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    #[inline(always)]
    fn read(&mut self) -> Result<Field<'a>, Broken> {
        let start = self.at;
        let mut cursor = Cursor { bytes: self.bytes, at: start };
        let (number, wire_type) = cursor.tag()?;
        let value = match wire_type {
            3 => {
                cursor.skip_group(number)?;
                Wire::Group
            }
            4 => return Err(Broken { at: start, what: "a group ends that did not begin" }),
            _ => cursor.value(wire_type)?,
        };
        self.at = cursor.at;
        Ok(Field { number, value, raw: &self.bytes[start..cursor.at] })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Broken>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.bytes.len()).then(|| self.read())
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[cold]
    fn broken(&self, what: &'static str) -> Broken {
        Broken { at: self.at, what }
    }

    #[inline(always)]
    fn tag(&mut self) -> Result<(u32, u32), Broken> {
        let at = self.at;
        let tag = u32::try_from(self.varint()?).map_err(|_| Broken { at, what: "a field number is too large" })?;
        match tag >> 3 {
            0 => Err(Broken { at, what: "field number 0" }),
            number => Ok((number, tag & 7)),
        }
    }

    #[inline(always)]
    fn value(&mut self, wire_type: u32) -> Result<Wire<'a>, Broken> {
        Ok(match wire_type {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(self.broken("an unknown wire type")),
        })
    }

    #[inline(always)]
    fn varint(&mut self) -> Result<u64, Broken> {
        // Tags are one byte, and most lengths one or two.
        match self.bytes[self.at..] {
            [byte @ ..0x80, ..] => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            [low, high @ ..0x80, ..] => {
                self.at += 2;
                Ok(u64::from(low & 0x7f) | u64::from(high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Broken> {
        let start = self.at;
        let mut value = 0;
        for (index, &byte) in self.bytes[start..].iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                if index == 9 && byte > 1 {
                    break;
                }
                self.at = start + index + 1;
                return Ok(value);
            }
        }
        Err(Broken {
            at: start,
            what: if self.bytes.len() - start < 10 { "the bytes end within a number" } else { "a number over 64 bits" },
        })
    }

    #[inline(always)]
    fn take(&mut self, length: u64) -> Result<&'a [u8], Broken> {
        let left = &self.bytes[self.at..];
        match usize::try_from(length).ok().and_then(|length| left.get(..length)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => Err(self.broken("a length reaches past the end")),
        }
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let taken = self.bytes[self.at..].first_chunk::<N>();
        let array = *taken.ok_or_else(|| self.broken("the bytes end within a number"))?;
        self.at += N;
        Ok(array)
    }

    /// Skips to the end of a group whose start was read. Groups within it are kept on a list, not on the stack.
    fn skip_group(&mut self, number: u32) -> Result<(), Broken> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            if self.at >= self.bytes.len() {
                return Err(self.broken("a group does not end"));
            }
            match self.tag()? {
                (number, 3) => open.push(number),
                (number, 4) if number == innermost => {
                    open.pop();
                }
                (_, 4) => return Err(self.broken("a group ends that did not begin")),
                (_, wire_type) => {
                    self.value(wire_type)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u32, Wire<'_>)>, Broken> {
        Fields::of(bytes).map(|field| field.map(|field| (field.number, field.value))).collect()
    }

    #[test]
    fn fields_of_every_wire_type_are_read() {
        let bytes = [
            &[0x08, 0x96, 0x01][..],
            &[0x11, 1, 0, 0, 0, 0, 0, 0, 0],
            &[0x1a, 2, b'h', b'i'],
            &[0x25, 2, 0, 0, 0],
            &[0x2b, 0x33, 0x08, 1, 0x34, 0x2c],
        ]
        .concat();
        assert_eq!(
            read(&bytes).unwrap(),
            [
                (1, Wire::Varint(150)),
                (2, Wire::Fixed64(1)),
                (3, Wire::Bytes(b"hi")),
                (4, Wire::Fixed32(2)),
                (5, Wire::Group)
            ]
        );
    }

    #[test]
    fn what_is_not_protobuf_is_refused_with_the_place() {
        let cases: [(&[u8], usize); 12] = [
            (&[0x00, 0x01], 0),
            (&[0x0e, 0x01], 1),
            (&[0x08], 1),
            (&[0x08, 0x80], 1),
            (&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], 1),
            (&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 1),
            (&[0x0a, 0x05, b'h'], 2),
            (&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 11),
            (&[0x09, 1, 2, 3], 1),
            (&[0x0c], 0),
            (&[0x0b, 0x14], 2),
            (&[0x0b, 0x08, 1], 3),
        ];
        for (bytes, at) in cases {
            assert_eq!(read(bytes).unwrap_err().at, at, "{bytes:x?}");
        }
    }

    #[test]
    fn groups_within_groups_take_no_stack() {
        let mut bytes = vec![0x0b; 1_000_000];
        bytes.extend(vec![0x0c; 1_000_000]);
        assert_eq!(read(&bytes).unwrap(), [(1, Wire::Group)]);
    }
}
