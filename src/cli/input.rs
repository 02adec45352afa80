//! What this process reads: standard input, files, and what a person types.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
};

use crate::model::secret::Secret;

use super::{
    problem::{Exit, Problem},
    source::Source,
};

/// The most that is read from standard input or a file, in bytes: far more than any secret, token
/// or key set has.
pub(super) const READ_LIMIT: u64 = 128 * 1024;

/// Reads this process's standard input, or a file as it sees it.
pub(super) async fn read(source: Source) -> Result<Secret, Problem> {
    read_up_to(READ_LIMIT, source).await.map(|(text, _)| text)
}

/// The same, for so many bytes at most. Tells too whether it is a file that every user may read.
pub(super) async fn read_up_to(limit: u64, source: Source) -> Result<(Secret, bool), Problem> {
    let name = source.to_string();
    let read = tokio::task::spawn_blocking(move || match source {
        Source::StandardInput => read_limited(limit, io::stdin().lock()).map(|text| (text, false)),
        Source::File(path) => {
            let file = File::open(path)?;
            let is_open = is_open(&file)?;
            read_limited(limit, file).map(|text| (text, is_open))
        }
        Source::PrivateFile(path) => {
            let file = File::open(path).and_then(private)?;
            read_limited(limit, file).map(|text| (text, false))
        }
    });
    let read = read.await.map_err(io::Error::other).and_then(|read| read);
    read.map_err(|error| {
        Problem::new(Exit::Unreachable, format!("can't read {name}")).said(error.to_string())
    })
}

/// Whether every user may read, or change, a file.
pub(super) fn is_open(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().mode() & 0o007 != 0)
}

/// Refuses a file that every user may read.
fn private(file: File) -> io::Result<File> {
    if is_open(&file)? {
        let text = "it is open to every user; chmod 600 it, if nobody has read it yet";
        return Err(io::Error::other(text));
    }
    Ok(file)
}

/// Asks a question at this process's terminal.
pub(super) async fn ask(question: String) -> Result<String, Problem> {
    let asked = tokio::task::spawn_blocking(move || {
        io::stderr().write_all(question.as_bytes())?;
        let mut typed = String::new();
        io::stdin().read_line(&mut typed).map(|_| typed)
    });
    let asked = asked.await.map_err(io::Error::other).and_then(|asked| asked);
    asked.map_err(|error| {
        Problem::new(Exit::Unreachable, "can't read the answer").said(error.to_string())
    })
}

/// Reads text without the newline at its end, and refuses more than anybody needs.
pub(super) fn read_limited(limit: u64, from: impl Read) -> io::Result<Secret> {
    let mut text = String::new();
    from.take(limit + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > limit) {
        return Err(io::Error::other(format!("there are more than {limit} bytes")));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newline_at_the_end_does_not_count() {
        let read =
            |text: &str| read_limited(READ_LIMIT, text.as_bytes()).unwrap().expose().to_owned();

        assert_eq!(read("a b \r\n"), "a b ");
        assert_eq!(read("a\nb"), "a\nb");
    }

    #[test]
    fn more_than_anybody_needs_is_refused() {
        let limit = usize::try_from(READ_LIMIT).unwrap();

        let read = |bytes: &[u8]| read_limited(READ_LIMIT, bytes);

        assert!(read("x".repeat(limit).as_bytes()).is_ok());
        assert!(read("x".repeat(limit + 1).as_bytes()).is_err());
        assert!(read(b"\xff").is_err());
    }
}
