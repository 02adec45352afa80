//! JSON objects of requests, read so that nothing in them can be taken two ways.

use serde_json::{Map, Value};

use super::strict_json::{self, Unreadable};

/// How deep objects and arrays may nest, the outermost counted.
pub const DEPTH: usize = 16;

/// The members of an object that was sent, taken out one by one. A member that is `null` is as if
/// it were absent.
#[derive(Debug)]
pub struct JsonObject(Map<String, Value>);

/// What is wrong with an object that was sent. Repeats nothing of what was sent: it may be a secret
/// in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadJson {
    /// It breaks the grammar, or is no UTF-8.
    #[error("The body is not JSON in UTF-8: see line {line}, column {column}.")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// Brackets within brackets within brackets.
    #[error("The body nests deeper than {DEPTH} levels.")]
    TooDeep,
    /// Two readers could take the body two ways (RFC 8259 §4).
    #[error("An object in the body has two members of one name.")]
    Repeated,
    /// A number would not be kept as it was sent.
    #[error(
        "A number in the body is too large: integers go from -9223372036854775808 to \
         18446744073709551615, others to 1.7e308."
    )]
    TooLarge,
    /// It is JSON, but no object.
    #[error("The body must be a JSON object.")]
    NotAnObject,
    /// A member that has to be there is not.
    #[error("{0} is missing.")]
    Missing(&'static str),
    /// A member cannot be what it is.
    #[error("{0} must be {1}.")]
    Wrong(&'static str, &'static str),
    /// There are members that nobody here knows.
    #[error("The body has a member that is not known here. Known are {0}.")]
    Unknown(&'static str),
}

impl JsonObject {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// [`BadJson`] for what is no JSON, nests too deep, repeats a member, has a number that is too
    /// large or is no object.
    pub fn parse(text: &[u8]) -> Result<Self, BadJson> {
        let read = strict_json::read(text, DEPTH).map_err(|fault| match fault {
            // The reader has no other word for what no float can hold.
            Unreadable::NotJson(error) if error.to_string().starts_with("number out of range") => {
                BadJson::TooLarge
            }
            Unreadable::NotJson(error) => {
                BadJson::NotJson { line: error.line(), column: error.column() }
            }
            Unreadable::TooDeep => BadJson::TooDeep,
        })?;
        match read.value {
            _ if !read.repeats.is_empty() => Err(BadJson::Repeated),
            _ if !read.is_exact => Err(BadJson::TooLarge),
            Value::Object(members) => Ok(Self(members)),
            _ => Err(BadJson::NotAnObject),
        }
    }

    /// Takes a member, unless it is absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a text that `fits`.
    ///
    /// # Errors
    ///
    /// [`BadJson::Wrong`] with `what` it must be.
    pub fn text(
        &mut self,
        (name, what): (&'static str, &'static str),
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, BadJson> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if fits(&text) => Ok(Some(text)),
            Some(_) => Err(BadJson::Wrong(name, what)),
        }
    }

    /// Makes sure that nothing is left; `known` are the names of the members there are.
    ///
    /// # Errors
    ///
    /// [`BadJson::Unknown`].
    pub fn finish(self, known: &'static str) -> Result<(), BadJson> {
        // A member that was taken is gone, and one that is null was looked at.
        if self.0.is_empty() { Ok(()) } else { Err(BadJson::Unknown(known)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
    }

    #[test]
    fn members_are_taken_out_and_null_is_none() {
        let mut object = JsonObject::parse(br#"{"a":"x","b":null,"c":[1,-1,0.5,true]}"#).unwrap();

        assert_eq!(object.text(("a", "a text"), |_| true), Ok(Some("x".to_owned())));
        assert_eq!(object.text(("b", "a text"), |_| true), Ok(None));
        assert_eq!(object.text(("c", "a text"), |_| true), Err(BadJson::Wrong("c", "a text")));
        assert_eq!(object.finish("a, b, c"), Ok(()));
    }

    #[test]
    fn what_is_left_is_unknown() {
        let object = JsonObject::parse(br#"{"x":1}"#).unwrap();

        assert_eq!(object.finish("a, b"), Err(BadJson::Unknown("a, b")));
    }

    #[test]
    fn a_name_stands_once_in_every_object() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert_eq!(
                JsonObject::parse(text.as_bytes()).unwrap_err(),
                BadJson::Repeated,
                "{text}"
            );
        }
    }

    #[test]
    fn integers_fit_64_bits_and_are_kept() {
        for number in [
            "18446744073709551615",
            "-9223372036854775808",
            "1e30",
            "18446744073709551616.0",
            "-9223372036854775809E0",
            "0",
            "-0",
        ] {
            let text =
                format!(r#"{{"\\\"99999999999999999999":["99999999999999999999",{number}]}}"#);
            assert!(JsonObject::parse(text.as_bytes()).is_ok(), "{text}");
        }
        for number in ["18446744073709551616", "-9223372036854775809", &"9".repeat(400), "1e999"] {
            for text in
                [format!(r#"{{"a":"\\","b":{number}}}"#), format!(r#"{{"a":[[{number} ]]}}"#)]
            {
                let refused = JsonObject::parse(text.as_bytes()).unwrap_err();
                assert_eq!(refused, BadJson::TooLarge, "{text}");
            }
        }
    }

    #[test]
    fn sixteen_levels_are_taken_and_no_more() {
        assert!(JsonObject::parse(nested(DEPTH).as_bytes()).is_ok());
        for levels in [DEPTH + 1, 10_000] {
            let refused = JsonObject::parse(nested(levels).as_bytes()).unwrap_err();
            assert_eq!(refused, BadJson::TooDeep);
        }
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place() {
        for (text, line, column) in
            [(&b"{\n x"[..], 2, 2), (b"{} {}", 1, 4), (b"", 1, 0), (b"{\"a\":\"\xff\"}", 1, 7)]
        {
            let refused = JsonObject::parse(text).unwrap_err();
            assert_eq!(refused, BadJson::NotJson { line, column }, "{text:?}");
        }
        assert_eq!(JsonObject::parse(b"[]").unwrap_err(), BadJson::NotAnObject);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = JsonObject::parse(&bytes);
        }
    }
}
