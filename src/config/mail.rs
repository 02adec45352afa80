//! Section `mail`: where letters go through, and `users`: how long the links in them are good for.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use url::{Host, Url};

use super::{
    duration,
    fault::Wrong,
    key::{Key, open, secret},
    kind::{Kind, length},
    read::unless_empty,
    rules::Rule,
    typed::Config,
    values::Values,
};

pub(super) const SMTP: Key = secret(
    "mail.smtp",
    Kind::Text("`smtps://USER:PASSWORD@HOST`, `smtp://…?tls=required`, or empty"),
    "",
    "The server that mail goes through. Empty: none is sent, and links are printed for operators.",
)
.reloads();
pub(super) const FROM: Key = open(
    "mail.from",
    Kind::Text("address, such as Tessera <id@example.org>, or empty"),
    "",
    "Who mail is from; needed where mail.smtp is set.",
)
.reloads();
pub(super) const RESET: Key = open(
    "users.reset_lifetime",
    Kind::Seconds { least: "1m", most: "7d" },
    "30m",
    "How long a link to a new password is good for.",
)
.reloads();
pub(super) const INVITATION: Key = open(
    "users.invitation_lifetime",
    Kind::Seconds { least: "1m", most: "90d" },
    "7d",
    "How long an invitation is good for.",
)
.reloads();

pub(super) const RULES: &[Rule] = &[Rule { keys: &["mail.from", "mail.smtp"], breach: no_sender }];

/// Where mail goes through, and who it is from. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The server, with name and password.
    pub smtp: Url,
    /// The sender, as a header has it.
    pub from: String,
}

/// Section `users`: whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Links {
    /// How long a link to a new password is good for: 1 minute to 7 days.
    pub reset: Duration,
    /// How long an invitation is good for: 1 minute to 90 days.
    pub invitation: Duration,
}

impl Mail {
    pub(super) fn read(values: &mut Values) -> Option<Arc<Self>> {
        let smtp = values.read(SMTP.path, |text| unless_empty(text, smtp));
        let from = values.read(FROM.path, |text| unless_empty(text, sender));
        Some(Arc::new(Self { smtp: smtp?, from: from.unwrap_or_default() }))
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("host", &self.smtp.host_str()).finish_non_exhaustive()
    }
}

impl Links {
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            reset: values.read(RESET.path, length),
            invitation: values.read(INVITATION.path, length),
        }
    }

    /// What every node should have alike.
    pub(super) fn shared(&self) -> [(&'static str, String); 2] {
        [
            (RESET.path, duration::format(self.reset)),
            (INVITATION.path, duration::format(self.invitation)),
        ]
    }
}

/// A server that speaks TLS, or is this machine. No refusal repeats the address: a password is in
/// it.
fn smtp(text: &str) -> Result<Url, Wrong> {
    let remedy = "write smtps://user:password@mail.example, or smtp://…:587?tls=required";
    let url = Url::parse(text).map_err(|_| Wrong::new("is no address", remedy))?;
    let is_plain = match (url.scheme(), url.query()) {
        ("smtps", None) | ("smtp", Some("tls=required")) => false,
        ("smtp", None) => true,
        _ => return Err(Wrong::new("is no address of a mail server", remedy)),
    };
    let is_here = match url.host() {
        // Of a scheme that browsers do not know, an address may stand as a name.
        Some(Host::Domain(name)) => {
            let address = name.parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(Wrong::new("has no host", remedy)),
    };
    if is_plain && !is_here {
        return Err(Wrong::new("would send mail and password unencrypted", remedy));
    }
    Ok(url)
}

fn sender(text: &str) -> Result<String, Wrong> {
    let address = text.rsplit_once('<').map_or(Some(text), |(_, rest)| rest.strip_suffix('>'));
    let is_sound = address.is_some_and(|address| {
        let parts = address.split_once('@');
        parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && !address.contains(char::is_whitespace)
    });
    let is_line = !text.chars().any(char::is_control);
    let remedy = "write id@example.org, or Tessera <id@example.org>";
    if is_sound && is_line { Ok(text.to_owned()) } else { Err(Wrong::new("is no address", remedy)) }
}

fn no_sender(config: &Config) -> Option<Wrong> {
    let mail = config.mail.as_ref()?;
    let wrong = Wrong::new("is missing, while mail.smtp is set", "write from = \"id@example.org\"");
    mail.from.is_empty().then_some(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn mail_leaves_the_machine_encrypted_only() {
        for (text, is_sound) in [
            ("smtps://a:b@mail.example", true),
            ("smtp://a:b@mail.example:587?tls=required", true),
            ("smtp://127.0.0.1:2525", true),
            ("smtp://[::1]", true),
            ("smtp://a:b@mail.example", false),
            ("smtp://mail.example?tls=opportunistic", false),
            ("smtps://mail.example?tls=none", false),
            ("https://mail.example", false),
            ("mail.example", false),
        ] {
            assert_eq!(smtp(text).is_ok(), is_sound, "{text}");
        }
    }

    #[test]
    fn mail_has_a_sender_and_shows_no_password() {
        let text = "mail.smtp = 'smtps://a:hunter2@mail.example'";
        let faults = parse(Some(("config.toml", text)), []).unwrap_err().0;
        assert_eq!(faults[0].key, "mail.from");

        let text = format!("{text}\nmail.from = 'Tessera <id@mail.example>'");
        let loaded = parse(Some(("config.toml", &text)), []).unwrap();
        assert!(!format!("{loaded:?}").contains("hunter2"));
        for text in ["", "x", "@x", "a b@x", "Id <a@x", "a@x\nBcc: b@x"] {
            assert!(sender(text).is_err(), "{text}");
        }
    }
}
