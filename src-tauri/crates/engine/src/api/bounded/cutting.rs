//! Writes an answer as JSON with its long texts cut, or one value of it alone, without ever copying the others whole: an answer may
//! hold a hundred megabytes of text.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde_json::value::Serializer as Plain;
use serde_json::{Error, Map, Value};
use spanglass_trace::json::point_below;

/// Cuts texts over `longest` bytes to `kept`, and notes their pointers and lengths.
pub(super) struct Cutting<'c> {
    /// The pointer of the one value that is wanted: beside the way to it stands null. `None` = everything is.
    pub(super) only: Option<&'c str>,
    pub(super) longest: usize,
    pub(super) kept: usize,
    pub(super) cut: &'c mut BTreeMap<String, u64>,
    pub(super) pointer: &'c mut String,
}

impl Cutting<'_> {
    /// Returns the value at a key below.
    fn below<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<Value, Error> {
        let length = self.pointer.len();
        point_below(self.pointer, key);
        let Self { only, longest, kept, .. } = *self;
        let written = match only {
            Some(only) if !is_on_the_way(self.pointer, only) => Ok(Value::Null),
            _ => value.serialize(Cutting { only, longest, kept, cut: self.cut, pointer: self.pointer }),
        };
        self.pointer.truncate(length);
        written
    }
}

/// Says whether a pointer leads to what another points at, or into it.
fn is_on_the_way(pointer: &str, to: &str) -> bool {
    let (short, long) = if pointer.len() < to.len() { (pointer, to) } else { (to, pointer) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Values in a list; of a variant with its name around them.
pub(super) struct List<'c> {
    cutting: Cutting<'c>,
    values: Vec<Value>,
    variant: Option<&'static str>,
}

impl List<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let at = self.values.len().to_string();
        let value = self.cutting.below(&at, value)?;
        self.values.push(value);
        Ok(())
    }

    fn finish(self) -> Value {
        within(self.variant, Value::Array(self.values))
    }
}

/// Values by key; of a variant with its name around them.
pub(super) struct Fields<'c> {
    cutting: Cutting<'c>,
    fields: Map<String, Value>,
    key: String,
    variant: Option<&'static str>,
}

impl Fields<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        let value = self.cutting.below(key, value)?;
        self.fields.insert(key.to_owned(), value);
        Ok(())
    }

    fn finish(self) -> Value {
        within(self.variant, Value::Object(self.fields))
    }
}

fn within(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(name) => Value::Object(Map::from_iter([(name.to_owned(), value)])),
        None => value,
    }
}

/// Returns the place below a variant's name.
fn named<'c>(cutting: Cutting<'c>, variant: &'static str) -> Cutting<'c> {
    cutting.pointer.push('/');
    cutting.pointer.push_str(variant);
    cutting
}

macro_rules! plainly {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<Value, Error> {
            Plain.$method(value)
        })*
    };
}

impl<'c> Serializer for Cutting<'c> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = List<'c>;
    type SerializeTuple = List<'c>;
    type SerializeTupleStruct = List<'c>;
    type SerializeTupleVariant = List<'c>;
    type SerializeMap = Fields<'c>;
    type SerializeStruct = Fields<'c>;
    type SerializeStructVariant = Fields<'c>;

    plainly! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_str(self, text: &str) -> Result<Value, Error> {
        if text.len() <= self.longest {
            return Ok(Value::String(text.to_owned()));
        }
        self.cut.insert(self.pointer.clone(), text.len() as u64);
        Ok(Value::String(text[..text.floor_char_boundary(self.kept)].to_owned()))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Error> {
        Ok(Value::String(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(within(Some(variant), self.below(variant, value)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'c>, Error> {
        Ok(List { cutting: self, values: Vec::new(), variant: None })
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'c>, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List<'c>, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'c>, Error> {
        Ok(List { cutting: named(self, variant), values: Vec::new(), variant: Some(variant) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'c>, Error> {
        Ok(Fields { cutting: self, fields: Map::new(), key: String::new(), variant: None })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Fields<'c>, Error> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'c>, Error> {
        Ok(Fields { cutting: named(self, variant), fields: Map::new(), key: String::new(), variant: Some(variant) })
    }
}

macro_rules! list {
    ($($trait:ident: $add:ident),*) => {
        $(impl $trait for List<'_> {
            type Ok = Value;
            type Error = Error;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.add(value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.finish())
            }
        })*
    };
}

list!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

macro_rules! fields {
    ($($trait:ident),*) => {
        $(impl $trait for Fields<'_> {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
                self.add(key, value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.finish())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Fields<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match key.serialize(Plain)? {
            Value::String(key) => key,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        self.add(&key, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.finish())
    }
}
