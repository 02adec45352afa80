//! What a client is told of people, as arguments and shown.

use std::time::Duration;

use clap::builder::TypedValueParser;
use serde_json::{Value, json};

use crate::{
    acts::clients::SignInChanges,
    model::{
        scope::Scope,
        sign_in_settings::{ConsentPolicy, OutlivesSession, SignInSettings, SubjectType},
        signature_algorithm::SignatureAlgorithm,
    },
};

use crate::cli::{sheet::Sheet, times::span};

use super::settings::{NONE, Own, SERVER, length, list, own, words};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "People")]
pub(super) struct SignInArguments {
    /// Where people may be sent back to, again for each; none for nowhere
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,
    /// Where people may be sent after they signed out, again for each; none for nowhere
    #[arg(long, value_name = "URL")]
    post_logout_redirect_uri: Vec<String>,
    /// Whether people are asked before it may use their account
    #[arg(long, value_name = "WHEN", value_parser = words(
        ConsentPolicy::ALL.iter().map(|c| c.as_str())
    ).try_map(|word| word.parse::<ConsentPolicy>()))]
    consent: Option<ConsentPolicy>,
    /// The part of its scope that people may leave out, parted by spaces
    #[arg(long, value_name = "SCOPES", value_parser = Scope::parse)]
    optional_scope: Option<Scope>,
    /// Whether a request needs a code challenge; that of a public client does
    #[arg(long, value_name = "YES")]
    require_pkce: Option<bool>,
    /// What signs its ID tokens; server for the server's
    #[arg(long, value_name = "NAME", value_parser = words(
        SignatureAlgorithm::ALL.iter().map(|a| a.as_str()).chain([SERVER])
    ).try_map(|word| own(&word, str::parse::<SignatureAlgorithm>)))]
    id_token_algorithm: Option<Own<SignatureAlgorithm>>,
    /// What signs what /userinfo tells it; none for plain JSON
    #[arg(long, value_name = "NAME", value_parser = words(
        SignatureAlgorithm::ALL.iter().map(|a| a.as_str()).chain([NONE])
    ).try_map(|word| or_none(&word, str::parse::<SignatureAlgorithm>)))]
    userinfo_algorithm: Option<Own<SignatureAlgorithm>>,
    /// What it knows people by
    #[arg(long, value_name = "TYPE", value_parser = words(
        SubjectType::ALL.iter().map(|t| t.as_str())
    ).try_map(|word| word.parse::<SubjectType>()))]
    subject_type: Option<SubjectType>,
    /// The host that pairwise subjects are made for; none for that of its redirect URIs
    #[arg(long, value_name = "HOST")]
    sector: Option<String>,
    /// How old a sign-in may be, 0s to 365d, such as 1h; none for any age
    #[arg(long, value_name = "TIME", value_parser = |word: &str| or_none(word, length))]
    default_max_age: Option<Own<Duration>>,
    /// Which of its tokens outlive the browser session
    #[arg(long, value_name = "WHICH", value_parser = words(
        OutlivesSession::ALL.iter().map(|o| o.as_str())
    ).try_map(|word| word.parse::<OutlivesSession>()))]
    outlives_session: Option<OutlivesSession>,
    /// Its own page; none for no link
    #[arg(long, value_name = "URL")]
    client_uri: Option<String>,
    /// What it does with what it learns of people; none for no link
    #[arg(long, value_name = "URL")]
    policy_uri: Option<String>,
    /// On which terms it may be used; none for no link
    #[arg(long, value_name = "URL")]
    tos_uri: Option<String>,
}

impl SignInArguments {
    pub(super) fn are_empty(&self) -> bool {
        let Self { redirect_uri, post_logout_redirect_uri, consent, optional_scope, .. } = self;
        redirect_uri.is_empty()
            && post_logout_redirect_uri.is_empty()
            && consent.is_none()
            && optional_scope.is_none()
            && self.require_pkce.is_none()
            && self.id_token_algorithm.is_none()
            && self.userinfo_algorithm.is_none()
            && self.subject_type.is_none()
            && self.sector.is_none()
            && self.default_max_age.is_none()
            && self.outlives_session.is_none()
            && self.client_uri.is_none()
            && self.policy_uri.is_none()
            && self.tos_uri.is_none()
    }

    /// What is to change.
    pub(super) fn read(&self) -> SignInChanges {
        let text =
            |given: &Option<String>| given.clone().map(|it| Some(it).filter(|it| it != NONE));
        SignInChanges {
            redirect_uris: list(&self.redirect_uri),
            post_logout_redirect_uris: list(&self.post_logout_redirect_uri),
            consent: self.consent,
            optional_scope: self.optional_scope.clone(),
            require_pkce: self.require_pkce.map(Some),
            id_token_algorithm: self.id_token_algorithm.map(|own| own.0),
            userinfo_algorithm: self.userinfo_algorithm.map(|own| own.0),
            subject_type: self.subject_type,
            sector: text(&self.sector),
            default_max_age: self.default_max_age.map(|own| own.0),
            outlives_session: self.outlives_session,
            client_uri: text(&self.client_uri),
            policy_uri: text(&self.policy_uri),
            tos_uri: text(&self.tos_uri),
        }
    }
}

/// Reads a word that may stand for nothing.
fn or_none<T, E>(word: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Own<T>, E> {
    if word == NONE { Ok(Own(None)) } else { parse(word).map(|own| Own(Some(own))) }
}

/// What is set of people.
pub(super) fn sheet(settings: &SignInSettings) -> Sheet {
    let mut sheet = Sheet::default();
    for uri in settings.redirect_uris.iter() {
        sheet.fact("Returns to", uri);
    }
    for uri in settings.post_logout_redirect_uris.iter() {
        sheet.fact("Signed out", uri);
    }
    sheet.fact("Consent", consent_words(settings));
    let pkce = if settings.require_pkce == Some(false) { "challenge not needed, " } else { "" };
    let signs = settings.id_token_algorithm.map_or("server's", SignatureAlgorithm::as_str);
    sheet.fact("ID tokens", format!("{pkce}{signs} algorithm"));
    if let Some(algorithm) = settings.userinfo_algorithm {
        sheet.fact("Userinfo", format!("signed, {algorithm}"));
    }
    let sector = settings.sector.as_ref().map_or_else(String::new, |host| format!(", {host}"));
    sheet.fact("Subjects", format!("{}{sector}", settings.subject_type));
    if let Some(seconds) = settings.default_max_age {
        let age = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        sheet.fact("Sign-in", format!("at most {} old", span(age)));
    }
    sheet.fact("Tokens", outlives_words(settings.outlives_session));
    for (name, uri) in [
        ("Page", &settings.client_uri),
        ("Policy", &settings.policy_uri),
        ("Terms", &settings.tos_uri),
    ] {
        if let Some(uri) = uri {
            sheet.fact(name, uri);
        }
    }
    sheet
}

fn consent_words(settings: &SignInSettings) -> String {
    let asked = match settings.consent {
        ConsentPolicy::Never => "never asked",
        ConsentPolicy::Once => "asked once, and again for more",
        ConsentPolicy::Always => "asked each time",
    };
    if settings.optional_scope.is_empty() {
        return asked.to_owned();
    }
    format!("{asked}; may leave out {}", settings.optional_scope)
}

fn outlives_words(which: OutlivesSession) -> &'static str {
    match which {
        OutlivesSession::Never => "end with the browser session",
        OutlivesSession::Offline => "end with the browser session, but for offline_access",
        OutlivesSession::Always => "outlive the browser session",
    }
}

/// What is set of people, for a program.
pub(super) fn json_of(settings: &SignInSettings) -> Value {
    json!({
        "redirect_uris": settings.redirect_uris.iter().collect::<Vec<_>>(),
        "post_logout_redirect_uris": settings.post_logout_redirect_uris.iter().collect::<Vec<_>>(),
        "consent": settings.consent.as_str(),
        "optional_scope": settings.optional_scope.to_string(),
        "require_pkce": settings.require_pkce,
        "id_token_algorithm": settings.id_token_algorithm.map(SignatureAlgorithm::as_str),
        "userinfo_algorithm": settings.userinfo_algorithm.map(SignatureAlgorithm::as_str),
        "subject_type": settings.subject_type.as_str(),
        "sector": settings.sector,
        "default_max_age_seconds": settings.default_max_age,
        "outlives_session": settings.outlives_session.as_str(),
        "client_uri": settings.client_uri,
        "policy_uri": settings.policy_uri,
        "tos_uri": settings.tos_uri,
    })
}
