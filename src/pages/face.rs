//! How a page is shown to whoever looks: in which language, in which colours.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::model::issuer::Issuer;

use super::{cookies::LONGEST, words::Words};

/// How a page is shown.
#[derive(Clone, Copy)]
pub(super) struct Face {
    /// In which words.
    pub(super) words: Words,
    /// In which colours.
    pub(super) theme: Theme,
}

/// In which colours pages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Theme {
    /// Those that the system prefers.
    #[default]
    System,
    /// Ink on paper.
    Light,
    /// The other way round.
    Dark,
}

impl Face {
    /// How the browser that sent `headers` is shown pages.
    pub(super) fn of(headers: &HeaderMap, issuer: &Issuer) -> Self {
        Self { words: Words::accepted(headers), theme: Theme::of(headers, issuer) }
    }
}

impl Default for Face {
    /// In English, and in the colours of the system.
    fn default() -> Self {
        Self { words: Words::english(), theme: Theme::default() }
    }
}

impl Theme {
    /// Reads the word that forms, the cookie and `data-theme` have for it.
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == word)
    }

    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What there is to choose from: the word that forms have for it, and the key of its name.
    #[expect(clippy::unused_self, reason = "templates know no types")]
    pub(super) fn choices(self) -> [(&'static str, &'static str); 3] {
        [("system", "theme-system"), ("light", "theme-light"), ("dark", "theme-dark")]
    }

    /// What stands in `data-theme`: nothing where the system decides.
    pub(super) fn chosen(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.as_str())
    }

    /// What was chosen in this browser. The cookie is no secret, and decides about nothing else.
    fn of(headers: &HeaderMap, issuer: &Issuer) -> Self {
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(name, _)| name.trim() == cookie_name(issuer));
        found.and_then(|(_, value)| Self::parse(value.trim())).unwrap_or_default()
    }

    /// The header that has a browser remember it.
    pub(super) fn cookie(self, issuer: &Issuer) -> HeaderValue {
        let (name, word) = (cookie_name(issuer), self.as_str());
        let age = if self == Self::System { 0 } else { LONGEST };
        let secure = if issuer.is_https() { "; Secure" } else { "" };
        let text = format!("{name}={word}; Max-Age={age}; Path=/; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn cookie_name(issuer: &Issuer) -> &'static str {
    if issuer.is_https() { "__Host-tessera_theme" } else { "tessera_theme" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cookie: &'static str) -> Theme {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
        Face::of(&headers, &issuer).theme
    }

    #[test]
    fn colours_are_those_that_were_chosen_in_this_browser() {
        assert_eq!(shown("a=b; __Host-tessera_theme=dark"), Theme::Dark);
        assert_eq!(shown("__Host-tessera_theme=light"), Theme::Light);
        assert_eq!(shown("__Host-tessera_theme=\"><script>"), Theme::System);
        assert_eq!(shown("tessera_theme=dark"), Theme::System);
        assert_eq!(Theme::System.chosen(), None);
    }

    #[test]
    fn the_systems_colours_need_no_cookie() {
        let issuer = Issuer::parse("http://127.0.0.1:8080").unwrap();
        let set = |theme: Theme| theme.cookie(&issuer).to_str().unwrap().to_owned();

        assert!(set(Theme::Dark).starts_with("tessera_theme=dark; Max-Age=34560000; Path=/;"));
        assert!(set(Theme::System).starts_with("tessera_theme=system; Max-Age=0; Path=/;"));
    }
}
