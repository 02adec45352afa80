//! What the forms of a user's page do.

use std::time::Duration;

use axum::response::Response;

use crate::{
    acts::{
        consents::{self, Whose},
        edits::Edited,
        users,
    },
    app::App,
    error::{Code, Error, Result},
    model::{
        client_id::ClientId,
        duration,
        user::{OperatorRole, User, UserStatus},
    },
    pages::{
        admin::{
            both::{self, Both},
            form::{Field, News, mark},
            frame::Section,
            guard::AdminPosted,
        },
        html,
    },
};

use super::{
    fields::{Part, read},
    is_own,
    one::{show, step},
    path_of,
};

/// The longest time that somebody is locked out for.
const LONGEST_LOCK: Duration = Duration::from_hours(3650 * 24);

/// Saves a part of a user.
pub(super) async fn part(
    app: &App,
    posted: &AdminPosted,
    (user, part): (&User, Part),
) -> Result<Response> {
    let admin = &posted.admin;
    if part == Part::Operator && !admin.may(OperatorRole::Admin) {
        let text = "Giving and taking operator roles takes the role admin.";
        return Err(Error::new(Code::AccessDenied, text));
    }
    let mut fields = typed(part, user, posted);
    if part == Part::Operator && is_own(admin, user) {
        let news = News::trouble("admin-users-own");
        return show(app, admin, user, (Some((part, fields)), news)).await;
    }
    let Some(changes) = read(Some(user), &mut fields) else {
        let news = News::trouble("admin-not-saved");
        return show(app, admin, user, (Some((part, fields)), news)).await;
    };
    // A version that is none is one of before.
    let seen: i64 = posted.field("version").parse().unwrap_or_default();
    // Who it is was judged by the version of now: no other may be changed.
    let edited = if seen == user.version {
        users::change_seen(app, &admin.operator(), (user.user_id, seen), changes).await?
    } else {
        Edited::Meanwhile(user.clone())
    };
    match edited {
        Edited::Done(_) => Ok(leave(app, user, "saved")),
        Edited::Wrong(faults) => {
            let wrong = mark(&mut fields, faults);
            let news = News { wrong, ..News::trouble("admin-not-saved") };
            show(app, admin, user, (Some((part, fields)), news)).await
        }
        Edited::Meanwhile(now) => {
            let stands = part.fields(Some(&now)).into_iter().map(|field| field.value);
            let both = Both {
                section: Section::Users,
                name: now.address(),
                action: path_of(now.user_id),
                step: step(&now),
                part: part.name(),
                hidden: Vec::new(),
                is_dangerous: part.is_dangerous(),
                version: now.version,
                fields: fields.into_iter().zip(stands).collect(),
            };
            if both.is_alike() {
                return Ok(leave(app, user, "saved"));
            }
            both::show(app, admin, &both)
        }
    }
}

/// What somebody typed into a part.
pub(super) fn typed(part: Part, user: &User, posted: &AdminPosted) -> Vec<Field> {
    let chosen = |field: Field| {
        let stands = field.value.clone();
        both::chosen(posted, field, stands)
    };
    part.fields(Some(user)).into_iter().map(chosen).collect()
}

/// Does what is no change of settings.
pub(super) async fn deed(app: &App, posted: &AdminPosted, user: &User) -> Result<Response> {
    let (admin, operator) = (&posted.admin, posted.admin.operator());
    let name = users::name_of(user)?;
    let deed = posted.field("part");
    if is_own(admin, user) && matches!(deed, "lock" | "disable") {
        return show(app, admin, user, (None, News::trouble("admin-users-own"))).await;
    }
    let done = match deed {
        "session" => {
            let gone = |_| Error::new(Code::NotFound, "They have no such session.");
            let session_id = posted.field("session").parse().map_err(gone)?;
            users::end_session(app, &operator, user, session_id).await?;
            "session"
        }
        "sessions" => {
            users::end_sessions(app, &operator, &name).await?;
            "sessions"
        }
        "consent" => {
            let gone = |_| Error::new(Code::NotFound, "They allow no such client anything.");
            let client_id = ClientId::parse(posted.field("client")).map_err(gone)?;
            let whose = Whose { realm: name.realm.clone(), name: name.name.clone() };
            consents::remove(app, &operator, (&whose, &client_id)).await?;
            "consent"
        }
        "lock" => {
            let length = duration::parse(posted.field("for")).ok();
            let length = length.filter(|it| !it.is_zero() && *it <= LONGEST_LOCK);
            let Some(length) = length else {
                let news = News::trouble("admin-users-no-length");
                return show(app, admin, user, (None, news)).await;
            };
            let until = admin.at().plus(length);
            users::lock(app, &operator, &name, Some(until)).await?;
            "locked"
        }
        "unlock" => {
            users::lock(app, &operator, &name, None).await?;
            "unlocked"
        }
        "disable" => {
            users::set_status(app, &operator, &name, UserStatus::Disabled).await?;
            "disabled"
        }
        "enable" => {
            users::set_status(app, &operator, &name, UserStatus::Active).await?;
            "enabled"
        }
        _ => return Err(Error::new(Code::InvalidRequest, "No part of the page is named.")),
    };
    Ok(leave(app, user, done))
}

fn leave(app: &App, user: &User, done: &str) -> Response {
    html::see_other(&app.issuer, &format!("{}?done={done}", path_of(user.user_id)))
}
