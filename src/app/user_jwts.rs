//! What JWTs for people are made with: as the settings say, with the secrets that stand in files.

use std::{fs, path::Path};

use crate::{
    config::{Config, Jwt, JwtSignature, SecretSource, judge_secret},
    model::secret::Secret,
    tokens::user_jwt::{JwtSecret, UserJwtSignature, UserJwts},
};

use super::OpenError;

/// The largest file that is looked at, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Makes ready what the settings want; `None` where they want no JWTs for people.
///
/// # Errors
///
/// [`OpenError::JwtSecret`] if a file cannot be read or holds no secret to sign with.
pub(super) fn load(config: &Config) -> Result<Option<UserJwts>, OpenError> {
    let Some(jwt) = &config.jwt else { return Ok(None) };
    let Jwt { issuer, audience, lifetime, signature, subject, scopes } = jwt.clone();
    let signature = match signature {
        JwtSignature::Key(algorithm) => UserJwtSignature::Key(algorithm),
        JwtSignature::Secrets(sources) => {
            let on_loopback = config.is_on_loopback();
            let secrets = sources.iter().map(|source| secret(source, on_loopback));
            UserJwtSignature::Secrets(secrets.collect::<Result<_, _>>()?)
        }
    };
    Ok(Some(UserJwts::new((issuer, audience), lifetime, signature, (subject, scopes))))
}

fn secret(source: &SecretSource, on_loopback: bool) -> Result<JwtSecret, OpenError> {
    match source {
        // Judged with the settings.
        SecretSource::Value(secret) => Ok(JwtSecret::new(secret)),
        SecretSource::File(path) => {
            let text = read(path)?;
            judge_secret(text.expose(), on_loopback).map_err(|(problem, remedy)| {
                let problem = format!("{} {problem}", path.display());
                OpenError::JwtSecret { problem, remedy }
            })?;
            Ok(JwtSecret::new(&text))
        }
    }
}

/// The text of a file; a line break at its end belongs to the file and not to the secret.
fn read(path: &Path) -> Result<Secret, OpenError> {
    let unreadable = |why: String| OpenError::JwtSecret {
        problem: format!("{} can't be read: {why}", path.display()),
        remedy: "let jwt.secret or jwt.secrets name a readable text file".to_owned(),
    };
    let length = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > LARGEST {
        return Err(unreadable(format!("it is larger than {LARGEST} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let mut text = zeroize::Zeroizing::new(text);
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    Ok(Secret::new(text.to_string()))
}
