//! Values, attributes, resources and scopes from their protobuf bytes.

use super::super::complaints::Notes;
use super::super::too_deep_text;
use super::super::wire::{Broken, Field, Fields, Wire};
use crate::span::{AnyValue, Attributes, Resource, Scope};

/// Why a message cannot be built, in words for the sender.
pub(super) type Fault = String;

/// How messages are built: how deep values may go, and where repairs are noted.
pub(super) struct Builder<'n> {
    pub(super) depth: u32,
    pub(super) notes: &'n mut Notes,
}

enum Unread {
    TooDeep,
    Fault(Fault),
}

impl From<Fault> for Unread {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Builder<'_> {
    pub(super) fn text(&mut self, what: &str, field: &Field<'_>) -> Result<String, Fault> {
        let bytes = bytes(what, field)?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                self.notes.add(|| format!("{what} is not UTF-8; what is not was replaced by U+FFFD"));
                String::from_utf8_lossy(bytes).into_owned()
            }
        })
    }

    /// Reads one `KeyValue` and appends it.
    pub(super) fn attribute(
        &mut self,
        what: &str,
        field: &Field<'_>,
        attributes: &mut Attributes,
    ) -> Result<(), Fault> {
        let bytes = bytes(what, field)?;
        let (key, value) = match self.key_value(bytes, 0) {
            Ok(attribute) => attribute,
            Err(Unread::Fault(fault)) => return Err(fault),
            Err(Unread::TooDeep) => {
                let key = super::text_of_field(bytes, 1);
                (key.clone(), self.too_deep(&format!("attribute {key:?}")))
            }
        };
        attributes.push((key, value));
        Ok(())
    }

    /// Reads an `AnyValue` that stands alone (a log's body) over `value`, as protobuf merges a repeated field.
    pub(super) fn body(&mut self, what: &str, field: &Field<'_>, value: &mut AnyValue) -> Result<(), Fault> {
        match self.value(bytes(what, field)?, 0, value) {
            Ok(()) => Ok(()),
            Err(Unread::Fault(fault)) => Err(fault),
            Err(Unread::TooDeep) => {
                *value = self.too_deep(what);
                Ok(())
            }
        }
    }

    fn too_deep(&mut self, what: &str) -> AnyValue {
        let text = too_deep_text(self.depth);
        self.notes.add(|| format!("{what} is nested deeper than {} levels; it stands as a text saying so", self.depth));
        AnyValue::Str(text)
    }

    fn key_value(&mut self, bytes: &[u8], depth: u32) -> Result<(String, AnyValue), Unread> {
        let (mut key, mut value) = (String::new(), AnyValue::Null);
        for field in Fields::of(bytes) {
            let field = field.map_err(|e| broken("an attribute", &e))?;
            match field.number {
                1 => key = self.text("an attribute's key", &field)?,
                2 => self.value(self::bytes("an attribute's value", &field)?, depth, &mut value)?,
                _ => {}
            }
        }
        Ok((key, value))
    }

    /// Reads an `AnyValue` over `value`: the last of its fields stands, but a list that follows a list of its kind is
    /// appended to it, as protobuf merges.
    fn value(&mut self, bytes: &[u8], depth: u32, value: &mut AnyValue) -> Result<(), Unread> {
        if depth > self.depth {
            return Err(Unread::TooDeep);
        }
        for field in Fields::of(bytes) {
            let field = field.map_err(|e| broken("a value", &e))?;
            *value = match (field.number, field.value) {
                (1, _) => AnyValue::Str(self.text("a text value", &field)?),
                (2, Wire::Varint(number)) => AnyValue::Bool(number != 0),
                (3, Wire::Varint(number)) => AnyValue::Int(number as i64),
                (4, Wire::Fixed64(bits)) => AnyValue::Double(f64::from_bits(bits)),
                (5, Wire::Bytes(bytes)) => {
                    let mut values = if let AnyValue::Array(values) = value { std::mem::take(values) } else { vec![] };
                    self.array(bytes, depth + 1, &mut values)?;
                    AnyValue::Array(values)
                }
                (6, Wire::Bytes(bytes)) => {
                    let mut entries = if let AnyValue::Map(entries) = value { std::mem::take(entries) } else { vec![] };
                    self.map(bytes, depth + 1, &mut entries)?;
                    AnyValue::Map(entries)
                }
                (7, Wire::Bytes(bytes)) => AnyValue::Bytes(bytes.to_vec()),
                // An index into a table that only profiles have.
                (8, Wire::Varint(_)) => AnyValue::Null,
                (2..=8, _) => return Err(Unread::Fault(wrong_type("a value", &field))),
                _ => continue,
            };
        }
        Ok(())
    }

    fn array(&mut self, bytes: &[u8], depth: u32, values: &mut Vec<AnyValue>) -> Result<(), Unread> {
        for field in Fields::of(bytes) {
            let field = field.map_err(|e| broken("a list", &e))?;
            if field.number == 1 {
                let mut value = AnyValue::Null;
                self.value(self::bytes("a list's value", &field)?, depth, &mut value)?;
                values.push(value);
            }
        }
        Ok(())
    }

    fn map(&mut self, bytes: &[u8], depth: u32, entries: &mut Attributes) -> Result<(), Unread> {
        for field in Fields::of(bytes) {
            let field = field.map_err(|e| broken("a map", &e))?;
            if field.number == 1 {
                entries.push(self.key_value(self::bytes("a map's entry", &field)?, depth)?);
            }
        }
        Ok(())
    }

    /// Reads the fields of `ResourceSpans` (or `ResourceLogs`) that describe the resource. What cannot be read is noted and
    /// left out, so that it costs no span.
    pub(super) fn resource(&mut self, envelope: &[u8]) -> Resource {
        let mut resource = Resource::default();
        self.each("resource", envelope, |builder, field| match field.number {
            1 => {
                let bytes = bytes("resource", field)?;
                builder.each("resource", bytes, |builder, field| {
                    match field.number {
                        1 => builder.attribute("an attribute", field, &mut resource.attributes)?,
                        2 => resource.dropped_attributes = uint32("dropped_attributes_count", field)?,
                        _ => {}
                    }
                    Ok(())
                });
                Ok(())
            }
            3 => builder.text("schema_url", field).map(|text| resource.schema_url = text),
            _ => Ok(()),
        });
        resource
    }

    /// Reads the fields of `ScopeSpans` (or `ScopeLogs`) that describe the scope; total, as [`Self::resource`].
    pub(super) fn scope(&mut self, envelope: &[u8]) -> Scope {
        let mut scope = Scope::default();
        self.each("scope", envelope, |builder, field| match field.number {
            1 => {
                let bytes = bytes("scope", field)?;
                builder.each("scope", bytes, |builder, field| {
                    match field.number {
                        1 => scope.name = builder.text("name", field)?,
                        2 => scope.version = builder.text("version", field)?,
                        3 => builder.attribute("an attribute", field, &mut scope.attributes)?,
                        4 => scope.dropped_attributes = uint32("dropped_attributes_count", field)?,
                        _ => {}
                    }
                    Ok(())
                });
                Ok(())
            }
            3 => builder.text("schema_url", field).map(|text| scope.schema_url = text),
            _ => Ok(()),
        });
        scope
    }

    fn each(&mut self, what: &str, bytes: &[u8], mut read: impl FnMut(&mut Self, &Field<'_>) -> Result<(), Fault>) {
        for field in Fields::of(bytes) {
            match field {
                Ok(field) => {
                    if let Err(fault) = read(self, &field) {
                        self.notes.add(|| format!("{fault}; this part was left out"));
                    }
                }
                Err(e) => {
                    self.notes.add(|| format!("{}; the rest was left out", broken(what, &e)));
                    break;
                }
            }
        }
    }
}

pub(super) fn broken(what: &str, broken: &Broken) -> Fault {
    format!("{what} is not protobuf: {} at its byte {}", broken.what, broken.at)
}

pub(super) fn wrong_type(what: &str, field: &Field<'_>) -> Fault {
    format!("{what}: field {} has the wrong wire type", field.number)
}

pub(super) fn bytes<'a>(what: &str, field: &Field<'a>) -> Result<&'a [u8], Fault> {
    if let Wire::Bytes(bytes) = field.value { Ok(bytes) } else { Err(wrong_type(what, field)) }
}

pub(super) fn fixed64(what: &str, field: &Field<'_>) -> Result<u64, Fault> {
    if let Wire::Fixed64(value) = field.value { Ok(value) } else { Err(wrong_type(what, field)) }
}

pub(super) fn fixed32(what: &str, field: &Field<'_>) -> Result<u32, Fault> {
    if let Wire::Fixed32(value) = field.value { Ok(value) } else { Err(wrong_type(what, field)) }
}

/// As protobuf does, keeps the low 32 bits.
pub(super) fn uint32(what: &str, field: &Field<'_>) -> Result<u32, Fault> {
    if let Wire::Varint(value) = field.value { Ok(value as u32) } else { Err(wrong_type(what, field)) }
}

/// As protobuf does, keeps the low 32 bits.
pub(super) fn int32(what: &str, field: &Field<'_>) -> Result<i32, Fault> {
    uint32(what, field).map(|value| value as i32)
}
