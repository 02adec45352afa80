//! Users: a list that is searched, and a page for each.

pub(in crate::pages) mod delete;
mod fields;
pub(in crate::pages) mod link;
pub(in crate::pages) mod new;
pub(in crate::pages) mod one;
mod save;
mod shown;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use uuid::Uuid;

use crate::{
    acts::users::{self, UserQuery},
    app::App,
    error::{Code, Error, Result},
    model::{
        parameters::Parameters,
        timestamp::Timestamp,
        user::{DEFAULT_REALM, OperatorRole, User, UserStatus},
    },
    pages::{
        dates::Moment,
        gate::encoded,
        html::{self, Forms},
        layout::Layout,
        person::PersonInWords,
        words::Words,
    },
};

use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};

#[derive(Template)]
#[template(path = "admin/users/list.html")]
struct UsersPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    query: String,
    /// Each realm, where its tab leads, and whether it is this one.
    realms: Vec<(String, String, bool)>,
    /// The realm that is looked in, if one is.
    realm: Option<String>,
    users: Vec<Row>,
    next: Option<String>,
    /// Where the list begins, if this is not there.
    first: Option<String>,
}

/// A user in the list.
struct Row {
    path: String,
    person: PersonInWords,
    address: String,
    roles: Vec<String>,
    operator_roles: Vec<String>,
    has_password: bool,
    signed_in: Option<Moment>,
    status: (&'static str, &'static str),
}

/// Shows the list.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let text = |name: &str| asked.get(name).unwrap_or_default().trim().to_owned();
    let realm = asked.get("realm").map(str::to_owned);
    // A realm holds no slash, so the first one ends it.
    let after = asked.get("after").and_then(|after| after.split_once('/'));
    let query = UserQuery {
        realm: realm.clone(),
        begins: text("q"),
        after: after.map(|(realm, name)| (realm.to_owned(), name.to_owned())),
    };
    let page = users::page(&app, &query).await?;
    let address = |realm: Option<&str>, after: &str| {
        let realm = realm.map(|realm| format!("&realm={}", encoded(realm))).unwrap_or_default();
        format!("{}?q={}{realm}{after}", Section::Users.path(), encoded(&query.begins))
    };
    let realms = users::realms(&app).await?.into_iter().map(|name| {
        let is_this = realm.as_ref() == Some(&name);
        (name.clone(), address(Some(&name), ""), is_this)
    });
    let layout = admin.layout(&app);
    let page = UsersPage {
        realms: realms.collect(),
        users: page.users.iter().map(|it| Row::of(it, (layout.words, admin.at()))).collect(),
        frame: Frame::new(&admin, Section::Users, Section::Users.path()),
        next: page.next.map(|(in_realm, name)| {
            let after = format!("&after={}", encoded(&format!("{in_realm}/{name}")));
            address(realm.as_deref(), &after)
        }),
        first: query.after.is_some().then(|| address(realm.as_deref(), "")),
        query: query.begins,
        realm,
        layout,
    };
    html::answer_with(&page, Forms::Here)
}

impl Row {
    fn of(user: &User, (words, now): (Words, Timestamp)) -> Self {
        Self {
            path: path_of(user.user_id),
            person: PersonInWords::of(user),
            // Most are of one realm, which is what a name without one means.
            address: if user.realm == DEFAULT_REALM {
                user.username.clone()
            } else {
                user.address()
            },
            roles: user.roles.iter().map(str::to_owned).collect(),
            operator_roles: user.operator_roles.iter().map(str::to_owned).collect(),
            has_password: user.password.is_some(),
            signed_in: user.signed_in_at.map(|at| Moment::past(words, at, now)),
            status: status_of(user, now),
        }
    }
}

/// The shape and the key of a user's status.
fn status_of(user: &User, now: Timestamp) -> (&'static str, &'static str) {
    match user.status {
        UserStatus::Active if user.is_locked(now) => ("warn", "admin-users-locked"),
        UserStatus::Active => ("ok", "status-active"),
        UserStatus::Disabled | UserStatus::Deleted => ("off", "admin-users-disabled"),
    }
}

fn path_of(user_id: Uuid) -> String {
    format!("/admin/users/{user_id}")
}

/// The user that an address names.
async fn named(app: &App, id: &str) -> Result<User> {
    let unknown = |_| Error::new(Code::NotFound, "There is no such user.");
    Ok(users::get(app, id.parse().map_err(unknown)?).await?)
}

/// Whether whoever looks may change this user. Whoever may change users could otherwise make
/// themselves an operator by taking over the account of one.
fn may_change(admin: &AdminVisit, user: &User) -> bool {
    admin.can_change() && (user.operator_roles.is_empty() || admin.may(OperatorRole::Admin))
}

/// Refuses a change that whoever asks for it may not make.
fn check(admin: &AdminVisit, user: &User) -> Result<()> {
    if may_change(admin, user) {
        return Ok(());
    }
    let text = "Changing somebody who operates the server takes the role admin.";
    Err(Error::new(Code::AccessDenied, text))
}

/// Whether somebody looks at their own account: nobody locks themselves out by a page.
fn is_own(admin: &AdminVisit, user: &User) -> bool {
    admin.user().user_id == user.user_id
}
