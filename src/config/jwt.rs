//! Section `jwt`: the JWTs that say who a person is. Without `jwt.iss` there are none.

use std::{path::PathBuf, time::Duration};

mod secret;

use self::secret::{HOW_TO_MAKE_ONE, judge_value, of_item};
use super::{
    fault::Wrong,
    kind::items,
    named,
    read::{parsed, unless_empty},
    typed::Config,
    values::Values,
};
use crate::model::{
    issuer::Issuer, secret::Secret, signature_algorithm::SignatureAlgorithm,
    user_jwt::SubjectFormat,
};

pub use self::secret::{is_sample, judge_secret};

/// The longest issuer and audience, in characters.
const LONGEST_TEXT: usize = 200;

/// The word of `jwt.alg` for a shared secret.
const HS256: &str = "HS256";

/// Section `jwt`, where it is in use.
#[derive(Debug, Clone)]
pub struct Jwt {
    /// Who they say they are from.
    pub issuer: String,
    /// Whom they say they are for; `None` where they say nothing of that.
    pub audience: Option<String>,
    /// How long they live: 1 second to 10 years, whole seconds.
    pub lifetime: Duration,
    /// What signs them.
    pub signature: JwtSignature,
    /// What stands in `sub`.
    pub subject: SubjectFormat,
}

/// What signs JWTs for people.
#[derive(Debug, Clone)]
pub enum JwtSignature {
    /// Our own key of this algorithm.
    Key(SignatureAlgorithm),
    /// HS256 by the first of these; all of them verify. At least one.
    Secrets(Vec<SecretSource>),
}

/// Where a secret is to be found.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// Here.
    Value(Secret),
    /// In this file, as text; a line break at its end does not count. Nobody has looked at it yet.
    File(PathBuf),
}

/// Reads the section, and reports what is missing of it.
pub(super) fn read(values: &mut Values) -> Option<Jwt> {
    let issuer = values.read("jwt.iss", |text| unless_empty(text, line));
    let audience = values.read("jwt.aud", |text| unless_empty(text, line));
    let seconds: u32 = values.read("jwt.exp", parsed);
    let algorithm = values.read("jwt.alg", |text| Ok(text.to_owned()));
    let one = values.read("jwt.secret", |text| unless_empty(text, |text| source(text, None)));
    let several: Vec<_> = values.read("jwt.secrets", |text| {
        items(text).zip(1..).map(|(item, number)| source(item, Some(number))).collect()
    });
    let emit_aud: bool = values.read("jwt.emit_aud", parsed);
    let subject = values.read("jwt.sub_format", parsed);

    let Some(issuer) = issuer else {
        let set = [
            ("jwt.aud", audience.is_some()),
            ("jwt.exp", seconds > 0),
            ("jwt.secret", one.is_some()),
            ("jwt.secrets", !several.is_empty()),
            ("jwt.alg", algorithm != named::get("jwt.alg").default),
        ];
        if let Some((key, _)) = set.iter().find(|(_, is_set)| *is_set) {
            let problem = format!("is missing, while {key} is set");
            let remedy = "write who the JWTs are from, such as iss = \"auth.example.com\"";
            refuse(values, "jwt.iss", Wrong::new(problem, remedy));
        }
        return None;
    };
    if seconds == 0 {
        let remedy = "write how many seconds the JWTs live, such as exp = 3600";
        refuse(values, "jwt.exp", Wrong::new("is missing, while jwt.iss is set", remedy));
    }
    let signature = signature(values, &algorithm, (one, several));
    let audience = audience.filter(|_| emit_aud);
    let lifetime = Duration::from_secs(seconds.into());
    Some(Jwt { issuer, audience, lifetime, signature, subject })
}

/// What signs; a secret where one is needed, and only there.
fn signature(
    values: &mut Values,
    algorithm: &str,
    (one, several): (Option<SecretSource>, Vec<SecretSource>),
) -> JwtSignature {
    if let Ok(algorithm) = algorithm.parse() {
        let set = [("jwt.secret", one.is_some()), ("jwt.secrets", !several.is_empty())];
        for (key, _) in set.into_iter().filter(|(_, is_set)| *is_set) {
            let problem = format!("is set, and jwt.alg is {algorithm}, which has no secret");
            refuse(values, key, Wrong::new(problem, "remove it, or write alg = \"HS256\""));
        }
        return JwtSignature::Key(algorithm);
    }
    match (&one, several.is_empty()) {
        (Some(_), false) => {
            let wrong = Wrong::new("stands beside jwt.secrets", "put it first among those");
            refuse(values, "jwt.secret", wrong);
        }
        // A wrong one is told of already.
        (None, true) if values.are_sound(&["jwt.secret", "jwt.secrets"]) => {
            let problem = format!("is missing, and jwt.alg is {HS256}");
            refuse(values, "jwt.secret", Wrong::new(problem, HOW_TO_MAKE_ONE));
        }
        _ => {}
    }
    JwtSignature::Secrets(one.into_iter().chain(several).collect())
}

fn refuse(values: &mut Values, path: &'static str, wrong: Wrong) {
    // What is already known to be wrong is not missing.
    if values.are_sound(&[path]) {
        values.refuse(named::get(path), values.source(path), wrong);
    }
}

/// One line of text.
fn line(text: &str) -> Result<String, Wrong> {
    let is_line = text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control);
    let problem = format!("is no line of at most {LONGEST_TEXT} characters");
    is_line.then(|| text.to_owned()).ok_or_else(|| Wrong::new(problem, "write a shorter one"))
}

/// Whether a secret here is long enough is judged at once, and of one in a file when it is opened.
/// `number` is that of one of several.
fn source(text: &str, number: Option<usize>) -> Result<SecretSource, Wrong> {
    match text.strip_prefix("file:") {
        Some("") => Err(Wrong::new(of_item(number, "names no file"), "write file:PATH")),
        Some(path) => Ok(SecretSource::File(PathBuf::from(path))),
        None => judge_value(text, number, true)
            .map(|()| SecretSource::Value(Secret::new(text.to_owned()))),
    }
}

/// Refuses secrets that do where nobody else reaches us, and not where we are.
pub(super) fn refuse_known_secrets(config: &Config, values: &mut Values) {
    if !values.are_sound(&["jwt.secret", "jwt.secrets", "server.listen", "server.issuer"]) {
        return;
    }
    let are_several = values.stated("jwt.secrets").is_some_and(|text| items(text).count() > 0);
    let path = if are_several { "jwt.secrets" } else { "jwt.secret" };
    let on_loopback = config.is_on_loopback();
    let wrong = sources(config).iter().zip(1..).find_map(|(source, number)| match source {
        SecretSource::Value(secret) => {
            judge_value(secret.expose(), are_several.then_some(number), on_loopback).err()
        }
        SecretSource::File(_) => None,
    });
    if let Some(wrong) = wrong {
        refuse(values, path, wrong);
    }
}

/// What is said where the sample is in use.
#[must_use]
pub fn note_of_sample() -> String {
    "jwt.secret is the sample of a public documentation, which everybody knows: it is taken on \
     this machine only."
        .to_owned()
}

/// Tells that the sample is in use, where that is allowed.
pub(super) fn note_sample(config: &Config, values: &mut Values) {
    if values_of(config).any(is_sample) && config.is_on_loopback() {
        values.note(note_of_sample());
    }
}

/// Where all of them are to be found.
fn sources(config: &Config) -> &[SecretSource] {
    match config.jwt.as_ref().map(|jwt| &jwt.signature) {
        Some(JwtSignature::Secrets(secrets)) => secrets,
        _ => &[],
    }
}

/// The secrets that stand in the settings themselves.
fn values_of(config: &Config) -> impl Iterator<Item = &str> {
    sources(config).iter().filter_map(|source| match source {
        SecretSource::Value(secret) => Some(secret.expose()),
        SecretSource::File(_) => None,
    })
}

impl Config {
    /// The longest lifetime of what our own keys sign, as far as settings say it.
    #[must_use]
    pub fn longest_lifetime(&self) -> Duration {
        let of_people = self.jwt.as_ref().filter(|jwt| jwt.algorithm().is_some());
        let of_people = of_people.map_or(Duration::ZERO, |jwt| jwt.lifetime);
        self.tokens.access_lifetime.max(of_people)
    }

    /// The algorithms by which our own keys sign, as far as settings say it.
    pub fn algorithms(&self) -> impl Iterator<Item = SignatureAlgorithm> + use<> {
        let of_people = self.jwt.as_ref().and_then(Jwt::algorithm);
        [self.tokens.access.algorithm].into_iter().chain(of_people)
    }

    /// Whether nobody but this machine reaches us, and clients know us as such.
    #[must_use]
    pub fn is_on_loopback(&self) -> bool {
        let server = &self.server;
        server.listen.ip().is_loopback() && server.issuer.as_ref().is_none_or(Issuer::is_loopback)
    }
}

impl Jwt {
    /// The algorithm of our own key, where such a one signs.
    #[must_use]
    pub fn algorithm(&self) -> Option<SignatureAlgorithm> {
        match self.signature {
            JwtSignature::Key(algorithm) => Some(algorithm),
            JwtSignature::Secrets(_) => None,
        }
    }

    /// What every node should have alike. Secrets are not compared.
    pub(super) fn shared(&self) -> impl Iterator<Item = (String, String)> + use<> {
        let algorithm = match &self.signature {
            JwtSignature::Key(algorithm) => algorithm.as_str(),
            JwtSignature::Secrets(_) => HS256,
        };
        [
            ("jwt.iss", self.issuer.clone()),
            ("jwt.aud", self.audience.clone().unwrap_or_default()),
            ("jwt.exp", self.lifetime.as_secs().to_string()),
            ("jwt.alg", algorithm.to_owned()),
            ("jwt.sub_format", self.subject.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
    }
}

#[cfg(test)]
mod tests;
