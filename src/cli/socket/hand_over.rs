//! The command's side: finding the server, handing over, doing as it wishes.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::UnixStream,
};

use crate::{
    acts::declared::DeclaredFile,
    cli::{
        arguments::Command,
        console::Console,
        facts::{Facts, own_uid},
        input,
        problem::{Exit, Outcome, Problem},
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
        Ok(stream) => refuse_impostor(&stream, database).map(|()| Some(stream)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(Problem::new(Exit::NotAllowed, "the running server takes no commands from you")
                .tried(path.display().to_string())
                .said(error.to_string())
                .next("run this as the user that the server runs as"))
        }
        Err(_) => Ok(None),
    }
}

/// Refuses whoever is neither the owner of the database nor root nor we: who may put a socket into
/// its folder is not yet who may see our commands.
fn refuse_impostor(server: &UnixStream, database: &Path) -> Result<(), Problem> {
    let peer = server.peer_cred().map(|peer| peer.uid());
    let owner = fs::metadata(database).map(|file| file.uid());
    let said = match peer {
        Ok(peer) if is_trusted(peer, owner.ok(), own_uid()) => return Ok(()),
        Ok(peer) => format!("it is a process of the user with the uid {peer}"),
        Err(error) => error.to_string(),
    };
    let what = "what takes commands there is not the server that owns the store";
    Err(Problem::new(Exit::NotAllowed, what)
        .tried(socket_path(database).display().to_string())
        .said(said)
        .next("find out what has taken the place of the server"))
}

fn is_trusted(peer: u32, owner: Option<u32>, own: u32) -> bool {
    peer == 0 || peer == own || Some(peer) == owner
}

/// Hands a command over, and prints, reads and asks as the server wishes, as far as the command
/// gives it reason to.
pub(in crate::cli) async fn hand_over(
    mut server: UnixStream,
    (command, handed_over): (&Command, &HandedOver),
    console: &mut Console,
) -> Outcome {
    let gone = |error: io::Error| {
        Problem::new(Exit::Unreachable, "the running server broke off")
            .said(error.to_string())
            .next("look whether it is still there and what was done, then try again")
    };
    console.say("through the running server");
    let (from, mut to) = server.split();
    write_frame(&mut to, handed_over).await.map_err(gone)?;
    let mut from = BufReader::new(from);
    loop {
        let wish = {
            let reading = read_frame(FRAME_LIMIT, &mut from);
            tokio::pin!(reading);
            tokio::select! {
                wish = &mut reading => wish,
                () = stopped(command, console) => {
                    // It says what was done until then. Nobody there: then there is nothing to read.
                    let _ = to.shutdown().await;
                    reading.await
                }
            }
        };
        let wish = wish.map_err(gone)?;
        let wish = wish.ok_or_else(|| gone(io::ErrorKind::UnexpectedEof.into()))?;
        refuse_unasked(&wish, command, &handed_over.facts)?;
        let reply = match wish {
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
            Wish::Read(source) => input::read(source).await,
            Wish::Gather(source) => console.gather(&source).await.and_then(|file| packed(&file)),
            Wish::Ask(question) => input::ask(question).await.map(Secret::new),
        };
        write_frame(&mut to, &answer(reply)).await.map_err(gone)?;
    }
}

/// Waits until the person stops a command that the server can stop between two steps.
async fn stopped(command: &Command, console: &Console) {
    if !command.stops_between_steps() || console.stop().wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether the command that was typed has any use for what the server wishes. The server may be an
/// impostor, and what it could not get itself it must not get by asking us.
fn refuse_unasked(wish: &Wish, command: &Command, facts: &Facts) -> Result<(), Problem> {
    let (what, is_named) = match wish {
        Wish::Read(source) => (format!("read {source}"), command.reads().contains(&source)),
        Wish::Gather(source) => {
            let what = format!("read {source} and all that it names");
            (what, command.declares() == Some(source))
        }
        // Nobody to ask: it would be standard input that is read.
        Wish::Ask(_) => ("ask something".to_owned(), facts.can_ask),
        Wish::Out(_) | Wish::Once(..) | Wish::Err(_) | Wish::Exit(_) => return Ok(()),
    };
    if is_named {
        return Ok(());
    }
    Err(Problem::new(Exit::NotAllowed, format!("the running server wants to {what}"))
        .said("the command has no use for that")
        .next("find out what has taken the place of the server"))
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
    use crate::cli::{arguments, environment::Environment, source::Source};

    #[test]
    fn a_server_is_trusted_if_it_is_root_or_the_owner_of_the_store_or_we() {
        let is_trusted = |peer| is_trusted(peer, Some(990), 1000);

        assert!(is_trusted(0) && is_trusted(990) && is_trusted(1000));
        assert!(!is_trusted(65534));
        assert!(!super::is_trusted(990, None, 1000), "nobody knows who owns it");
    }

    #[test]
    fn a_server_gets_only_what_the_command_has_a_use_for() {
        let file = |name: &str| Source::File(name.into());
        let key = Source::PrivateFile("k".into());
        let (read, gather) = (Wish::Read, Wish::Gather);
        for (line, wish, is_granted) in [
            ("client add x --secret-from=a --jwks b", read(file("a")), true),
            ("client add x --secret-from=a --jwks b", read(file("b")), true),
            ("client add x --secret-from=a --jwks b", read(file("/etc/shadow")), false),
            ("client add x --secret-from=a --jwks b", read(Source::StandardInput), false),
            ("client add x --secret-from=a --jwks b", gather(file("b")), false),
            ("client add x --name a", read(file("a")), false),
            ("client add x --jwks -", read(Source::StandardInput), true),
            ("client set x --jwks b", read(file("b")), true),
            ("client rotate-secret x --secret-from a", read(file("a")), true),
            ("client show a", read(file("a")), false),
            ("token inspect a", read(file("a")), true),
            ("token revoke tok_a -", read(Source::StandardInput), true),
            ("token revoke tok_a", read(file("tok_a")), false),
            ("key rewrap --new-key k", read(key.clone()), true),
            ("key withdraw k", read(key), false),
            ("apply state.toml", gather(file("state.toml")), true),
            ("apply -", gather(Source::StandardInput), true),
            ("apply state.toml", gather(file("other.toml")), false),
            ("apply state.toml", read(file("state.toml")), false),
            ("apply state.toml", Wish::Ask("?".to_owned()), false),
            ("export", Wish::Out("a".to_owned()), true),
        ] {
            let typed = format!("tessera {line}");
            let arguments: Vec<_> = typed.split(' ').map(std::ffi::OsString::from).collect();
            let parsed = arguments::parse(&arguments).unwrap();
            let facts = Facts::look(&parsed.options, &Environment::new([]));
            let facts = Facts { can_ask: false, ..facts };

            let granted = refuse_unasked(&wish, &parsed.command, &facts).is_ok();

            assert_eq!(granted, is_granted, "{line}: {wish:?}");
        }
    }
}
