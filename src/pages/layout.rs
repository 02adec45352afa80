//! What the layouts show and link to.

use crate::model::issuer::Issuer;

use super::{
    assets,
    face::{Face, Theme},
    words::Words,
};

/// What every page shows around its own words.
///
/// Addresses in it have no host, so they work on whichever one the page was asked from.
pub(super) struct Layout<'a> {
    /// The server's name on the wire.
    pub(super) issuer: &'a Issuer,
    /// The words, in the language of whoever looks.
    pub(super) words: Words,
    /// The colours.
    pub(super) theme: Theme,
}

impl<'a> Layout<'a> {
    /// The layout of the server that is named `issuer`, for nobody in particular.
    #[cfg(test)]
    pub(super) fn new(issuer: &'a Issuer) -> Self {
        Self::of(issuer, Face::default())
    }

    /// The layout for somebody who is shown pages in this way.
    pub(super) fn of(issuer: &'a Issuer, face: Face) -> Self {
        Self { issuer, words: face.words, theme: face.theme }
    }

    /// The host of the issuer, and its port if that is not the usual one.
    pub(super) fn host(&self) -> &'a str {
        let text = self.issuer.as_str();
        let origin = text.strip_suffix(self.issuer.path()).unwrap_or(text);
        origin.split_once("://").map_or(origin, |(_, host)| host)
    }

    /// The address of one of our paths, which begins with a slash.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.path())
    }

    /// The address of the asset `name`.
    pub(super) fn asset(&self, name: &str) -> String {
        self.address(&format!("/assets/{}/{name}", assets::set()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_under_the_path_of_the_issuer() {
        let issuer = Issuer::parse("https://id.example:8443/tenant").unwrap();
        let layout = Layout::new(&issuer);

        assert_eq!(layout.host(), "id.example:8443");
        assert_eq!(layout.address("/"), "/tenant/");
        assert!(layout.asset("style.css").starts_with("/tenant/assets/"));
    }

    #[test]
    fn an_issuer_without_a_path_stands_at_the_root() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let layout = Layout::new(&issuer);

        assert_eq!(layout.host(), "id.example");
        assert_eq!(layout.address("/"), "/");
    }
}
