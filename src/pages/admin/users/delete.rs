//! Deleting a user.

use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    acts::users,
    app::App,
    error::Result,
    model::{
        command_line::word,
        user::{User, UserStatus},
    },
    pages::{
        admin::{
            confirm::{self, Confirm, TYPED},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        html,
    },
};

use super::{check, is_own, named, path_of};

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    admin: AdminVisit,
) -> Result<Response> {
    ask(&app, &admin, &named(&app, &id).await?, None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let user = named(&app, &id).await?;
    check(admin, &user)?;
    let trouble = if !posted.is_genuine(&step(&user)) {
        Some("form-stale")
    } else if is_own(admin, &user) {
        Some("admin-users-own")
    } else if posted.field(TYPED).trim() != user.username {
        Some("confirm-mistyped")
    } else {
        None
    };
    if trouble.is_some() {
        return ask(&app, admin, &user, trouble).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, &user, Some(trouble)).await;
    }
    // Hashing takes a while, in which they may have become an operator.
    check(admin, &users::get(&app, user.user_id).await?)?;
    let name = users::name_of(&user)?;
    users::set_status(&app, &admin.operator(), &name, UserStatus::Deleted).await?;
    Ok(html::see_other(&app.issuer, Section::Users.path()))
}

fn step(user: &User) -> String {
    format!("admin|user|{}|delete", user.user_id)
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    user: &User,
    trouble: Option<&'static str>,
) -> Result<Response> {
    let words = admin.layout(app).words;
    let name = users::name_of(user)?;
    let (_, sessions) = users::show(app, &name).await?;
    let count = i64::try_from(sessions.len()).unwrap_or(i64::MAX);
    let confirm = Confirm {
        section: Section::Users,
        title: words.with("admin-users-delete-title", [("name", &user.address())]),
        text: words.text("admin-users-delete-effect").into_owned(),
        facts: vec![(
            words.text("admin-users-sessions").into_owned(),
            words.count("admin-users-sessions-count", count),
        )],
        action: format!("{}/delete", path_of(user.user_id)),
        step: step(user),
        hidden: Vec::new(),
        reason: None,
        must_type: Some(user.username.clone()),
        button: words.text("admin-users-delete").into_owned(),
        is_final: true,
        back: path_of(user.user_id),
        command: format!("tessera user delete {} --realm {}", word(&user.username), user.realm),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}
