//! Facts under each other, each behind its label.

use super::look::{Look, Tone, harmless};

/// The narrowest column of labels.
const LABEL: usize = 8;

/// Labelled facts, in order.
#[derive(Debug, Default)]
pub(super) struct Sheet(Vec<Fact>);

#[derive(Debug)]
struct Fact {
    label: &'static str,
    value: String,
    tone: Tone,
    detail: String,
}

impl Sheet {
    /// Adds a fact.
    pub(super) fn fact(&mut self, label: &'static str, value: impl AsRef<str>) {
        self.toned(label, (Tone::Plain, value.as_ref()), "");
    }

    /// Adds a fact and, with less weight, more about it.
    pub(super) fn detailed(
        &mut self,
        label: &'static str,
        value: impl AsRef<str>,
        detail: impl AsRef<str>,
    ) {
        self.toned(label, (Tone::Plain, value.as_ref()), detail.as_ref());
    }

    /// Adds a fact whose colour says something too, and more about it.
    pub(super) fn toned(&mut self, label: &'static str, (tone, value): (Tone, &str), detail: &str) {
        let value = if value.is_empty() { "-" } else { value };
        let (value, detail) = (harmless(value), harmless(detail));
        self.0.push(Fact { label, value, tone, detail });
    }

    /// Adds the facts of another sheet.
    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The lines, each behind `indent`.
    pub(super) fn lines(&self, indent: &str, look: Look) -> Vec<String> {
        let widest = self.0.iter().map(|fact| fact.label.len()).max().unwrap_or(0).max(LABEL);
        let line = |fact: &Fact| {
            let Fact { label, value, tone, detail } = fact;
            let value = look.tone(*tone, value);
            let detail = look.tone(Tone::Dim, detail);
            format!("{indent}{label:<widest$}  {value} {detail}").trim_end().to_owned()
        };
        self.0.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_under_each_other() {
        let mut sheet = Sheet::default();
        sheet.detailed("Store", "SQLite, data/tessera.db", "new, schema 27");
        sheet.fact("Scopes", "");

        assert_eq!(
            sheet.lines("  ", Look::PLAIN),
            ["  Store     SQLite, data/tessera.db new, schema 27", "  Scopes    -"]
        );
    }
}
