//! The settings of a client, each described once: what it is called, how it is read, how it is set.

use std::time::Duration;

use crate::{
    acts::clients::ClientChanges,
    model::{
        client::Client, duration, scope::Scope, signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited, token_format::TokenFormat,
    },
    pages::admin::form::{Field, Kind, Word},
};

/// A setting of a client.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Option<&'static str>,
    pub(super) kind: Kind,
    /// How it stands, as it would be typed.
    pub(super) read: fn(&Client) -> String,
    /// Takes what was typed; the error says what is wrong with it.
    pub(super) put: fn(&mut ClientChanges, &str) -> Result<(), String>,
}

impl Setting {
    /// Its field, with nothing in it.
    pub(super) fn blank(&self) -> Field {
        let Self { name, label, hint, kind, .. } = *self;
        Field { name, label, hint, kind, value: String::new(), wrong: None }
    }

    /// Its field, as it stands.
    pub(super) fn field(&self, client: &Client) -> Field {
        Field { value: (self.read)(client), ..self.blank() }
    }
}

/// Puts what was typed into the changes, and what is wrong beside its field. Returns the changes
/// if nothing is.
pub(super) fn read(
    settings: &[&Setting],
    fields: &mut [Field],
    mut changes: ClientChanges,
) -> Option<ClientChanges> {
    for (setting, field) in settings.iter().zip(fields.iter_mut()) {
        field.wrong = (setting.put)(&mut changes, &field.value).err();
    }
    fields.iter().all(|field| field.wrong.is_none()).then_some(changes)
}

pub(super) const NAME: Setting = Setting {
    name: "name",
    label: "admin-clients-name",
    hint: Some("admin-clients-name-hint"),
    kind: Kind::Text,
    read: |client| client.name.clone(),
    put: |changes, text| put(&mut changes.name, text.to_owned()),
};

pub(super) const CLIENT_URI: Setting = Setting {
    name: "client_uri",
    label: "admin-clients-home",
    hint: None,
    kind: Kind::Code,
    read: |client| client.sign_in.client_uri.clone().unwrap_or_default(),
    put: |changes, text| put(&mut changes.sign_in.client_uri, maybe(text)),
};

pub(super) const POLICY_URI: Setting = Setting {
    name: "policy_uri",
    label: "admin-clients-policy",
    hint: None,
    kind: Kind::Code,
    read: |client| client.sign_in.policy_uri.clone().unwrap_or_default(),
    put: |changes, text| put(&mut changes.sign_in.policy_uri, maybe(text)),
};

pub(super) const TOS_URI: Setting = Setting {
    name: "tos_uri",
    label: "admin-clients-terms",
    hint: None,
    kind: Kind::Code,
    read: |client| client.sign_in.tos_uri.clone().unwrap_or_default(),
    put: |changes, text| put(&mut changes.sign_in.tos_uri, maybe(text)),
};

pub(super) const REDIRECT_URIS: Setting = Setting {
    name: "redirect_uris",
    label: "admin-clients-redirects",
    hint: Some("admin-clients-redirects-hint"),
    kind: Kind::Lines(3),
    read: |client| lines(&client.sign_in.redirect_uris),
    put: |changes, text| put(&mut changes.sign_in.redirect_uris, list(text)),
};

pub(super) const POST_LOGOUT: Setting = Setting {
    name: "post_logout_redirect_uris",
    label: "admin-clients-signed-out",
    hint: None,
    kind: Kind::Lines(2),
    read: |client| lines(&client.sign_in.post_logout_redirect_uris),
    put: |changes, text| put(&mut changes.sign_in.post_logout_redirect_uris, list(text)),
};

pub(super) const CORS_ORIGINS: Setting = Setting {
    name: "cors_origins",
    label: "admin-clients-origins",
    hint: Some("admin-clients-origins-hint"),
    kind: Kind::Lines(2),
    read: |client| lines(&client.cors_origins),
    put: |changes, text| put(&mut changes.cors_origins, list(text)),
};

const GRANTS: &[Word] = &[
    ("authorization_code", "admin-clients-grant-code"),
    ("refresh_token", "admin-clients-grant-refresh"),
    ("client_credentials", "admin-clients-grant-machine"),
];

pub(super) const GRANT_TYPES: Setting = Setting {
    name: "grant_types",
    label: "admin-clients-grants",
    hint: None,
    kind: Kind::Boxes(GRANTS),
    read: |client| client.grant_types.to_string(),
    put: |changes, text| put(&mut changes.grant_types, list(text)),
};

const SECRETS: &[Word] = &[
    ("client_secret_basic", "admin-clients-proof-basic"),
    ("client_secret_post", "admin-clients-proof-post"),
];

pub(super) const AUTHENTICATION: Setting = Setting {
    name: "authentication",
    label: "admin-clients-proof",
    hint: None,
    kind: Kind::Choice(SECRETS),
    read: |client| client.authentication.as_str().to_owned(),
    put: |changes, text| word(&mut changes.authentication, text),
};

/// How a client that is to be added proves who it is.
pub(super) const PROOF: Setting = Setting {
    kind: Kind::Choice(&[
        ("", "admin-clients-proof-usual"),
        ("client_secret_basic", "admin-clients-proof-basic"),
        ("client_secret_post", "admin-clients-proof-post"),
        ("private_key_jwt", "admin-clients-proof-key"),
        ("none", "admin-clients-proof-none"),
    ]),
    ..AUTHENTICATION
};

pub(super) const CONSENT: Setting = Setting {
    name: "consent",
    label: "admin-clients-consent",
    hint: None,
    kind: Kind::Choice(&[
        ("once", "admin-clients-consent-once"),
        ("always", "admin-clients-consent-always"),
        ("never", "admin-clients-consent-never"),
    ]),
    read: |client| client.sign_in.consent.as_str().to_owned(),
    put: |changes, text| word(&mut changes.sign_in.consent, text),
};

pub(super) const REQUIRE_PKCE: Setting = Setting {
    name: "require_pkce",
    label: "admin-clients-pkce",
    hint: Some("admin-clients-pkce-hint"),
    kind: Kind::Choice(&[("", "admin-clients-pkce-yes"), ("false", "admin-clients-pkce-no")]),
    read: |client| match client.sign_in.require_pkce {
        Some(false) => "false".to_owned(),
        _ => String::new(),
    },
    put: |changes, text| own(&mut changes.sign_in.require_pkce, text),
};

pub(super) const SCOPE: Setting = Setting {
    name: "scope",
    label: "admin-clients-scope",
    hint: Some("admin-clients-scope-hint"),
    kind: Kind::Lines(2),
    read: |client| client.scope.to_string(),
    put: |changes, text| put(&mut changes.scope, scope(text)?),
};

pub(super) const OPTIONAL_SCOPE: Setting = Setting {
    name: "optional_scope",
    label: "admin-clients-optional",
    hint: Some("admin-clients-optional-hint"),
    kind: Kind::Code,
    read: |client| client.sign_in.optional_scope.to_string(),
    put: |changes, text| put(&mut changes.sign_in.optional_scope, scope(text)?),
};

pub(super) const FORMATS: &[Word] = &[
    ("", "admin-clients-as-server"),
    ("reference", "admin-clients-reference"),
    ("jwt", "admin-clients-jwt"),
];

pub(super) const ALGORITHMS: &[Word] =
    &[("", "admin-clients-as-server"), ("ES256", ""), ("RS256", ""), ("EdDSA", ""), ("PS256", "")];

pub(super) const ACCESS_FORMAT: Setting = Setting {
    name: "access_format",
    label: "admin-clients-access-format",
    hint: None,
    kind: Kind::Choice(FORMATS),
    read: |client| client.access_format.map_or("", TokenFormat::as_str).to_owned(),
    put: |changes, text| own(&mut changes.access_format, text),
};

pub(super) const ACCESS_ALGORITHM: Setting = Setting {
    name: "access_algorithm",
    label: "admin-clients-access-algorithm",
    hint: None,
    kind: Kind::Choice(ALGORITHMS),
    read: |client| client.access_algorithm.map_or("", SignatureAlgorithm::as_str).to_owned(),
    put: |changes, text| own(&mut changes.access_algorithm, text),
};

pub(super) const ACCESS_LIFETIME: Setting = Setting {
    name: "access_lifetime",
    label: "admin-clients-access-lifetime",
    hint: Some("admin-clients-lifetime-hint"),
    kind: Kind::Code,
    read: |client| length(client.access_lifetime),
    put: |changes, text| put(&mut changes.access_lifetime, maybe_length(text)?),
};

#[expect(clippy::unnecessary_wraps, reason = "it ends a function that may refuse")]
pub(super) fn put<T>(place: &mut Option<T>, value: T) -> Result<(), String> {
    *place = Some(value);
    Ok(())
}

pub(super) fn maybe(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A word of a closed list; nothing where none was chosen.
pub(super) fn word<T>(place: &mut Option<T>, text: &str) -> Result<(), String>
where
    T: std::str::FromStr,
    T::Err: ToString,
{
    if !text.is_empty() {
        *place = Some(text.parse().map_err(|fault: T::Err| fault.to_string())?);
    }
    Ok(())
}

/// A word of a closed list, or the server's own setting.
#[expect(clippy::option_option, reason = "as changes have it: left as it is, or none")]
pub(super) fn own<T>(place: &mut Option<Option<T>>, text: &str) -> Result<(), String>
where
    T: std::str::FromStr,
    T::Err: ToString,
{
    let mut value = None;
    word(&mut value, text)?;
    put(place, value)
}

fn list(text: &str) -> SpaceDelimited {
    text.split_whitespace().map(str::to_owned).collect()
}

fn lines(list: &SpaceDelimited) -> String {
    list.iter().collect::<Vec<_>>().join("\n")
}

pub(super) fn scope(text: &str) -> Result<Scope, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Scope::parse(&text).map_err(|fault| fault.to_string())
}

pub(super) fn length(seconds: Option<i64>) -> String {
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    seconds.map_or_else(String::new, |seconds| duration::format(Duration::from_secs(seconds)))
}

pub(super) fn maybe_length(text: &str) -> Result<Option<Duration>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let fault = |problem| format!("{text} {problem}; {}", duration::ADVICE);
    duration::parse(text).map(Some).map_err(fault)
}
