//! The store as a build without the server has it: looks at entries, and nothing else.

#[macro_use]
mod standing;

mod entry_reader;
mod file_identity;
mod host_look;

pub use entry_reader::{EntryReader, ReadError};
