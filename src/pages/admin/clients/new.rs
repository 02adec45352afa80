//! Another client. Its secret is shown by the answer to the form, once.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    acts::{
        self,
        clients::{self, AddedClient, ClientChanges},
    },
    app::App,
    error::Result,
    model::{client::ClientKind, client_id::ClientId, secret::Secret},
    pages::{
        admin::{
            form::{Field, Kind, News, Word, mark},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{parts::OF_NEW, path_of, settings};

/// The sorts of applications, and the keys of what they are called.
pub(super) const KINDS: &[Word] = &[
    ("machine", "admin-clients-machine"),
    ("web", "admin-clients-web"),
    ("browser", "admin-clients-browser"),
    ("native", "admin-clients-native"),
];

const STEP: &str = "admin|clients|new";

const KIND: Field = Field {
    name: "kind",
    label: "admin-clients-kind",
    hint: Some("admin-clients-kind-hint"),
    kind: Kind::Choice(KINDS),
    value: String::new(),
    wrong: None,
};

const CLIENT_ID: Field = Field {
    name: "client_id",
    label: "admin-clients-id",
    hint: Some("admin-clients-id-hint"),
    kind: Kind::Code,
    value: String::new(),
    wrong: None,
};

#[derive(Template)]
#[template(path = "admin/clients/new.html")]
struct NewPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    fields: Vec<Field>,
    news: News,
}

#[derive(Template)]
#[template(path = "admin/clients/made.html")]
struct MadePage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    name: &'a str,
    id: &'a str,
    path: String,
    secret: Option<&'a str>,
}

/// Shows the form.
pub(in crate::pages) async fn get(State(app): State<App>, admin: AdminVisit) -> Result<Response> {
    let blank = OF_NEW.iter().map(|setting| setting.blank());
    let fields = [KIND, CLIENT_ID].into_iter().chain(blank).collect();
    ask(&app, &admin, fields, News::default())
}

/// Adds the client, and shows its secret.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let mut of_all = [KIND.typed(&posted), CLIENT_ID.typed(&posted)];
    let mut fields: Vec<_> = OF_NEW.iter().map(|setting| setting.blank().typed(&posted)).collect();
    if !posted.is_genuine(STEP) {
        let fields = of_all.into_iter().chain(fields).collect();
        return ask(&app, admin, fields, News::trouble("form-stale"));
    }
    if let Some(key) = posted.prove(&app).await? {
        let fields = of_all.into_iter().chain(fields).collect();
        return ask(&app, admin, fields, News::trouble(key));
    }
    let added = match add(&app, &posted, &mut of_all, &mut fields).await? {
        Ok(added) => added,
        Err(wrong) => {
            let fields = of_all.into_iter().chain(fields).collect();
            let news = News { wrong, ..News::trouble("admin-not-saved") };
            return ask(&app, admin, fields, news);
        }
    };
    let AddedClient { client, secret } = &added;
    let page = MadePage {
        layout: admin.layout(&app),
        frame: Frame::new(admin, Section::Clients, Section::Clients.path()),
        name: &client.name,
        id: client.client_id.as_str(),
        path: path_of(&client.client_id),
        secret: secret.as_ref().map(Secret::expose),
    };
    html::answer_with(&page, Forms::Here)
}

/// Adds what was typed; the inner error is what is wrong beside no field.
async fn add(
    app: &App,
    posted: &AdminPosted,
    [kind, client_id]: &mut [Field; 2],
    fields: &mut [Field],
) -> Result<Result<AddedClient, Vec<String>>> {
    let changes = settings::read(&OF_NEW, fields, ClientChanges::default());
    let word = kind.value.parse::<ClientKind>().map_err(|fault| fault.to_string());
    let id = ClientId::parse(&client_id.value).map_err(|fault| fault.to_string());
    kind.wrong = word.as_ref().err().cloned();
    client_id.wrong = id.as_ref().err().cloned();
    let (Some(mut changes), Ok(word), Ok(id)) = (changes, word, id) else {
        return Ok(Err(Vec::new()));
    };
    // Nothing typed is what the kind of client has.
    changes.name = changes.name.filter(|name| !name.is_empty());
    changes.grant_types = changes.grant_types.filter(|grants| !grants.is_empty());
    let faults = clients::faults_of_new(&id, word, &changes);
    if !faults.is_empty() {
        let others = mark(fields, faults);
        return Ok(Err(others));
    }
    match clients::add(app, &posted.admin.operator(), (id, word), changes, None).await {
        Ok(added) => Ok(Ok(added)),
        Err(error @ acts::Error::Conflict(_)) => {
            client_id.wrong = Some(error.to_string());
            Ok(Err(Vec::new()))
        }
        Err(error) => Err(error.into()),
    }
}

fn ask(app: &App, admin: &AdminVisit, fields: Vec<Field>, news: News) -> Result<Response> {
    let page = NewPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, Section::Clients, "/admin/clients/new"),
        csrf: admin.csrf(STEP),
        fields,
        news,
    };
    html::answer_with(&page, Forms::Here)
}
