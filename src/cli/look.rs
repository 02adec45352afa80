//! Marks and colours. Colour never carries a meaning that no word or mark carries too.

use serde::{Deserialize, Serialize};

/// What a terminal, or what stands in its place, can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Look {
    /// Whether colours may be used.
    pub(super) colour: bool,
    /// Whether marks may be other than ASCII.
    pub(super) utf8: bool,
}

/// A mark in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is so, or it was done.
    Yes,
    /// It is not.
    No,
    /// Look here.
    Look,
    /// After the first no: of no consequence.
    Beside,
}

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing.
    Plain,
    /// Good.
    Good,
    /// Deserves a look.
    Warn,
    /// Bad.
    Bad,
    /// Of lesser weight.
    Dim,
    /// Of greater weight.
    Strong,
}

impl Look {
    /// No colours, and all marks.
    #[cfg(test)]
    pub(super) const PLAIN: Self = Self { colour: false, utf8: true };

    /// `text` in the colour of `tone`.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colour || text.is_empty() => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
            Tone::Dim => "2",
            Tone::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A mark, in its colour.
    pub(super) fn mark(self, mark: Mark) -> String {
        let (sign, ascii, tone) = match mark {
            Mark::Yes => ("✓", "ok", Tone::Good),
            Mark::No => ("✕", "no", Tone::Bad),
            Mark::Look => ("!", "!", Tone::Warn),
            Mark::Beside => ("-", "-", Tone::Dim),
        };
        self.tone(tone, if self.utf8 { sign } else { ascii })
    }

    /// A mark padded to the width of the widest.
    pub(super) fn padded_mark(self, mark: Mark) -> String {
        let narrow = matches!(mark, Mark::Look | Mark::Beside);
        let padding = if narrow && !self.utf8 { " " } else { "" };
        format!("{}{padding}", self.mark(mark))
    }
}

/// `text` without anything that could command a terminal or turn lines around: what others wrote
/// must not draw on the operator's screen.
pub(super) fn harmless(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_utf_8_the_marks_are_words() {
        let ascii = Look { colour: false, utf8: false };

        assert_eq!([Mark::Yes, Mark::No].map(|mark| ascii.mark(mark)), ["ok", "no"]);
        assert_eq!(ascii.padded_mark(Mark::Beside), "- ");
        assert_eq!(Look::PLAIN.mark(Mark::No), "✕");
    }

    #[test]
    fn colour_comes_only_where_it_may() {
        let coloured = Look { colour: true, utf8: true };

        assert_eq!(coloured.tone(Tone::Bad, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(coloured.tone(Tone::Plain, "x"), "x");
        assert_eq!(Look::PLAIN.tone(Tone::Bad, "x"), "x");
    }

    #[test]
    fn what_could_command_a_terminal_is_replaced() {
        assert_eq!(harmless("a\x1b[31mb\u{202e}\nü"), "a\u{fffd}[31mb\u{fffd}\u{fffd}ü");
    }
}
