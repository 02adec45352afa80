//! Which browser somebody uses, as far as it says. It is a help to recognise it by, and no proof.

use crate::pages::words::Words;

/// What a browser says of itself: a part that only it has, and its name. The first that is there
/// decides, since most name others beside themselves.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// The same for systems, and what stands for them.
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("Android", "Android", "phone"),
    ("iPhone", "iOS", "phone"),
    ("iPad", "iPadOS", "phone"),
    ("Windows", "Windows", "laptop"),
    ("CrOS", "ChromeOS", "laptop"),
    ("Macintosh", "macOS", "laptop"),
    ("Linux", "Linux", "laptop"),
];

/// The most browsers that a page lists.
pub(in crate::pages) const LISTED: usize = 100;

/// A browser on a page.
pub(in crate::pages) struct Browser {
    /// Such as `Firefox on Linux`.
    pub(in crate::pages) name: String,
    /// The drawing for it.
    pub(in crate::pages) icon: &'static str,
}

impl Browser {
    /// The browser that calls itself so.
    pub(in crate::pages) fn of(user_agent: Option<&str>, words: Words) -> Self {
        let said = user_agent.unwrap_or_default();
        let browser = BROWSERS.iter().find(|(part, _)| said.contains(part)).map(|(_, name)| *name);
        let system = SYSTEMS.iter().find(|(part, ..)| said.contains(part));
        let name = match (browser, system) {
            (Some(browser), Some((_, system, _))) => {
                words.with("browser-on", [("browser", browser), ("system", system)])
            }
            (Some(browser), None) => browser.to_owned(),
            (None, Some(&(_, system, _))) => words.with("browser-of", [("system", system)]),
            (None, None) => words.text("browser-unknown").into_owned(),
        };
        Self { name, icon: system.map_or("globe", |(.., icon)| icon) }
    }
}

/// Says of `count` browsers how many are not listed, where that is so.
pub(in crate::pages) fn unlisted(count: usize, words: Words) -> Option<String> {
    let more = i64::try_from(count.saturating_sub(LISTED)).unwrap_or(i64::MAX);
    (more > 0).then(|| words.count("sessions-more", more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_by_what_only_they_say() {
        let name = |said: &str| Browser::of(Some(said), Words::english()).name;
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                      Gecko) Chrome/143.0.0.0 Safari/537.36";

        assert_eq!(name(chrome), "Chrome on Windows");
        assert_eq!(name(&format!("{chrome} Edg/143.0.0.0")), "Edge on Windows");
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            name(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                  (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iOS"
        );
        assert_eq!(name("Something (Android 16)"), "A browser on Android");
        assert_eq!(name("curl/8.5.0"), "curl");
    }

    #[test]
    fn what_says_nothing_is_unknown() {
        let unknown = Browser::of(None, Words::english());

        assert_eq!((unknown.name.as_str(), unknown.icon), ("Unknown browser", "globe"));
        assert_eq!(Browser::of(Some("<b>"), Words::english()).name, "Unknown browser");
    }
}
