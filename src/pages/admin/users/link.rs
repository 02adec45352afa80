//! A link to a password: sent to the user, or shown once to be handed over.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    acts::links::{self, MadeLink},
    app::App,
    error::Result,
    model::user::User,
    pages::{
        admin::{
            form::{Field, Kind, News},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        dates::Moment,
        html::{self, Forms},
        layout::Layout,
    },
    tokens::typed::Link,
};

use super::{check, named, path_of};

const WAY: Field = Field {
    name: "way",
    label: "admin-users-way",
    hint: Some("admin-users-way-hint"),
    kind: Kind::Choice(&[("send", "admin-users-way-send"), ("show", "admin-users-way-show")]),
    value: String::new(),
    wrong: None,
};

#[derive(Template)]
#[template(path = "admin/users/link.html")]
struct LinkPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    address: String,
    path: String,
    is_first: bool,
    way: Field,
    made: Option<Shown<'a>>,
    news: News,
}

/// A link that was made.
struct Shown<'a> {
    /// The link; nothing where it was sent.
    link: Option<&'a str>,
    sent_to: Option<&'a str>,
    ends: Moment,
}

/// Shows the form.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    admin: AdminVisit,
) -> Result<Response> {
    let user = named(&app, &id).await?;
    show(&app, &admin, &user, (None, News::default()))
}

/// Makes the link.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let user = named(&app, &id).await?;
    check(admin, &user)?;
    if !posted.is_genuine(&step(&user)) {
        return show(&app, admin, &user, (None, News::trouble("form-stale")));
    }
    if let Some(key) = posted.prove(&app).await? {
        return show(&app, admin, &user, (None, News::trouble(key)));
    }
    let is_shown = posted.field("way") == "show";
    let made = links::make(&app, &admin.operator(), (kind_of(&user), &user), is_shown).await?;
    show(&app, admin, &user, (Some(&made), News::default()))
}

/// Somebody without a password is invited to choose their first.
fn kind_of(user: &User) -> Link {
    if user.password.is_none() { Link::Invitation } else { Link::PasswordReset }
}

fn step(user: &User) -> String {
    format!("admin|user|{}|link", user.user_id)
}

fn show(
    app: &App,
    admin: &AdminVisit,
    user: &User,
    (made, news): (Option<&MadeLink>, News),
) -> Result<Response> {
    let layout = admin.layout(app);
    let made = made.map(|made| Shown {
        link: made.sent_to.is_none().then(|| made.address.expose()),
        sent_to: made.sent_to.as_deref(),
        ends: Moment::new(layout.words, made.expires_at, admin.at()),
    });
    let path = path_of(user.user_id);
    let page = LinkPage {
        layout,
        frame: Frame::new(admin, Section::Users, format!("{path}/link")),
        csrf: admin.csrf(&step(user)),
        address: user.address(),
        path,
        is_first: user.password.is_none(),
        way: WAY,
        made,
        news,
    };
    html::answer_with(&page, Forms::Here)
}
