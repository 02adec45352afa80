//! Changes that were made while looking at something: what came of them.

/// What came of a change of something that somebody looked at before.
#[derive(Debug)]
pub enum Edited<T> {
    /// It is so now.
    Done(T),
    /// Somebody else changed it since it was looked at; this is how it is now. Nothing was done.
    Meanwhile(T),
    /// It cannot be so: which setting, and what about it. Nothing was done.
    Wrong(Faults),
}

/// What is wrong with settings: the name of each, and what to do about it.
pub type Faults = Vec<(&'static str, String)>;
