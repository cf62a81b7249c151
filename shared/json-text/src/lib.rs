//! Values as JSON text, letter for letter as `serde_json` writes them. A crate of its own, and with no generic code
//! where the work is done, because a profile's `opt-level` is a crate's: the library's writer is compiled where it is
//! used, for size there, and then takes four times as long, which was an eighth of listing fifty messages.

mod string;

use serde::ser::{self, Serialize};

/// What is enough for most answers, in bytes.
const ROOM: usize = 2048;

/// What a value is as JSON. Fails for a map whose keys are no texts, and where the value says so itself.
pub fn text(value: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    let mut writer = Writer {
        text: String::with_capacity(ROOM),
    };
    value.serialize(&mut writer)?;
    Ok(writer.text)
}

/// Why a value can't be written: a mistake of the program's.
#[derive(Debug)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl ser::Error for Error {
    fn custom<T: std::fmt::Display>(told: T) -> Self {
        Error(told.to_string())
    }
}

/// The text as far as it has got.
struct Writer {
    text: String,
}

impl Writer {
    /// Before another member of what is open: a comma, if it isn't the first. What was opened ends in its bracket, and
    /// no value does.
    fn next(&mut self) {
        if !matches!(self.text.as_bytes().last(), Some(b'[' | b'{')) {
            self.text.push(',');
        }
    }

    /// The name of the next member.
    fn name(&mut self, name: &str) {
        self.next();
        string::write(&mut self.text, name);
        self.text.push(':');
    }

    /// Opens what ends with `end`.
    fn open(&mut self, begin: char, end: &'static str) -> Open<'_> {
        self.text.push(begin);
        Open { writer: self, end }
    }

    /// As [`Writer::open`], as a variant's value.
    fn open_variant(&mut self, variant: &str, begin: char, end: &'static str) -> Open<'_> {
        self.variant(variant);
        self.open(begin, end)
    }

    fn variant(&mut self, variant: &str) {
        self.text.push('{');
        self.name(variant);
    }

    fn signed(&mut self, integer: i64) {
        self.text.push_str(itoa::Buffer::new().format(integer));
    }

    fn unsigned(&mut self, integer: u64) {
        self.text.push_str(itoa::Buffer::new().format(integer));
    }

    fn double(&mut self, number: f64) {
        if number.is_finite() {
            self.text
                .push_str(zmij::Buffer::new().format_finite(number));
        } else {
            self.text.push_str("null");
        }
    }
}

/// An array or object whose members are being written.
struct Open<'a> {
    writer: &'a mut Writer,
    end: &'static str,
}

impl Open<'_> {
    fn close(self) {
        self.writer.text.push_str(self.end);
    }
}

/// Numbers that are written as the widest of their kind.
macro_rules! wider {
    ($($($name:ident($number:ty)),+ as $widest:ident;)+) => {
        $($(fn $name(self, number: $number) -> Result<(), Error> {
            self.$widest(number.into())
        })+)+
    };
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    fn serialize_bool(self, truth: bool) -> Result<(), Error> {
        self.text.push_str(if truth { "true" } else { "false" });
        Ok(())
    }

    wider! {
        serialize_i8(i8), serialize_i16(i16), serialize_i32(i32) as serialize_i64;
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32) as serialize_u64;
        serialize_f32(f32) as serialize_f64;
    }

    fn serialize_i64(self, integer: i64) -> Result<(), Error> {
        self.signed(integer);
        Ok(())
    }

    fn serialize_u64(self, integer: u64) -> Result<(), Error> {
        self.unsigned(integer);
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Error> {
        self.double(number);
        Ok(())
    }

    fn serialize_char(self, letter: char) -> Result<(), Error> {
        self.serialize_str(letter.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        string::write(&mut self.text, text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.text.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, Error> {
        Ok(self.open('[', "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, Error> {
        Ok(self.open('[', "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Error> {
        Ok(self.open('[', "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Error> {
        Ok(self.open_variant(variant, '[', "]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, Error> {
        Ok(self.open('{', "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Error> {
        Ok(self.open('{', "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Error> {
        Ok(self.open_variant(variant, '{', "}}"))
    }
}

impl ser::SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.writer.next();
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.writer.next();
        let from = self.writer.text.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.text.as_bytes().get(from) {
            Some(b'"') => Ok(()),
            _ => Err(Error("a map's key is no text".to_owned())),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.writer.text.push(':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Open<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.writer.name(name);
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

/// What is written as [`ser::SerializeSeq`] or [`ser::SerializeStruct`] is, under another trait's name.
macro_rules! as_well {
    ($kind:ident, $member:ident as $other:ident :: $as:ident $(, $name:ident)?) => {
        impl ser::$kind for Open<'_> {
            type Ok = ();
            type Error = Error;

            fn $member<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), Error> {
                ser::$other::$as(self, $($name,)? value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    };
}

as_well!(
    SerializeTuple,
    serialize_element as SerializeSeq::serialize_element
);
as_well!(
    SerializeTupleStruct,
    serialize_field as SerializeSeq::serialize_element
);
as_well!(
    SerializeTupleVariant,
    serialize_field as SerializeSeq::serialize_element
);
as_well!(
    SerializeStructVariant,
    serialize_field as SerializeStruct::serialize_field,
    name
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::{Map, Value};

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let one = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\x00-\\x7f]{0,40}".prop_map(Value::from),
        ];
        one.prop_recursive(4, 64, 8, |value| {
            prop_oneof![
                prop::collection::vec(value.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), value, 0..8)
                    .prop_map(|members| Value::from(Map::from_iter(members))),
            ]
        })
    }

    #[derive(Serialize)]
    struct Nothing;

    #[derive(Serialize)]
    struct Within(u8);

    #[derive(Serialize)]
    struct Two(i8, i16);

    #[derive(Serialize)]
    enum Any {
        Unit,
        Within(f32),
        Tuple(i32, Option<u16>, u32),
        Empty {},
        #[serde(rename = "it's \"so\"")]
        Struct {
            letter: char,
            nothing: Nothing,
        },
    }

    #[derive(Serialize)]
    struct All<'a> {
        units: [Any; 2],
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<()>,
        of: &'a BTreeMap<String, Any>,
        two: Two,
        within: Within,
        unit: (),
        pair: (bool, &'a str),
        #[serde(flatten)]
        more: BTreeMap<String, Vec<Any>>,
    }

    proptest! {
        #[test]
        fn every_value_is_written_as_the_library_writes_it(value in values()) {
            prop_assert_eq!(text(&value).ok(), serde_json::to_string(&value).ok());
        }

        #[test]
        fn what_may_not_stand_in_a_string_is_escaped_wherever_it_stands(before in "[a-zö]{0,20}", byte in 0u8..0x80, after in ".{0,20}") {
            let value = format!("{before}{}{after}", char::from(byte));
            prop_assert_eq!(text(&value).ok(), serde_json::to_string(&value).ok());
        }
    }

    #[test]
    fn every_kind_of_type_is_written_as_the_library_writes_it() {
        let any = || Any::Struct {
            letter: 'ö',
            nothing: Nothing,
        };
        let of = BTreeMap::from([
            ("a".to_owned(), Any::Within(-0.5)),
            ("b".to_owned(), Any::Within(f32::NAN)),
            ("c".to_owned(), Any::Tuple(i32::MIN, None, 7)),
            ("d".to_owned(), Any::Tuple(1, Some(2), u32::MAX)),
            ("e".to_owned(), Any::Empty {}),
            ("f".to_owned(), any()),
        ]);
        let all = All {
            units: [Any::Unit, Any::Unit],
            left_out: None,
            of: &of,
            two: Two(-1, 300),
            within: Within(255),
            unit: (),
            pair: (true, "\u{2028}\u{7f}"),
            more: BTreeMap::from([
                ("g".to_owned(), vec![]),
                ("h".to_owned(), vec![any(), Any::Unit]),
            ]),
        };
        assert_eq!(text(&all).ok(), serde_json::to_string(&all).ok());
        assert_eq!(
            text(&[f64::INFINITY, 1e21, 1.0, 5e-324]).ok(),
            serde_json::to_string(&[f64::INFINITY, 1e21, 1.0, 5e-324]).ok()
        );
    }

    #[test]
    fn a_map_whose_keys_are_no_texts_is_refused() {
        let error = text(&BTreeMap::from([(vec![1], 2)])).map_err(|error| error.to_string());
        assert_eq!(error, Err("a map's key is no text".to_owned()));
    }
}
