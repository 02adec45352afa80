//! Forward authentication: who sent the request that a proxy asks about? The answer carries a JWT
//! for the application behind it.
//!
//! What the request itself asks for is never looked at: neither its path nor its query nor its
//! body.

use axum::{
    extract::State,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    client_auth::{CallerAddress, Credentials, Person, Proof},
    error::{Code, Error, Result},
    model::user::User,
};

/// What a header can hold in the place of a name's bytes, and a list of roles in the place of a
/// comma: percent signs and two digits. A percent sign itself is written so, too.
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Says who somebody is.
pub(super) async fn get(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response> {
    let credentials = Credentials::read(&headers)?;
    let Some(jwts) = app.tokens.user_jwts() else {
        let text = "This server makes no JWTs for people: jwt.iss is not set.";
        return Err(Error::new(Code::NotFound, text));
    };
    let (from, at) = (CallerAddress::of(&extensions), app.now());
    let person = credentials.prove(&app, (from, at)).await?;
    let (told, ends_at) = (person.told(&app).await?, person.proof.ends_at());
    let jwt = app.tokens.sign_user_jwt(&jwts, (&told, &person.limits), ends_at, at).await?;
    tell_of(&person);

    let mut response = "ok".into_response();
    let answer = response.headers_mut();
    let bearer = format!("Bearer {}", jwt.expose());
    let mut bearer = HeaderValue::try_from(bearer).map_err(Error::internal)?;
    bearer.set_sensitive(true);
    answer.insert(header::AUTHORIZATION, bearer);
    if app.config().forward_auth.headers {
        for (name, value) in about(&told) {
            answer.insert(name, HeaderValue::try_from(value).map_err(Error::internal)?);
        }
    }
    Ok(response)
}

/// Who somebody is, for applications that read headers. Each is always there, perhaps empty: what
/// is there takes the place of what a caller may have sent under that name.
fn about(user: &User) -> [(HeaderName, String); 3] {
    let roles: Vec<_> = user.roles.iter().map(escaped).collect();
    [
        (HeaderName::from_static("x-auth-username"), escaped_name(&user.username)),
        (HeaderName::from_static("x-auth-realm"), user.realm.clone()),
        (HeaderName::from_static("x-auth-roles"), roles.join(",")),
    ]
}

/// A role, which a comma parts from the next one.
fn escaped(role: &str) -> String {
    escape(role, |byte| byte.is_ascii_graphic() && !b"%,".contains(&byte))
}

/// A name, which may have spaces within.
fn escaped_name(name: &str) -> String {
    escape(name, |byte| (byte.is_ascii_graphic() || byte == b' ') && byte != b'%')
}

/// The bytes of a text in UTF-8, those as percent signs and digits that are not plain.
fn escape(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            escaped.push(char::from(byte));
        } else {
            let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

/// Logs who was let in, once.
pub(super) fn tell_of(person: &Person) {
    let user_id = person.user.user_id;
    let (by, entry) = match &person.proof {
        Proof::Password => ("password", None),
        Proof::Personal(found, _) => ("personal token", Some(found.entry.entry_key)),
        Proof::Jwt(..) => ("JWT", None),
    };
    tracing::debug!(
        event = "user.authenticated",
        user.id = %user_id,
        token.entry = entry.map(tracing::field::display),
        proof = by,
        "user {user_id} proved who they are by a {by}"
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let mut half = || char::from(rest.next().unwrap()).to_digit(16).unwrap();
                bytes.push(u8::try_from(half() * 16 + half()).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn plain_names_stand_as_they_are_and_others_escaped() {
        for (name, shown) in [
            ("alice", "alice"),
            ("Jonas Weber", "Jonas Weber"),
            ("Jürgen", "J%C3%BCrgen"),
            ("J%C3%BCrgen", "J%25C3%25BCrgen"),
            ("a\r\nX-Auth-Roles: admin", "a%0D%0AX-Auth-Roles: admin"),
        ] {
            assert_eq!(escaped_name(name), shown);
        }
        assert_eq!(escaped("editor,admin"), "editor%2Cadmin");
    }

    proptest! {
        #[test]
        fn whatever_a_name_is_it_is_one_header_and_reads_back(name in any::<String>()) {
            for shown in [escaped_name(&name), escaped(&name)] {
                prop_assert!(HeaderValue::try_from(&shown).unwrap().to_str().is_ok());
                prop_assert_eq!(decoded(&shown), name.clone());
            }
            prop_assert!(!escaped(&name).contains(','));
        }
    }
}
