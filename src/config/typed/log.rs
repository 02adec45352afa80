//! What is logged, and how.

/// How severe an event must be to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Only what failed.
    Error,
    /// And what will fail.
    Warn,
    /// And every decision.
    Info,
    /// And how it came about.
    Debug,
    /// Everything.
    Trace,
}

/// How log events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// As text on a terminal, as JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
