//! What can be set of a client, as arguments.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::{
    acts::clients::ClientChanges,
    config::duration,
    model::{
        client::{AssertionAudience, ClientAuthentication, ClientKind},
        client_id::ClientId,
        reuse::Reuse,
        scope::Scope,
        secret::Secret,
        signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
        token_format::TokenFormat,
    },
};

use crate::cli::{
    console::Console,
    problem::{Exit, Problem},
    source::Source,
};

use super::sign_in::SignInArguments;

/// The word that stands for whatever the server's settings say.
pub(super) const SERVER: &str = "server";

/// The word that stands for an empty list.
pub(super) const NONE: &str = "none";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AddArguments {
    #[arg(value_name = "NAME", value_parser = ClientId::parse)]
    #[arg(help = "Its name on the wire (client_id)")]
    pub(super) name: ClientId,
    /// What sort of app it is
    #[arg(long, value_parser = words(ClientKind::ALL.iter().map(|k| k.as_str()))
        .try_map(|word| word.parse::<ClientKind>()), default_value = "machine")]
    pub(super) kind: ClientKind,
    #[command(flatten)]
    settings: Settings,
    /// Take its secret from a file or standard input (-), instead of drawing one
    #[arg(long, value_name = "FILE", value_parser = Source::parse)]
    secret_from: Option<Source>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SetArguments {
    #[arg(value_name = "NAME", value_parser = ClientId::parse)]
    #[arg(help = "Its name on the wire (client_id)")]
    pub(super) name: ClientId,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, clap::Args)]
struct Settings {
    /// Its name for people
    #[arg(long = "name", value_name = "TEXT", id = "title")]
    title: Option<String>,
    /// What it may ask for, parted by spaces
    #[arg(long, value_name = "SCOPES", value_parser = Scope::parse)]
    scope: Option<Scope>,
    /// How it proves who it is
    #[arg(long, value_name = "METHOD", value_parser = words(
        ClientAuthentication::ALL.iter().map(|m| m.as_str())
    ).try_map(|word| word.parse::<ClientAuthentication>()))]
    auth: Option<ClientAuthentication>,
    /// Its public keys, a JWK set, from a file or standard input (-)
    #[arg(long, value_name = "FILE", value_parser = Source::parse)]
    jwks: Option<Source>,
    /// Which aud its signed assertions may have
    #[arg(long, value_name = "WHICH", value_parser = words(
        AssertionAudience::ALL.iter().map(|a| a.as_str())
    ).try_map(|word| word.parse::<AssertionAudience>()))]
    assertion_audience: Option<AssertionAudience>,
    /// A grant type it may use, again for each; none for no grant
    #[arg(long, value_name = "TYPE")]
    grant: Vec<String>,
    /// An origin whose pages may read our answers, again for each; none for no origin
    #[arg(long, value_name = "URL")]
    cors_origin: Vec<String>,
    /// Format of its access tokens; server for the server's
    #[arg(long, value_name = "FORMAT", value_parser = words(
        TokenFormat::ALL.iter().map(|f| f.as_str()).chain([SERVER])
    ).try_map(|word| own(&word, str::parse::<TokenFormat>)))]
    access_format: Option<Own<TokenFormat>>,
    /// What signs its access tokens that are JWTs
    #[arg(long, value_name = "NAME", value_parser = words(
        SignatureAlgorithm::ALL.iter().map(|a| a.as_str()).chain([SERVER])
    ).try_map(|word| own(&word, str::parse::<SignatureAlgorithm>)))]
    access_algorithm: Option<Own<SignatureAlgorithm>>,
    /// How long its access tokens live, 1s to 365d, such as 15m; server for the server's
    #[arg(long, value_name = "TIME", value_parser = |word: &str| own(word, length))]
    access_lifetime: Option<Own<Duration>>,
    /// What it gets that asks again; server for as the server has it
    #[arg(long, value_name = "WAY", value_parser = words(
        Reuse::ALL.iter().map(|r| r.as_str()).chain([SERVER])
    ).try_map(|word| own(&word, str::parse::<Reuse>)))]
    reuse: Option<Own<Reuse>>,
    /// Format of its refresh tokens; server for the server's
    #[arg(long, value_name = "FORMAT", value_parser = words(
        TokenFormat::ALL.iter().map(|f| f.as_str()).chain([SERVER])
    ).try_map(|word| own(&word, str::parse::<TokenFormat>)))]
    refresh_format: Option<Own<TokenFormat>>,
    /// Whether its refresh tokens rotate; server for as the server's do
    #[arg(long, value_name = "YES", value_parser = words(
        ["true", "false", SERVER].into_iter()
    ).try_map(|word| own(&word, str::parse::<bool>)))]
    refresh_rotate: Option<Own<bool>>,
    /// How long its refresh tokens live, 1s to 3650d, such as 30d; server for the server's
    #[arg(long, value_name = "TIME", value_parser = |word: &str| own(word, length))]
    refresh_lifetime: Option<Own<Duration>>,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// A setting of the client's own, or none: the server's holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<T>(pub(super) Option<T>);

impl AddArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        self.settings.jwks.iter().chain(&self.secret_from).collect()
    }

    /// What was set, and the secret that was chosen.
    pub(super) async fn read(
        &self,
        console: &mut Console,
    ) -> Result<(ClientChanges, Option<Secret>), Problem> {
        let both = [self.settings.jwks.as_ref(), self.secret_from.as_ref()];
        if both.iter().all(|source| *source == Some(&Source::StandardInput)) {
            let what = "standard input can't be both the keys and the secret";
            return Err(Problem::new(Exit::Wrong, what).next("put one of them into a file"));
        }
        let changes = self.settings.read(console).await?;
        let chosen = match &self.secret_from {
            Some(source) => Some(console.read(source).await?),
            None => None,
        };
        Ok((changes, chosen))
    }
}

impl SetArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        self.settings.jwks.iter().collect()
    }

    /// What is to change.
    pub(super) async fn read(&self, console: &mut Console) -> Result<ClientChanges, Problem> {
        if self.settings.are_empty() {
            let what = "nothing to change was named";
            return Err(Problem::new(Exit::Wrong, what).next("tessera client set --help"));
        }
        self.settings.read(console).await
    }
}

impl Settings {
    fn are_empty(&self) -> bool {
        let Self { title, scope, auth, jwks, assertion_audience, .. } = self;
        title.is_none()
            && scope.is_none()
            && auth.is_none()
            && jwks.is_none()
            && assertion_audience.is_none()
            && self.grant.is_empty()
            && self.cors_origin.is_empty()
            && self.access_format.is_none()
            && self.access_algorithm.is_none()
            && self.access_lifetime.is_none()
            && self.reuse.is_none()
            && self.refresh_format.is_none()
            && self.refresh_rotate.is_none()
            && self.refresh_lifetime.is_none()
            && self.sign_in.are_empty()
    }

    async fn read(&self, console: &mut Console) -> Result<ClientChanges, Problem> {
        let jwks = match &self.jwks {
            Some(source) => Some(console.read(source).await?.expose().to_owned()),
            None => None,
        };
        Ok(ClientChanges {
            name: self.title.clone(),
            authentication: self.auth,
            jwks,
            assertion_audience: self.assertion_audience,
            grant_types: list(&self.grant),
            scope: self.scope.clone(),
            cors_origins: list(&self.cors_origin),
            access_format: self.access_format.map(|own| own.0),
            access_algorithm: self.access_algorithm.map(|own| own.0),
            access_lifetime: self.access_lifetime.map(|own| own.0),
            reuse: self.reuse.map(|own| own.0),
            refresh_format: self.refresh_format.map(|own| own.0),
            refresh_rotate: self.refresh_rotate.map(|own| own.0),
            refresh_lifetime: self.refresh_lifetime.map(|own| own.0),
            sign_in: self.sign_in.read(),
        })
    }
}

/// A closed list of words, known to help and completions.
pub(super) fn words(all: impl Iterator<Item = &'static str>) -> PossibleValuesParser {
    PossibleValuesParser::new(all)
}

/// Reads a word that may stand for the server's own setting.
pub(super) fn own<T, E>(word: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Own<T>, E> {
    if word == SERVER { Ok(Own(None)) } else { parse(word).map(|own| Own(Some(own))) }
}

/// Reads a length of time.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    duration::parse(text).map_err(|problem| format!("{problem}; {}", duration::ADVICE))
}

/// An option that was given several times: `None` if never, empty for the one word `none`.
pub(super) fn list(given: &[String]) -> Option<SpaceDelimited> {
    match given {
        [] => None,
        [only] if only == NONE => Some(SpaceDelimited::default()),
        all => Some(SpaceDelimited::parse(&all.join(" "))),
    }
}
