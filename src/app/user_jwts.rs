//! What JWTs for people are made with: as the settings say, with the secrets that stand in files.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::{
    config::{Config, Jwt, JwtSignature, SecretSource, Wrong, is_sample, judge_secret},
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
    let Jwt { issuer, audience, lifetime, signature, subject } = jwt.clone();
    let signature = match signature {
        JwtSignature::Key(algorithm) => UserJwtSignature::Key(algorithm),
        JwtSignature::Secrets(sources) => {
            let on_loopback = config.is_on_loopback();
            let secrets = sources.iter().map(|source| secret(source, on_loopback));
            UserJwtSignature::Secrets(secrets.collect::<Result<_, _>>()?)
        }
    };
    Ok(Some(UserJwts::new((issuer, audience), lifetime, signature, (subject, config.scopes_shape))))
}

fn secret(source: &SecretSource, on_loopback: bool) -> Result<JwtSecret, OpenError> {
    match source {
        // Judged with the settings.
        SecretSource::Value(secret) => Ok(JwtSecret::new(secret)),
        SecretSource::File(path) => match judged(path, on_loopback) {
            Ok(secret) => Ok(JwtSecret::new(&secret)),
            Err(Wrong { problem, remedy }) => Err(OpenError::JwtSecret { problem, remedy }),
        },
    }
}

/// The files with secrets that the settings name.
pub fn secret_files(config: &Config) -> impl Iterator<Item = &Path> {
    let secrets = match config.jwt.as_ref().map(|jwt| &jwt.signature) {
        Some(JwtSignature::Secrets(secrets)) => secrets.as_slice(),
        _ => &[],
    };
    secrets.iter().filter_map(|source| match source {
        SecretSource::File(path) => Some(path.as_path()),
        SecretSource::Value(_) => None,
    })
}

/// Judges the secret in a file as a start does. Returns whether it is the sample of a public
/// documentation, which is taken `on_loopback` only.
///
/// # Errors
///
/// What is wrong with it, to be read after the name of the setting.
pub fn judge_secret_file(path: &Path, on_loopback: bool) -> Result<bool, Wrong> {
    judged(path, on_loopback).map(|secret| is_sample(secret.expose()))
}

fn judged(path: &Path, on_loopback: bool) -> Result<Secret, Wrong> {
    let text = read(path)?;
    match judge_secret(text.expose(), on_loopback) {
        Ok(()) => Ok(text),
        Err(problem) => {
            let remedy = "make one with openssl rand -hex 32 and put it there";
            Err(Wrong::new(format!("{} {problem}", path.display()), remedy))
        }
    }
}

/// The text of a file that not every user may read; a line break at its end belongs to the file and
/// not to the secret.
fn read(path: &Path) -> Result<Secret, Wrong> {
    let shown = path.display();
    let unreadable = |why: String| {
        let remedy = "let jwt.secret or jwt.secrets name a readable text file";
        Wrong::new(format!("{shown} can't be read: {why}"), remedy)
    };
    let metadata = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    // Whatever else can be read, such as a pipe, may do.
    if metadata.is_dir() {
        let remedy = "let jwt.secret or jwt.secrets name a readable text file";
        return Err(Wrong::new(format!("{shown} is no regular file"), remedy));
    }
    if metadata.len() > LARGEST {
        return Err(unreadable(format!("it is larger than {LARGEST} bytes")));
    }
    if metadata.permissions().mode() & 0o007 != 0 {
        let remedy = format!("chmod 600 {shown}; and put another secret into it");
        return Err(Wrong::new(format!("{shown} is open to every user"), remedy));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let mut text = zeroize::Zeroizing::new(text);
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    Ok(Secret::new(text.to_string()))
}
