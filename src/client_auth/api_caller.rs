//! Who calls this server's own API: a client that bears an access token, or a person.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::{
    app::App,
    error::{Code, Error, Result},
    model::{parameters::Parameters, timestamp::Timestamp},
};

use super::{
    CallerAddress,
    bearer::{self, Bearer},
    credentials::{self, Credentials},
    password::judge_password,
    person::{self, Person},
};

/// Whoever calls.
#[derive(Debug)]
pub enum ApiCaller {
    /// The bearer of an access token.
    Client(Bearer),
    /// Somebody with a password, or with a token that they made for themselves. A JWT of
    /// `/authenticate` will not do: applications get to see those, and must not make more of them.
    Person(Person),
}

impl FromRequestParts<App> for ApiCaller {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, app: &App) -> Result<Self> {
        if let Some(query) = head.uri.query() {
            Parameters::refuse_secrets_in(query)?;
        }
        let (from, at) = (CallerAddress::of(&head.extensions), app.now());
        if presents_password(&head.headers) {
            return Ok(Self::Person(by_password(app, &head.headers, (from, at)).await?));
        }
        let presented = bearer::read(&head.headers)?;
        let (entry, reason) = match bearer::judge(app, &presented, (from, at)).await? {
            Ok(judged) => return Ok(Self::Client(Bearer::of(judged, (from, at)))),
            Err(refused) => refused,
        };
        if let Some(found) = app.tokens.find_personal(presented.expose()).await?
            && let Ok(realm) = credentials::realm(&head.headers)
            && let Ok(person) = Person::of_token(app, &found, realm.as_deref(), (from, at)).await?
        {
            return Ok(Self::Person(person));
        }
        Err(bearer::refuse(entry.as_deref(), reason))
    }
}

async fn by_password(
    app: &App,
    headers: &HeaderMap,
    (from, at): (CallerAddress, Timestamp),
) -> Result<Person> {
    let credentials = Credentials::read(headers)?;
    let (Some(pair), None) = (&credentials.basic, &credentials.bearer) else {
        return Err(Error::new(Code::InvalidRequest, "There are several credentials."));
    };
    let realm = credentials.realm();
    let judged = judge_password(app, pair, (realm, from, at)).await?;
    let person = person::admit(judged, Some(realm), (from, at));
    person.map_err(|(id, reason)| {
        app.refusals.note_user(id, from.0, at);
        person::refused(id, reason, realm)
    })
}

/// Whether the one `Authorization` header begins with a name and password.
fn presents_password(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let start = value.as_bytes().get(.."Basic ".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"Basic "))
}
