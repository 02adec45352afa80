//! The page of one user: what they may do, where they are signed in, what they allowed.

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};

use crate::{
    acts::{
        consents::{self, Whose},
        links, users,
    },
    app::App,
    error::Result,
    model::{
        account_end::AccountLimits,
        user::{OperatorRole, User},
    },
    pages::{
        account::browser,
        admin::{
            form::{Field, News},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        dates::Moment,
        html::{self, Forms},
        layout::Layout,
        person::PersonInWords,
    },
};

use super::{
    check,
    fields::Part,
    is_own, may_change, named, path_of, save,
    shown::{ConsentRow, SessionRow},
    status_of,
};

#[derive(Template)]
#[template(path = "admin/users/one.html")]
struct UserPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    user: &'a User,
    address: String,
    path: String,
    person: PersonInWords,
    status: (&'static str, &'static str),
    facts: Vec<(&'static str, Option<Moment>)>,
    locked: Option<Moment>,
    parts: Vec<(Part, Vec<Field>, bool)>,
    sessions: Vec<SessionRow>,
    /// That there are more, and how many.
    more_sessions: Option<String>,
    consents: Vec<ConsentRow>,
    /// Whether whoever looks may change this user.
    may_change: bool,
    /// Where links to their password are sent.
    letters: Option<&'a str>,
    is_own: bool,
    news: News,
}

/// What the forms about a user are bound to.
pub(super) fn step(user: &User) -> String {
    format!("admin|user|{}", user.user_id)
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let user = named(&app, &id).await?;
    let done = match query.as_deref() {
        Some("done=saved") => Some("admin-saved"),
        Some("done=session") => Some("admin-users-done-session"),
        Some("done=sessions") => Some("admin-users-done-sessions"),
        Some("done=consent") => Some("admin-users-done-consent"),
        Some("done=locked") => Some("admin-users-done-locked"),
        Some("done=unlocked") => Some("admin-users-done-unlocked"),
        Some("done=disabled") => Some("admin-users-done-disabled"),
        Some("done=enabled") => Some("admin-users-done-enabled"),
        _ => None,
    };
    show(&app, &admin, &user, (None, News::done(done))).await
}

/// Saves a part, or does something else to them.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let user = named(&app, &id).await?;
    check(admin, &user)?;
    let part = Part::named(posted.field("part"));
    let typed = || part.map(|part| (part, save::typed(part, &user, &posted)));
    if !posted.is_genuine(&step(&user)) {
        return show(&app, admin, &user, (typed(), News::trouble("form-stale"))).await;
    }
    let Some(part) = part else { return save::deed(&app, &posted, &user).await };
    if part.is_dangerous()
        && let Some(key) = posted.prove(&app).await?
    {
        return show(&app, admin, &user, (typed(), News::trouble(key))).await;
    }
    save::part(&app, &posted, (&user, part)).await
}

pub(super) async fn show(
    app: &App,
    admin: &AdminVisit,
    user: &User,
    (typed, news): (Option<(Part, Vec<Field>)>, News),
) -> Result<Response> {
    let name = users::name_of(user)?;
    let (_, sessions) = users::show(app, &name).await?;
    let consents = consents::list(app, &Whose { realm: name.realm, name: name.name }).await?;
    let layout = admin.layout(app);
    let around = (layout.words, admin.at());
    let moment = |at| Moment::new(around.0, at, around.1);
    let ends_at = AccountLimits::of(&user.attributes).ok().and_then(|limits| limits.ends_at);
    let may_change = may_change(admin, user);
    let parts = Part::ALL.into_iter().map(|part| {
        let fields = match &typed {
            Some((of, fields)) if *of == part => fields.clone(),
            _ => part.fields(Some(user)),
        };
        let is_theirs_to_give = part != Part::Operator || admin.may(OperatorRole::Admin);
        (part, fields, may_change && is_theirs_to_give)
    });
    let page = UserPage {
        parts: parts.collect(),
        frame: Frame::new(admin, Section::Users, path_of(user.user_id)),
        csrf: admin.csrf(&step(user)),
        address: user.address(),
        path: path_of(user.user_id),
        person: PersonInWords::of(user),
        status: status_of(user, admin.at()),
        facts: vec![
            ("admin-added", Some(moment(user.created_at))),
            ("admin-changed", Some(moment(user.updated_at))),
            ("admin-users-signed-in", user.signed_in_at.map(moment)),
            ("admin-users-password-changed", user.password_changed_at.map(moment)),
            ("admin-users-ends", ends_at.map(moment)),
        ],
        locked: user.locked_until.filter(|_| user.is_locked(admin.at())).map(moment),
        more_sessions: browser::unlisted(sessions.len(), around.0),
        sessions: sessions
            .into_iter()
            .take(browser::LISTED)
            .map(|it| SessionRow::of(it, around))
            .collect(),
        consents: consents.iter().map(|it| ConsentRow::of(it, around)).collect(),
        may_change,
        letters: links::email_of(user),
        is_own: is_own(admin, user),
        user,
        layout,
        news,
    };
    html::answer_with(&page, Forms::Here)
}

impl UserPage<'_> {
    /// Whether they operate the server, and whoever looks may therefore change nothing of them.
    fn is_beyond(&self) -> bool {
        self.frame.can_change && !self.may_change
    }
}
