//! The command's side: finding the server, handing over, doing as it wishes.

use std::{io, path::Path};

use tokio::{io::BufReader, net::UnixStream};

use crate::{
    acts::declared::DeclaredFile,
    cli::{
        console::Console,
        input,
        problem::{Exit, Outcome, Problem},
        source::Source,
    },
    model::secret::Secret,
    store::socket_path,
};

use super::{
    frame::{FRAME_LIMIT, HandedOver, Reply, Wish, read_frame, write_frame},
    reachable,
};

/// Reaches the server that has the SQLite file at `database` open. `None` if none takes commands.
///
/// # Errors
///
/// A [`Problem`] if there is one that we may not talk to.
pub(in crate::cli) async fn connect(database: &Path) -> Result<Option<UnixStream>, Problem> {
    let path = socket_path(database);
    let Ok((address, _folder)) = reachable(&path) else { return Ok(None) };
    match UnixStream::connect(address).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(Problem::new(Exit::NotAllowed, "the running server takes no commands from you")
                .tried(path.display().to_string())
                .said(error.to_string())
                .next("run this as the user that the server runs as"))
        }
        Err(_) => Ok(None),
    }
}

/// Hands a command over, and prints, reads and asks as the server wishes.
pub(in crate::cli) async fn hand_over(
    mut server: UnixStream,
    command: &HandedOver,
    console: &mut Console,
) -> Outcome {
    let gone = |error: io::Error| {
        Problem::new(Exit::Unreachable, "the running server broke off")
            .said(error.to_string())
            .next("look whether it is still there and what was done, then try again")
    };
    console.say("through the running server");
    let (from, mut to) = server.split();
    write_frame(&mut to, command).await.map_err(gone)?;
    let mut from = BufReader::new(from);
    loop {
        let wish = read_frame(FRAME_LIMIT, &mut from).await.map_err(gone)?;
        let reply = match wish.ok_or_else(|| gone(io::ErrorKind::UnexpectedEof.into()))? {
            Wish::Exit(code) => return Ok(Exit::from_code(code)),
            Wish::Out(text) => {
                console.write_out(text, None);
                continue;
            }
            Wish::Once(text, remedy) => {
                console.write_out(text, Some(remedy));
                continue;
            }
            Wish::Err(text) => {
                console.write_err(text);
                continue;
            }
            Wish::Read(source) | Wish::Gather(source) if !is_named(&source, &command.arguments) => {
                let what = format!("the running server wants to read {source}");
                return Err(Problem::new(Exit::NotAllowed, what)
                    .said("the command does not name it")
                    .next("find out what has taken the place of the server"));
            }
            Wish::Read(source) => input::read(source).await,
            Wish::Gather(source) => console.gather(&source).await.and_then(|file| packed(&file)),
            Wish::Ask(question) => input::ask(question).await.map(Secret::new),
        };
        write_frame(&mut to, &answer(reply)).await.map_err(gone)?;
    }
}

/// Whether the arguments name what is to be read. The server may be another user's, and what it
/// could not read itself it must not get by asking us.
fn is_named(source: &Source, arguments: &[String]) -> bool {
    let name = match source {
        Source::StandardInput => Some("-"),
        Source::File(path) | Source::PrivateFile(path) => path.to_str(),
    };
    let value = |argument: &str| argument.split_once('=').map(|(_, value)| value.to_owned());
    arguments
        .iter()
        .skip(1)
        .any(|argument| name == Some(argument.as_str()) || name == value(argument).as_deref())
}

/// A declared file for the way through the socket.
fn packed(file: &DeclaredFile) -> Result<Secret, Problem> {
    serde_json::to_string(file).map(Secret::new).map_err(|error| {
        Problem::new(Exit::Unreachable, "can't send the file").said(error.to_string())
    })
}

fn answer(read: Result<Secret, Problem>) -> Reply {
    match read {
        Ok(text) => Reply::Text(text.expose().to_owned()),
        Err(problem) => {
            let (what, said) = problem.into_parts();
            Reply::Failed(what, said)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_arguments_name_is_read_for_the_server() {
        let arguments = ["-", "client", "add", "x", "--secret-from=a.txt", "--jwks", "b.json"];
        let arguments = arguments.map(str::to_owned);
        let is_named = |source| is_named(&source, &arguments);

        assert!(is_named(Source::File("a.txt".into())) && is_named(Source::File("b.json".into())));
        assert!(!is_named(Source::File("/etc/shadow".into())));
        assert!(!is_named(Source::StandardInput));
    }
}
