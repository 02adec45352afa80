//! Users, shown.

use serde_json::{Value, json};

use crate::{
    acts::users::{self, UserName, WithPassword},
    app::App,
    cli::{
        console::Console,
        look::Tone,
        problem::{Exit, Outcome},
        sheet::Sheet,
        table::{Cell, Table, column, optional},
        times::Times,
    },
    model::{
        browser_session::BrowserSession,
        command_line::word,
        timestamp::Timestamp,
        user::{User, UserStatus},
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListArguments {
    /// Only those of this realm
    #[arg(long, value_name = "REALM")]
    realm: Option<String>,
}

/// Every user.
pub(super) async fn list(arguments: &ListArguments, app: &App, console: &mut Console) -> Outcome {
    let columns = [
        column("USER"),
        optional("REALM", 3),
        column("STATUS"),
        optional("ROLES", 1),
        optional("SIGNED IN", 2),
    ];
    let mut table = Table::new(&columns);
    let now = app.now();
    for user in users::list(app, arguments.realm.as_deref()).await? {
        if console.json() {
            console.object(&user_json(&user, now));
        }
        let (tone, word) = status(&user, now);
        let signed_in = user.signed_in_at.map(|at| console.times(now).exact(at));
        table.row([
            Cell::from(&user.username),
            Cell::from(&user.realm),
            Cell::toned(tone, word),
            Cell::from(user.roles.to_string()),
            Cell::from(signed_in.unwrap_or_default()),
        ]);
    }
    if table.is_empty() {
        console.say("No users yet. Add one: tessera user add NAME");
    } else {
        console.table(&table);
    }
    Ok(Exit::Yes)
}

/// One user, and where they are signed in.
pub(super) async fn show(name: &UserName, app: &App, console: &mut Console) -> Outcome {
    let (user, sessions) = users::show(app, name).await?;
    let now = app.now();
    if console.json() {
        let mut object = user_json(&user, now);
        object["sessions"] = sessions.iter().map(session_json).collect();
        console.object(&object);
        return Ok(Exit::Yes);
    }
    let times = console.times(now);
    let mut sheet = facts(&user, &times);
    for session in &sessions {
        let place = session.address.clone().unwrap_or_default();
        let used = format!("used {}", times.stated(session.seen_at));
        sheet.toned("Signed in", (Tone::Plain, &format!("{place},")), &used);
        sheet.fact("Session", session.session_id.to_string());
        sheet.fact("Browser", session.user_agent.as_deref().unwrap_or("unknown"));
    }
    console.sheet(&sheet);
    Ok(Exit::Yes)
}

/// Says what was done to a user; a password that was drawn goes to standard output alone.
pub(super) fn tell(text: &str, done: &WithPassword, console: &mut Console) {
    let WithPassword { user, drawn } = done;
    let now = user.updated_at;
    let lost = || {
        let User { username, realm, .. } = user;
        let name = word(username);
        format!("draw another: tessera user set {name} --realm {realm} --draw-password")
    };
    if console.json() {
        let mut object = user_json(user, now);
        match drawn {
            Some(password) => {
                object["password"] = json!(password.expose());
                console.answer_once(&object.to_string(), lost());
            }
            None => console.object(&object),
        }
        return;
    }
    console.done(text);
    console.say_sheet(&facts(user, &console.times(now)));
    if let Some(password) = drawn {
        console.answer_once(password.expose(), lost());
    }
}

fn facts(user: &User, times: &Times<'_>) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.fact("User", &user.username);
    sheet.fact("Realm", &user.realm);
    sheet.fact("Id", user.user_id.to_string());
    let (tone, word) = status(user, times.now);
    let until = user.locked_until.filter(|_| user.is_locked(times.now));
    let until = until.map(|until| format!("until {}", times.stated(until)));
    sheet.toned("Status", (tone, word), &until.unwrap_or_default());
    let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
    sheet.fact("Roles", or_none(user.roles.to_string()));
    if !user.operator_roles.is_empty() {
        sheet.fact("Operator", user.operator_roles.to_string());
    }
    if !user.scope.is_empty() {
        sheet.fact("Scopes", user.scope.to_string());
    }
    for (label, said) in [("Claims", &user.claims), ("Attributes", &user.attributes)] {
        if !said.is_empty() {
            sheet.fact(label, said.to_string());
        }
    }
    let changed = user.password_changed_at.map(|at| format!("changed {}", times.stated(at)));
    match (&user.password, changed) {
        (Some(_), Some(changed)) => sheet.fact("Password", changed),
        (Some(_), None) => sheet.fact("Password", "set"),
        (None, _) => sheet.fact("Password", "none"),
    }
    sheet.fact("Added", times.stated(user.created_at));
    if let Some(at) = user.signed_in_at {
        sheet.fact("Last here", times.stated(at));
    }
    sheet
}

fn status(user: &User, now: Timestamp) -> (Tone, &'static str) {
    match user.status {
        UserStatus::Active if user.is_locked(now) => (Tone::Warn, "locked"),
        UserStatus::Active => (Tone::Good, "active"),
        UserStatus::Disabled => (Tone::Bad, "disabled"),
        UserStatus::Deleted => (Tone::Bad, "deleted"),
    }
}

/// A user as `--json` has them.
pub(super) fn user_json(user: &User, now: Timestamp) -> Value {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    json!({
        "user_id": user.user_id.to_string(),
        "realm": user.realm,
        "username": user.username,
        "status": status(user, now).1,
        "locked_until": time(user.locked_until.filter(|_| user.is_locked(now))),
        "roles": user.roles.iter().collect::<Vec<_>>(),
        "operator_roles": user.operator_roles.iter().collect::<Vec<_>>(),
        "scope": user.scope.to_string(),
        "claims": user.claims,
        "attributes": user.attributes,
        "has_password": user.password.is_some(),
        "password_changed_at": time(user.password_changed_at),
        "created_at": user.created_at.rfc3339(),
        "updated_at": user.updated_at.rfc3339(),
        "signed_in_at": time(user.signed_in_at),
    })
}

fn session_json(session: &BrowserSession) -> Value {
    json!({
        "session_id": session.session_id.to_string(),
        "signed_in_at": session.authenticated_at.rfc3339(),
        "seen_at": session.seen_at.rfc3339(),
        "expires_at": session.expires_at.rfc3339(),
        "address": session.address,
        "user_agent": session.user_agent,
    })
}
