//! What a setting is.

use super::kind::{Kind, items};

/// One thing that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section and name, joined by dots: `server.listen`.
    pub path: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// The built-in default, as the environment would state it.
    pub default: &'static str,
    /// What it means and why one would change it, in one line.
    pub why: &'static str,
    /// Whether its value must not be shown.
    pub secret: bool,
    /// Whether a reload takes a new value. The others need a restart.
    pub reloads: bool,
}

pub(super) const fn open(
    path: &'static str,
    kind: Kind,
    default: &'static str,
    why: &'static str,
) -> Key {
    Key { path, kind, default, why, secret: false, reloads: false }
}

pub(super) const fn secret(
    path: &'static str,
    kind: Kind,
    default: &'static str,
    why: &'static str,
) -> Key {
    Key { path, kind, default, why, secret: true, reloads: false }
}

impl Key {
    /// The same key, whose new value a reload takes.
    pub(super) const fn reloads(mut self) -> Self {
        self.reloads = true;
        self
    }

    /// The section: what stands in brackets in the file.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The name inside its section.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// The variable that sets it: `TESSERA_SERVER__LISTEN`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("TESSERA_{}", self.path.replace('.', "__").to_uppercase())
    }

    /// Whether its value stands in the settings file only.
    pub(super) fn is_in_file_only(&self) -> bool {
        matches!(self.kind, Kind::Tables(_))
    }

    /// The line that states its default in TOML.
    #[must_use]
    pub fn default_line(&self) -> String {
        match self.kind {
            Kind::Boolean | Kind::Integer { .. } => format!("{} = {}", self.name(), self.default),
            Kind::List(_) | Kind::Tables(_) => {
                let items: Vec<_> = items(self.default).map(|item| format!("{item:?}")).collect();
                format!("{} = [{}]", self.name(), items.join(", "))
            }
            _ => format!("{} = \"{}\"", self.name(), self.default),
        }
    }
}
