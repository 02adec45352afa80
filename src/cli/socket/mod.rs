//! The socket beside an SQLite file. One process owns the file; a command that finds it owned hands
//! its arguments, and what it reads, to the owner, which runs the same command and sends back what
//! to print and how to end. So a command never meets a stale cache, and never makes one.
//!
//! Both sides speak in lines of JSON. The socket belongs to the server's user alone.

mod frame;
mod hand_over;
mod owner;
mod remote;

use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

pub(super) use frame::HandedOver;
pub(super) use hand_over::{connect, hand_over};
pub(super) use owner::CommandSocket;
pub(super) use remote::{Remote, Voice};

/// The longest path that every system takes for a socket, in bytes.
const LONGEST_PATH: usize = 100;

/// An address under which the system reaches the socket at `path`, and the folder that has to stay
/// open meanwhile.
///
/// A path too long for an address is reached through the folder that holds the socket.
fn reachable(path: &Path) -> io::Result<(PathBuf, Option<File>)> {
    if path.as_os_str().len() <= LONGEST_PATH {
        return Ok((path.to_owned(), None));
    }
    let too_long = || io::Error::other("its path is too long for a socket");
    let name = path.file_name().ok_or_else(too_long)?;
    let folder = File::open(path.parent().ok_or_else(too_long)?)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
    if short.as_os_str().len() > LONGEST_PATH || !short.parent().is_some_and(Path::exists) {
        return Err(too_long());
    }
    Ok((short, Some(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_too_long_for_an_address_is_reached_through_its_folder() {
        let folder = std::env::temp_dir().join("x".repeat(120));
        std::fs::create_dir_all(&folder).unwrap();

        let (address, kept) = reachable(&folder.join("tessera.db.sock")).unwrap();

        assert!(address.as_os_str().len() < LONGEST_PATH && kept.is_some());
        assert!(reachable(&folder.join("y".repeat(101))).is_err());
        assert_eq!(reachable(Path::new("a.sock")).unwrap().0, Path::new("a.sock"));
        std::fs::remove_dir(&folder).unwrap();
    }
}
