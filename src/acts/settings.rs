//! Looking at the settings in force. Nobody changes them but whoever writes the file.

pub use crate::config::{Setting, Source};

use crate::app::App;

/// Every setting as an operator wrote it, in the order of the file, secrets masked.
#[must_use]
pub fn list(app: &App) -> Vec<Setting> {
    app.config().settings.clone()
}
