//! The first administrator: made by whoever has a code that only an operator could read.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use serde_json::Value;

use crate::{
    app::App,
    hashing,
    model::{
        id::uuid_v7,
        secret::{Random, Secret},
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        user::{DEFAULT_REALM, OperatorRole, User},
        username::Username,
    },
};

use super::{Error, Operator, Result, browser_sessions::SeenFrom, event, users};

/// How long a code is good for.
pub const CODE_LIFETIME: Duration = Duration::from_mins(30);

/// Codes that may be tried from one address in a minute.
const TRIES: u32 = 10;

/// What codes are made of: consonants, so that none is a word, and digits. With eight of the one
/// and four of the other, about 47 bits.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const DIGITS: &[u8; 10] = b"0123456789";
const SHAPE: &str = "AAAA-0000-AAAA";

/// A code, just made.
#[derive(Debug)]
pub struct SetupCode {
    /// What is typed. The only time that it is seen.
    pub code: Secret,
    /// The first moment at which it is good no more.
    pub expires_at: Timestamp,
}

/// Who is to be the first administrator, as they typed it.
#[derive(Debug, Clone, Copy)]
pub struct FirstAdministrator<'a> {
    /// The code.
    pub code: &'a Secret,
    /// What they are called.
    pub name: &'a str,
    /// Their address, which is the name that they sign in by.
    pub email: &'a str,
    /// Their password.
    pub password: &'a Secret,
}

/// Why there is no administrator yet.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    /// The code is not good, or not any more.
    #[error("the code is not good")]
    Code,
    /// What they are called cannot be taken.
    #[error("the name is not good")]
    Name,
    /// The address cannot be taken, or somebody has that name.
    #[error("the address is not good")]
    Email,
    /// The password is none.
    #[error("the password is not good")]
    Password,
    /// Too many codes were tried from there. Again after so long.
    #[error("too many tries")]
    Throttled(Duration),
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Whether the first administrator is still to be made.
///
/// # Errors
///
/// What the store says.
pub async fn is_open(app: &App) -> Result<bool> {
    if app.store.is_disabled() {
        return Ok(false);
    }
    let state = app.store.read().await?.setup_state().await?;
    Ok(state.is_some_and(|state| state.setup_done_at.is_none()))
}

/// The same at a start: where somebody is an administrator already, nothing is to be set up from
/// then on.
///
/// # Errors
///
/// What the store says.
pub async fn look(app: &App) -> Result<bool> {
    if !is_open(app).await? {
        return Ok(false);
    }
    let roles = app.store.read().await?.operator_roles().await?;
    if !roles.iter().any(|roles| is_admin(roles)) {
        return Ok(true);
    }
    let mut store = app.store.begin().await?;
    store.skip_setup(app.now()).await?;
    store.commit().await?;
    Ok(false)
}

/// Makes a code, in the place of the one before.
///
/// # Errors
///
/// [`Error::Conflict`] if there is nothing to set up any more.
pub async fn make_code(app: &App, operator: &Operator) -> Result<SetupCode> {
    let done = || Error::Conflict("there is an administrator already".to_owned());
    if !look(app).await? {
        return Err(done());
    }
    let code = draw(&app.random);
    let hash = app.hasher.hash(&code).await?;
    let now = app.now();
    let expires_at = now.plus(CODE_LIFETIME);
    let mut store = app.store.begin().await?;
    if !store.put_setup_code(hash.as_bytes(), expires_at).await? {
        return Err(done());
    }
    let event = event(app, (operator, now), "setup.code_made", "setup", None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(SetupCode { code, expires_at })
}

/// Makes the first administrator. Of two with one code at once, one is made.
///
/// # Errors
///
/// [`NotSetUp`]; then the code is as good as before.
pub async fn finish(
    app: &App,
    first: FirstAdministrator<'_>,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<User, NotSetUp> {
    let hash = prove(app, first.code, (from.address, at)).await?;
    let user = administrator(app, first, at)?;
    let password =
        users::hash_password(app, first.password).await.map_err(|error| match error {
            Error::Invalid(_) => NotSetUp::Password,
            other => NotSetUp::Failed(other),
        })?;
    let user = User { password: Some(password), ..user };
    let by = from.person(&user);
    let mut store = app.store.begin().await.map_err(Error::from)?;
    if !store.finish_setup(&hash, at).await.map_err(Error::from)? {
        return Err(NotSetUp::Code);
    }
    if !store.insert_user(&user).await.map_err(Error::from)? {
        return Err(NotSetUp::Email);
    }
    for action in ["setup.finished", "user.added"] {
        let event = event(app, (&by, at), action, &user.address(), None);
        store.insert_audit_event(&event).await.map_err(Error::from)?;
    }
    store.commit().await.map_err(Error::from)?;
    Ok(user)
}

/// The hash that is kept of the code, if it is good.
async fn prove(
    app: &App,
    code: &Secret,
    (from, at): (IpAddr, Timestamp),
) -> Result<Vec<u8>, NotSetUp> {
    app.hasher.count_try(("setup", TRIES), (from, at)).await.map_err(not_judged)?;
    let Some(code) = read(code) else { return Err(NotSetUp::Code) };
    let mut store = app.store.read().await.map_err(Error::from)?;
    let state = store.setup_state().await.map_err(Error::from)?;
    drop(store);
    let live = state.filter(|state| state.setup_expires_at.is_some_and(|end| at < end));
    let Some(hash) = live.and_then(|state| state.setup_hash) else { return Err(NotSetUp::Code) };
    let Ok(kept) = str::from_utf8(&hash) else { return Err(NotSetUp::Code) };
    let right = app.hasher.recognise(&code, &[kept]).await.map_err(not_judged)?;
    if right.is_none() {
        tracing::info!(event = "setup.refused", "a setup code was refused");
        return Err(NotSetUp::Code);
    }
    Ok(hash)
}

fn not_judged(error: hashing::Error) -> NotSetUp {
    match error {
        hashing::Error::Throttled(wait) => NotSetUp::Throttled(wait),
        hashing::Error::Busy | hashing::Error::Unhashable => NotSetUp::Failed(error.into()),
    }
}

/// The administrator as they are to be, but for the password.
fn administrator(
    app: &App,
    first: FirstAdministrator<'_>,
    at: Timestamp,
) -> Result<User, NotSetUp> {
    let name = first.name.trim();
    super::checks::name(name).map_err(|_| NotSetUp::Name)?;
    let email = first.email.trim();
    let is_address = email
        .split_once('@')
        .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'));
    let username = Username::parse(email).ok().filter(|name| is_address && name.takes_password());
    let username = username.ok_or(NotSetUp::Email)?;
    let claims = BTreeMap::from([
        ("name".to_owned(), Value::from(name)),
        ("email".to_owned(), Value::from(email)),
    ]);
    let blank = User::blank(uuid_v7(at, &app.random), DEFAULT_REALM, &username, at);
    Ok(User {
        claims: claims.into_iter().collect(),
        operator_roles: SpaceDelimited::parse(OperatorRole::Admin.as_str()),
        ..blank
    })
}

fn is_admin(operator_roles: &str) -> bool {
    operator_roles.split(' ').any(|role| role == OperatorRole::Admin.as_str())
}

/// Draws a code: each place by a byte that is thrown away where it would prefer some.
fn draw(random: &Random) -> Secret {
    let pick = |alphabet: &[u8]| {
        let fair = 256 - 256 % alphabet.len();
        loop {
            let [byte] = random.bytes::<1>();
            if usize::from(byte) < fair {
                return char::from(alphabet[usize::from(byte) % alphabet.len()]);
            }
        }
    };
    let place = |shape| match shape {
        'A' => pick(LETTERS),
        '0' => pick(DIGITS),
        other => other,
    };
    Secret::new(SHAPE.chars().map(place).collect())
}

/// Reads a code as people type it: in either case, with dashes and spaces or without.
fn read(typed: &Secret) -> Option<Secret> {
    let plain: String = typed
        .expose()
        .chars()
        .filter(|character| !matches!(character, '-' | ' ' | '–'))
        .map(|character| character.to_ascii_uppercase())
        .collect();
    if plain.len() != 12 || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    Some(Secret::new(format!("{}-{}-{}", &plain[..4], &plain[4..8], &plain[8..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_shape_and_is_read_as_people_type_it() {
        let code = draw(&Random::system());
        let text = code.expose();

        assert_eq!(text.len(), SHAPE.len());
        for (shape, character) in SHAPE.chars().zip(text.chars()) {
            match shape {
                'A' => assert!(LETTERS.contains(&(character as u8)), "{text}"),
                '0' => assert!(character.is_ascii_digit(), "{text}"),
                other => assert_eq!(character, other),
            }
        }
        let spaced = text.to_lowercase().replace('-', " ");
        for typed in [text, &spaced, &format!(" {}", text.replace('-', ""))] {
            assert_eq!(read(&Secret::new(typed.to_owned())).unwrap().expose(), text, "{typed}");
        }
        for typed in ["", "KRTM-8842", "KRTM-8842-PWVÄ", "KRTM-8842-PWVX1"] {
            assert!(read(&Secret::new(typed.to_owned())).is_none(), "{typed}");
        }
    }

    #[test]
    fn only_the_role_of_that_very_name_is_an_administrator() {
        assert!(is_admin("admin") && is_admin("auditor admin"));
        assert!(!is_admin("user-admin client-admin") && !is_admin(""));
    }
}
