//! Another user.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    acts::{
        self,
        users::{self, UserName},
    },
    app::App,
    error::Result,
    model::{
        user::{DEFAULT_REALM, User, is_realm},
        username::Username,
    },
    pages::{
        admin::{
            form::{Field, Kind, News, mark},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    fields::{Part, read},
    path_of,
};

const STEP: &str = "admin|users|new";

const NAME: Field = Field {
    name: "username",
    label: "admin-users-name",
    hint: Some("admin-users-name-hint"),
    kind: Kind::Text,
    value: String::new(),
    wrong: None,
};

const REALM: Field = Field {
    name: "realm",
    label: "admin-users-realm",
    hint: Some("admin-users-realm-hint"),
    kind: Kind::Code,
    value: String::new(),
    wrong: None,
};

#[derive(Template)]
#[template(path = "admin/users/new.html")]
struct NewPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    fields: Vec<Field>,
    news: News,
}

/// Shows the form.
pub(in crate::pages) async fn get(State(app): State<App>, admin: AdminVisit) -> Result<Response> {
    let realm = Field { value: DEFAULT_REALM.to_owned(), ..REALM };
    let fields = [NAME, realm].into_iter().chain(more()).collect();
    ask(&app, &admin, fields, News::default())
}

/// Adds the user, and goes on to the link to their first password.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let mut name = [NAME.typed(&posted), REALM.typed(&posted)];
    let mut fields: Vec<_> = more().into_iter().map(|field| field.typed(&posted)).collect();
    if !posted.is_genuine(STEP) {
        let all = name.into_iter().chain(fields).collect();
        return ask(&app, admin, all, News::trouble("form-stale"));
    }
    match add(&app, admin, &mut name, &mut fields).await? {
        Ok(user) => Ok(html::see_other(&app.issuer, &format!("{}/link", path_of(user.user_id)))),
        Err(wrong) => {
            let all = name.into_iter().chain(fields).collect();
            ask(&app, admin, all, News { wrong, ..News::trouble("admin-not-saved") })
        }
    }
}

fn more() -> Vec<Field> {
    [Part::Access, Part::Said].into_iter().flat_map(|part| part.fields(None)).collect()
}

/// Adds what was typed; the inner error is what is wrong beside no field.
async fn add(
    app: &App,
    admin: &AdminVisit,
    [name, realm]: &mut [Field; 2],
    fields: &mut [Field],
) -> Result<Result<User, Vec<String>>> {
    let changes = read(None, fields);
    let username = Username::parse(&name.value).map_err(|fault| fault.to_string());
    name.wrong = username.as_ref().err().cloned();
    if realm.value.is_empty() {
        DEFAULT_REALM.clone_into(&mut realm.value);
    }
    if !is_realm(&realm.value) {
        realm.wrong = Some("a realm has 1 to 63 characters of a-z 0-9 _ .".to_owned());
    }
    let (Some(changes), Ok(username), None) = (changes, username, &realm.wrong) else {
        return Ok(Err(Vec::new()));
    };
    let user = UserName { realm: realm.value.clone(), name: username };
    let faults = users::faults_of_new(app, &user, &changes);
    if !faults.is_empty() {
        return Ok(Err(mark(fields, faults)));
    }
    match users::add(app, &admin.operator(), &user, changes).await {
        Ok(added) => Ok(Ok(added.user)),
        Err(error @ acts::Error::Conflict(_)) => {
            name.wrong = Some(error.to_string());
            Ok(Err(Vec::new()))
        }
        Err(error) => Err(error.into()),
    }
}

fn ask(app: &App, admin: &AdminVisit, fields: Vec<Field>, news: News) -> Result<Response> {
    let page = NewPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, Section::Users, "/admin/users/new"),
        csrf: admin.csrf(STEP),
        fields,
        news,
    };
    html::answer_with(&page, Forms::Here)
}
