//! Characters that make text look like other text.

/// Whether a character turns text around or takes no room (Unicode's bidi controls and format
/// characters in use). No name for people holds one.
#[must_use]
pub fn is_disguise(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}
