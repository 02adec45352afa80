//! What the two sides say to each other: one JSON value a line.

use std::io;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::cli::{facts::Facts, source::Source};

/// The longest line, in bytes.
pub(super) const FRAME_LIMIT: u64 = 1024 * 1024;

/// The longest answer to a wish, in bytes: a declared file and all that it names, as JSON.
pub(super) const REPLY_LIMIT: u64 = 64 * 1024 * 1024;

/// A command, handed over to the owner of the store.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::cli) struct HandedOver {
    /// The version of the program it was typed at.
    pub(in crate::cli) version: String,
    /// The arguments, the program's name first.
    pub(in crate::cli) arguments: Vec<String>,
    /// The terminal it was typed at.
    pub(in crate::cli) facts: Facts,
}

/// What the owner wants of the one who handed a command over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// Write this to standard output.
    Out(String),
    /// Write this to standard output, and tell what to do if that fails: it is shown only once.
    Once(String, String),
    /// Write this to standard error.
    Err(String),
    /// Read this and send it.
    Read(Source),
    /// Read this declared file, and whatever it names outside itself, and send all of it.
    Gather(Source),
    /// Ask the person this and send what they typed.
    Ask(String),
    /// End with this code.
    Exit(u8),
}

/// The answer to [`Wish::Read`], [`Wish::Gather`] or [`Wish::Ask`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// What was read or typed.
    Text(String),
    /// It could not be read: what failed, and what the system said.
    Failed(String, String),
}

/// Reads one frame of at most `limit` bytes; `None` if the other side has gone.
pub(super) async fn read_frame<T: DeserializeOwned>(
    limit: u64,
    from: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    from.take(limit).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        // Too long, or cut off in the middle.
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Writes one frame.
pub(super) async fn write_frame(
    to: &mut (impl AsyncWrite + Unpin),
    frame: &impl Serialize,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(frame)?;
    line.push(b'\n');
    to.write_all(&line).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_frame_is_read_as_it_was_written() {
        let mut wire = Vec::new();
        write_frame(&mut wire, &Wish::Out("a\nb".to_owned())).await.unwrap();
        write_frame(&mut wire, &Wish::Exit(3)).await.unwrap();
        let mut reader = wire.as_slice();

        assert!(
            matches!(read_frame(FRAME_LIMIT, &mut reader).await, Ok(Some(Wish::Out(text))) if text == "a\nb")
        );
        assert!(matches!(read_frame(FRAME_LIMIT, &mut reader).await, Ok(Some(Wish::Exit(3)))));
        assert!(matches!(read_frame::<Wish>(FRAME_LIMIT, &mut reader).await, Ok(None)));
    }

    #[tokio::test]
    async fn a_frame_that_is_cut_off_or_too_long_is_refused() {
        let long = vec![b' '; usize::try_from(FRAME_LIMIT).unwrap() + 1];

        for wire in [&b"{\"exit\":3}"[..], &long, b"{}\n", b"\xff\n"] {
            let mut reader = wire;
            assert!(read_frame::<Wish>(FRAME_LIMIT, &mut reader).await.is_err());
        }
    }
}
