//! Where the master key comes from, and how it is written.

use std::{fmt, path::PathBuf};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::fault::Wrong;
use crate::model::secret::Random;

/// How to come by a master key.
pub const HOW_TO_MAKE_ONE: &str = "make one with openssl rand -base64 32 and put it in \
     TESSERA_KEYS__MASTER, or in a file named by TESSERA_KEYS__MASTER_FILE";

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Where the master key is to be found.
#[derive(Debug, Clone)]
pub enum MasterSource {
    /// In a file beside the SQLite database, made on the first start.
    BesideStore,
    /// Here.
    Value(MasterBytes),
    /// In this file, as text for [`MasterBytes::decode`]. Nobody has looked at it yet.
    File(PathBuf),
}

/// The 32 bytes of the master key, wiped from memory when dropped.
///
/// It has no `Display` and its `Debug` shows nothing; [`MasterBytes::expose`] is the one way out.
#[derive(Clone)]
pub struct MasterBytes(Zeroizing<[u8; 32]>);

impl MasterBytes {
    /// Reads base64 of 32 bytes, in the standard or the URL-safe alphabet, with or without padding.
    /// Spaces and newlines around it don't count.
    ///
    /// # Errors
    ///
    /// What is wrong with `text`, to be read after the name of the setting. It never repeats
    /// anything of the text.
    pub fn decode(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let engine = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
        let bytes = engine.decode(text).map(Zeroizing::new).map_err(|_| "is not base64")?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| "is not 32 bytes long once decoded")?;
        if bytes == [0; 32] {
            return Err("is all zeros, which is no key");
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// Draws a new key.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(Zeroizing::new(random.bytes::<32>()))
    }

    /// The bytes, for sealing and opening only.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterBytes(…)")
    }
}

impl MasterSource {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        match text.strip_prefix("file:") {
            Some("") => Err(Wrong::new("names no file", "write file:PATH")),
            Some(path) => Ok(Self::File(PathBuf::from(path))),
            None if text.is_empty() => Ok(Self::BesideStore),
            None => MasterBytes::decode(text)
                .map(Self::Value)
                .map_err(|problem| Wrong::new(problem, HOW_TO_MAKE_ONE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes whose base64 needs both letters in which the alphabets differ.
    const BYTES: [u8; 32] = [0xFB; 32];
    const PADDED: &str = "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=";

    #[test]
    fn both_alphabets_are_read_with_and_without_padding() {
        let url_safe = PADDED.replace('+', "-").replace('/', "_");

        for text in
            [PADDED, PADDED.trim_end_matches('='), &url_safe, url_safe.trim_end_matches('=')]
        {
            assert_eq!(*MasterBytes::decode(text).unwrap().expose(), BYTES);
        }
        assert!(MasterBytes::decode(&format!(" {PADDED}\n")).is_ok());
    }

    #[test]
    fn what_is_no_master_key_is_refused_without_repeating_it() {
        for (text, problem) in [
            ("hunter2!", "is not base64"),
            ("+/v7-_v7", "is not base64"),
            ("AAAA", "is not 32 bytes long once decoded"),
            (&"AAAA".repeat(11), "is not 32 bytes long once decoded"),
        ] {
            assert_eq!(MasterBytes::decode(text).unwrap_err(), problem);
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let master = MasterSource::parse(PADDED).unwrap();

        assert_eq!(format!("{master:?}"), "Value(MasterBytes(…))");
    }

    #[test]
    fn a_file_is_named_and_not_opened() {
        let master = MasterSource::parse("file:/run/secrets/none").unwrap();
        assert!(matches!(master, MasterSource::File(path) if path == *"/run/secrets/none"));

        assert!(matches!(MasterSource::parse("").unwrap(), MasterSource::BesideStore));
        assert_eq!(MasterSource::parse("file:").unwrap_err().problem, "names no file");
    }
}
