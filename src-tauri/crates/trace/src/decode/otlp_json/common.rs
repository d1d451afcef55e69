//! Values, attributes, resources and scopes from OTLP JSON, and the scalars all of them are made of.
//!
//! As lenient as senders are: `null` and absent are the same, 64-bit numbers are texts or numbers, enums may be names, keys may
//! be in snake_case, of a key that stands twice the last counts. A typed value that is not of its type is a fault.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::complaints::Notes;
use super::super::json::{Items, Kind, Members, Text, Value, double, integer};
use super::super::too_deep_text;
use crate::span::{AnyValue, Attributes, Resource, Scope};

/// Why something cannot be built, in words for the sender.
pub(super) type Fault = String;

/// How things are built: how deep values may go, and where repairs are noted.
pub(super) struct Builder<'n> {
    depth: u32,
    notes: &'n mut Notes,
    /// What was built of bare values, in items; those were not counted when the text was checked.
    bare_items: u64,
    bare_limit: u64,
}

/// What a bare value weighs: a key and a value, each with memory of its own.
const BARE_WEIGHT: u64 = 2;

pub(super) enum Unread {
    TooDeep,
    Fault(Fault),
}

impl From<Fault> for Unread {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

type Json<'d, 'a> = Value<'d, 'a>;

impl<'n> Builder<'n> {
    /// Returns a builder that makes at most `bare_limit` items of bare values.
    pub(super) fn new(depth: u32, bare_limit: u64, notes: &'n mut Notes) -> Self {
        Self { depth, notes, bare_items: 0, bare_limit }
    }

    /// Returns what was built of bare values, in items.
    pub(super) fn bare_items(&self) -> u64 {
        self.bare_items
    }

    pub(super) fn note(&mut self, note: impl FnOnce() -> String) {
        self.notes.add(note);
    }

    pub(super) fn notes(&mut self) -> &mut Notes {
        self.notes
    }

    fn own(&mut self, what: &str, text: Text<'_>) -> String {
        let (text, repaired) = text.read();
        if repaired {
            self.notes.add(|| format!("{what} is not Unicode; what is not was replaced by U+FFFD"));
        }
        text.into_owned()
    }

    pub(super) fn text(&mut self, what: &str, value: Json<'_, '_>) -> Result<String, Fault> {
        match value.kind() {
            Kind::Text(text) => Ok(self.own(what, text)),
            other => Err(wrong_type(what, "a text", &other)),
        }
    }

    /// Appends a list of `{"key", "value"}`; an object of keys and values, which some write, too.
    pub(super) fn attributes(
        &mut self,
        what: &str,
        value: Json<'_, '_>,
        attributes: &mut Attributes,
    ) -> Result<(), Fault> {
        attributes.clear();
        match value.kind() {
            Kind::List(items) => {
                for item in items.filter(|item| !item.is_null()) {
                    let attribute = self.attribute(item)?;
                    attributes.push(attribute);
                }
            }
            Kind::Object(members) => {
                self.notes.add(|| {
                    format!("{what} are an object, not a list of keys and values; they were taken as they stand")
                });
                for (key, value) in members {
                    let key = self.own("a key", key);
                    let value = self.top(&format!("attribute {key:?}"), |builder| builder.bare(value, 0))?;
                    attributes.push((key, value));
                }
            }
            other => return Err(wrong_type(what, "a list", &other)),
        }
        Ok(())
    }

    fn attribute(&mut self, item: Json<'_, '_>) -> Result<(String, AnyValue), Fault> {
        match self.key_value(item, 0) {
            Ok(attribute) => Ok(attribute),
            Err(Unread::Fault(fault)) => Err(fault),
            Err(Unread::TooDeep) => {
                let key = object("an attribute", item)?.filter(|(key, _)| key.read().0 == "key").last();
                let key = key.map(|(_, key)| self.text("an attribute's key", key)).transpose()?.unwrap_or_default();
                let value = self.too_deep(&format!("attribute {key:?}"));
                Ok((key, value))
            }
        }
    }

    fn key_value(&mut self, item: Json<'_, '_>, depth: u32) -> Result<(String, AnyValue), Unread> {
        let (mut key, mut value) = (String::new(), AnyValue::Null);
        for (name, member) in object("an attribute", item)? {
            match &*name.read().0 {
                "key" if !member.is_null() => key = self.text("an attribute's key", member)?,
                "value" => value = self.value(member, depth)?,
                _ => {}
            }
        }
        Ok((key, value))
    }

    /// Reads a value that stands alone, such as a log's body.
    pub(super) fn body(&mut self, what: &str, value: Json<'_, '_>) -> Result<AnyValue, Fault> {
        self.top(what, |builder| builder.value(value, 0))
    }

    fn top(&mut self, what: &str, read: impl FnOnce(&mut Self) -> Result<AnyValue, Unread>) -> Result<AnyValue, Fault> {
        match read(self) {
            Ok(value) => Ok(value),
            Err(Unread::Fault(fault)) => Err(fault),
            Err(Unread::TooDeep) => Ok(self.too_deep(what)),
        }
    }

    fn too_deep(&mut self, what: &str) -> AnyValue {
        let depth = self.depth;
        self.notes.add(|| format!("{what} is nested deeper than {depth} levels; it stands as a text saying so"));
        AnyValue::Str(too_deep_text(depth))
    }

    /// Reads an `AnyValue`, or a bare value where one stands in its place.
    fn value(&mut self, value: Json<'_, '_>, depth: u32) -> Result<AnyValue, Unread> {
        if depth > self.depth {
            return Err(Unread::TooDeep);
        }
        let members = match value.kind() {
            Kind::Null => return Ok(AnyValue::Null),
            Kind::Object(members) => members,
            _ => {
                self.notes
                    .add(|| "a value stands bare, without `stringValue` or another type; it was taken as it is".into());
                return self.bare(value, depth);
            }
        };
        let mut read = AnyValue::Null;
        for (name, member) in members.filter(|(_, member)| !member.is_null()) {
            read = match &*name.read().0 {
                "stringValue" | "string_value" => {
                    let text = self.text("a stringValue", member).map(AnyValue::Str);
                    self.or_bare(text, member, depth)?
                }
                "boolValue" | "bool_value" => self.or_bare(boolean(member).map(AnyValue::Bool), member, depth)?,
                "intValue" | "int_value" => {
                    self.or_bare(int("an intValue", member).map(AnyValue::Int), member, depth)?
                }
                "doubleValue" | "double_value" => self.or_bare(number(member).map(AnyValue::Double), member, depth)?,
                "bytesValue" | "bytes_value" => {
                    self.or_bare(base64_bytes(member).map(AnyValue::Bytes), member, depth)?
                }
                "arrayValue" | "array_value" => {
                    let mut values = Vec::new();
                    for item in entries("an arrayValue", member)? {
                        values.push(self.value(item, depth + 1)?);
                    }
                    AnyValue::Array(values)
                }
                "kvlistValue" | "kvlist_value" => {
                    let mut map = Vec::new();
                    for item in entries("a kvlistValue", member)?.filter(|item| !item.is_null()) {
                        map.push(self.key_value(item, depth + 1)?);
                    }
                    AnyValue::Map(map)
                }
                _ => continue,
            };
        }
        Ok(read)
    }

    /// Returns what was read, or what stands there where that is no value of its type: one value costs no span.
    fn or_bare(&mut self, read: Result<AnyValue, Fault>, value: Json<'_, '_>, depth: u32) -> Result<AnyValue, Unread> {
        read.or_else(|fault| {
            self.notes.add(|| format!("{fault}; it was taken as it stands"));
            self.bare(value, depth)
        })
    }

    /// Reads JSON that stands where an `AnyValue` should.
    fn bare(&mut self, value: Json<'_, '_>, depth: u32) -> Result<AnyValue, Unread> {
        if depth > self.depth {
            return Err(Unread::TooDeep);
        }
        self.bare_items += BARE_WEIGHT;
        if self.bare_items > self.bare_limit {
            return Err(Unread::Fault("there are more bare values than a request may hold".to_owned()));
        }
        Ok(match value.kind() {
            Kind::Null => AnyValue::Null,
            Kind::Bool(value) => AnyValue::Bool(value),
            Kind::Number(number) => match number.parse() {
                Ok(number) => AnyValue::Int(number),
                // What no float holds keeps its digits.
                Err(_) => match double(number).filter(|number| number.is_finite()) {
                    Some(number) => AnyValue::Double(number),
                    None => AnyValue::Str(number.to_owned()),
                },
            },
            Kind::Text(text) => AnyValue::Str(self.own("a text value", text)),
            Kind::List(items) => {
                AnyValue::Array(items.map(|item| self.bare(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Kind::Object(members) => {
                let mut map = Vec::new();
                for (key, value) in members {
                    map.push((self.own("a key", key), self.bare(value, depth + 1)?));
                }
                AnyValue::Map(map)
            }
        })
    }

    /// Reads the members of a `ResourceSpans` (or `ResourceLogs`) that describe the resource. What cannot be read is noted and
    /// left out, so that it costs no span.
    pub(super) fn resource(&mut self, envelope: Json<'_, '_>) -> Resource {
        let mut resource = Resource::default();
        self.each(envelope, |builder, name, value| {
            match name {
                "resource" => builder.each(value, |builder, name, value| {
                    match name {
                        "attributes" => builder.attributes("attributes", value, &mut resource.attributes)?,
                        "droppedAttributesCount" | "dropped_attributes_count" => {
                            resource.dropped_attributes = int("droppedAttributesCount", value)?;
                        }
                        _ => {}
                    }
                    Ok(())
                }),
                "schemaUrl" | "schema_url" => resource.schema_url = builder.text("schemaUrl", value)?,
                _ => {}
            }
            Ok(())
        });
        resource
    }

    /// Reads the members of a `ScopeSpans` (or `ScopeLogs`) that describe the scope; total, as [`Self::resource`].
    pub(super) fn scope(&mut self, envelope: Json<'_, '_>) -> Scope {
        let mut scope = Scope::default();
        self.each(envelope, |builder, name, value| {
            match name {
                // `instrumentationLibrary` until opentelemetry-proto 0.15.
                "scope" | "instrumentationLibrary" | "instrumentation_library" => {
                    builder.each(value, |builder, name, value| {
                        match name {
                            "name" => scope.name = builder.text("name", value)?,
                            "version" => scope.version = builder.text("version", value)?,
                            "attributes" => builder.attributes("attributes", value, &mut scope.attributes)?,
                            "droppedAttributesCount" | "dropped_attributes_count" => {
                                scope.dropped_attributes = int("droppedAttributesCount", value)?;
                            }
                            _ => {}
                        }
                        Ok(())
                    });
                }
                "schemaUrl" | "schema_url" => scope.schema_url = builder.text("schemaUrl", value)?,
                _ => {}
            }
            Ok(())
        });
        scope
    }

    fn each(&mut self, value: Json<'_, '_>, mut read: impl FnMut(&mut Self, &str, Json<'_, '_>) -> Result<(), Fault>) {
        let Kind::Object(members) = value.kind() else { return };
        for (name, value) in members.filter(|(_, value)| !value.is_null()) {
            if let Err(fault) = read(self, &name.read().0, value) {
                self.notes.add(|| format!("{fault}; this part was left out"));
            }
        }
    }
}

pub(super) fn wrong_type(what: &str, wanted: &str, kind: &Kind<'_, '_>) -> Fault {
    let found = match kind {
        Kind::Null => "null",
        Kind::Bool(_) => "a truth value",
        Kind::Number(_) => "a number",
        Kind::Text(_) => "a text",
        Kind::List(_) => "a list",
        Kind::Object(_) => "an object",
    };
    format!("{what} must be {wanted}, not {found}")
}

pub(super) fn object<'d, 'a>(what: &str, value: Json<'d, 'a>) -> Result<Members<'d, 'a>, Fault> {
    match value.kind() {
        Kind::Object(members) => Ok(members),
        other => Err(wrong_type(what, "an object", &other)),
    }
}

pub(super) fn list<'d, 'a>(what: &str, value: Json<'d, 'a>) -> Result<Items<'d, 'a>, Fault> {
    match value.kind() {
        Kind::List(items) => Ok(items),
        other => Err(wrong_type(what, "a list", &other)),
    }
}

/// Returns the entries of `{"values": […]}`; there are none where `values` is left out, as printers do with empty lists.
fn entries<'d, 'a>(what: &str, value: Json<'d, 'a>) -> Result<impl Iterator<Item = Json<'d, 'a>>, Fault> {
    let values = object(what, value)?.filter(|(name, value)| name.read().0 == "values" && !value.is_null()).last();
    let values = values.map(|(_, values)| list("values", values)).transpose()?;
    Ok(values.into_iter().flatten())
}

/// Returns a whole number that fits the field, written as a number, as a text, or in two halves.
pub(super) fn int<T: TryFrom<i128>>(what: &str, value: Json<'_, '_>) -> Result<T, Fault> {
    let parsed = match value.kind() {
        Kind::Number(number) => integer(number),
        Kind::Text(text) => integer(&text.read().0),
        Kind::Object(members) => {
            Some(halves(members).ok_or_else(|| wrong_type(what, "a whole number", &value.kind()))?)
        }
        other => return Err(wrong_type(what, "a whole number", &other)),
    };
    parsed.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
        let written: String = String::from_utf8_lossy(value.raw()).chars().take(40).collect();
        format!("{what} is {written}, which is no whole number of its size")
    })
}

/// Returns the number that JavaScript's `Long` keeps in two halves: `{"low":3,"high":0,"unsigned":false}`, as protobuf.js writes it.
fn halves(members: Members<'_, '_>) -> Option<i128> {
    // A half is a number: an object in its place, and one in that, would be walked on the stack.
    let half = |value: Json<'_, '_>| match value.kind() {
        Kind::Number(number) => {
            integer(number).and_then(|number| i64::try_from(number).ok()).map(|number| number as u32)
        }
        _ => None,
    };
    let (mut low, mut high, mut unsigned) = (None, None, false);
    for (name, value) in members {
        match &*name.read().0 {
            "low" => low = Some(half(value)?),
            "high" => high = Some(half(value)?),
            "unsigned" => unsigned = matches!(value.kind(), Kind::Bool(true)),
            _ => return None,
        }
    }
    let number = u64::from(high?) << 32 | u64::from(low?);
    Some(if unsigned { i128::from(number) } else { i128::from(number as i64) })
}

/// Returns the number of an enum, written as a number or as a name: `SPAN_KIND_CLIENT`, `client`.
pub(super) fn enumeration(what: &str, prefix: &str, names: &[&str], value: Json<'_, '_>) -> Result<i32, Fault> {
    if let Kind::Text(text) = value.kind() {
        let name = text.read().0.to_ascii_uppercase();
        let name = name.strip_prefix(prefix).unwrap_or(&name);
        if let Some(number) = names.iter().position(|known| *known == name) {
            return Ok(number as i32);
        }
    }
    int(what, value)
}

pub(super) fn number(value: Json<'_, '_>) -> Result<f64, Fault> {
    match value.kind() {
        Kind::Number(number) => double(number),
        Kind::Text(text) => double(&text.read().0),
        other => return Err(wrong_type("a doubleValue", "a number", &other)),
    }
    .ok_or_else(|| "a doubleValue is a text that is no number".to_owned())
}

fn boolean(value: Json<'_, '_>) -> Result<bool, Fault> {
    match value.kind() {
        Kind::Bool(value) => Ok(value),
        Kind::Text(text) if text.read().0 == "true" => Ok(true),
        Kind::Text(text) if text.read().0 == "false" => Ok(false),
        other => Err(wrong_type("a boolValue", "a truth value", &other)),
    }
}

const BASE64: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Returns bytes from base64 of either alphabet, padded or not.
pub(in crate::decode) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let alphabet = if text.contains(['-', '_']) { &base64::alphabet::URL_SAFE } else { &base64::alphabet::STANDARD };
    GeneralPurpose::new(alphabet, BASE64).decode(text).ok()
}

fn base64_bytes(value: Json<'_, '_>) -> Result<Vec<u8>, Fault> {
    match value.kind() {
        Kind::Text(text) => from_base64(&text.read().0).ok_or_else(|| "a bytesValue is not base64".to_owned()),
        other => Err(wrong_type("a bytesValue", "a text in base64", &other)),
    }
}
