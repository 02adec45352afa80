//! One resource server: added, or changed.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::{
        self,
        edits::{Edited, Faults},
        resource_servers::{self, ResourceServerChanges},
    },
    app::App,
    error::Result,
    model::{
        parameters::Parameters, resource_server::ResourceServer, scope::Scope,
        space_delimited::SpaceDelimited, timestamp::Timestamp,
    },
    pages::{
        admin::{
            both::{self, Both},
            form::{Field, Kind, News, mark},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        html::{self, Forms},
        layout::Layout,
    },
};

use super::path_of;

const AUDIENCE: Field = Field {
    name: "audience",
    label: "admin-servers-audience",
    hint: Some("admin-servers-audience-hint"),
    kind: Kind::Code,
    value: String::new(),
    wrong: None,
};

#[derive(Template)]
#[template(path = "admin/resource_servers/one.html")]
struct ServerPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    /// The one that is changed; nothing where one is added.
    server: Option<&'a ResourceServer>,
    path: String,
    /// Where it is deleted.
    end: String,
    version: i64,
    fields: Vec<Field>,
    news: News,
}

/// What the form of a resource server is bound to; of none, that for another one.
fn step(audience: &str) -> String {
    format!("admin|server|{audience}")
}

/// Shows the form: of the one that is named, or for another.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let server = asked(&app, query).await?;
    show(&app, &admin, server.as_ref(), (fields(server.as_ref()), News::default()))
}

/// Adds or changes it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let server = asked(&app, query).await?;
    let typed = |field: Field| {
        let stands = field.value.clone();
        both::chosen(&posted, field, stands)
    };
    let mut fields: Vec<_> = fields(server.as_ref()).into_iter().map(typed).collect();
    let audience = server.as_ref().map_or("", |server| &server.audience);
    if !posted.is_genuine(&step(audience)) {
        return show(&app, admin, server.as_ref(), (fields, News::trouble("form-stale")));
    }
    let edited = match read(&mut fields) {
        None => Edited::Wrong(Faults::new()),
        Some(changes) => save(&app, &posted, server.as_ref(), changes).await?,
    };
    match edited {
        Edited::Done(_) => Ok(html::see_other(&app.issuer, "/admin/resource-servers?done=saved")),
        Edited::Wrong(faults) => {
            let wrong = mark(&mut fields, faults);
            let news = News { wrong, ..News::trouble("admin-not-saved") };
            show(&app, admin, server.as_ref(), (fields, news))
        }
        Edited::Meanwhile(now) => {
            let stands = self::fields(Some(&now)).into_iter().map(|field| field.value);
            let both = Both {
                section: Section::ResourceServers,
                name: now.name.clone(),
                action: path_of(&now.audience),
                step: step(&now.audience),
                part: "",
                hidden: Vec::new(),
                is_dangerous: false,
                version: now.updated_at.0,
                fields: fields.into_iter().zip(stands).collect(),
            };
            both::show(&app, admin, &both)
        }
    }
}

async fn asked(app: &App, query: Option<String>) -> Result<Option<ResourceServer>> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    match asked.get("audience") {
        Some(audience) => Ok(Some(resource_servers::find(app, audience).await?)),
        None => Ok(None),
    }
}

async fn save(
    app: &App,
    posted: &AdminPosted,
    before: Option<&ResourceServer>,
    mut changes: ResourceServerChanges,
) -> Result<Edited<ResourceServer>> {
    let operator = posted.admin.operator();
    if let Some(before) = before {
        // A version that is none is one of before.
        let seen = Timestamp(posted.field("version").parse().unwrap_or_default());
        let whose = (&*before.audience, seen);
        return Ok(resource_servers::change(app, &operator, whose, changes).await?);
    }
    let audience = posted.field("audience").trim();
    changes.name = changes.name.filter(|name| !name.is_empty());
    let wrong = resource_servers::faults(app, audience, &changes).await?;
    if !wrong.is_empty() {
        return Ok(Edited::Wrong(wrong));
    }
    match resource_servers::add(app, &operator, audience, changes).await {
        Ok(server) => Ok(Edited::Done(server)),
        Err(error @ acts::Error::Conflict(_)) => {
            Ok(Edited::Wrong(vec![("audience", error.to_string())]))
        }
        Err(error) => Err(error.into()),
    }
}

/// The fields of a resource server, or of another one.
fn fields(server: Option<&ResourceServer>) -> Vec<Field> {
    let text = |read: fn(&ResourceServer) -> String| server.map(read).unwrap_or_default();
    let field =
        |(name, label, hint), kind, value| Field { name, label, hint, kind, value, wrong: None };
    let audience = server.is_none().then_some(AUDIENCE);
    let others = [
        field(("name", "admin-servers-name", None), Kind::Text, text(|it| it.name.clone())),
        field(
            ("scope", "admin-servers-scope", Some("admin-servers-scope-hint")),
            Kind::Lines(2),
            text(|it| it.scope.to_string()),
        ),
        field(
            ("default", "admin-servers-default", Some("admin-servers-default-hint")),
            Kind::Choice(&[("", "admin-servers-no"), ("true", "admin-servers-yes")]),
            text(|it| if it.is_default { "true".to_owned() } else { String::new() }),
        ),
        field(
            ("introspectors", "admin-servers-askers", Some("admin-servers-askers-hint")),
            Kind::Lines(2),
            text(|it| it.introspectors.to_string()),
        ),
    ];
    audience.into_iter().chain(others).collect()
}

/// What was typed as changes, with what is wrong beside its field.
fn read(fields: &mut [Field]) -> Option<ResourceServerChanges> {
    let mut changes = ResourceServerChanges::default();
    let list =
        |text: &str| -> SpaceDelimited { text.split_whitespace().map(str::to_owned).collect() };
    for field in fields.iter_mut() {
        match field.name {
            "name" => changes.name = Some(field.value.clone()),
            "default" => changes.is_default = Some(field.value == "true"),
            "introspectors" => changes.introspectors = Some(list(&field.value)),
            "scope" => match Scope::parse(&list(&field.value).to_string()) {
                Ok(scope) => changes.scope = Some(scope),
                Err(fault) => field.wrong = Some(fault.to_string()),
            },
            _ => {}
        }
    }
    fields.iter().all(|field| field.wrong.is_none()).then_some(changes)
}

fn show(
    app: &App,
    admin: &AdminVisit,
    server: Option<&ResourceServer>,
    (fields, news): (Vec<Field>, News),
) -> Result<Response> {
    let audience = server.map_or("", |server| &server.audience);
    let path = match server {
        Some(server) => path_of(&server.audience),
        None => "/admin/resource-servers/one".to_owned(),
    };
    let page = ServerPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, Section::ResourceServers, Section::ResourceServers.path()),
        csrf: admin.csrf(&step(audience)),
        end: path.replacen("/one?", "/delete?", 1),
        version: server.map_or(0, |server| server.updated_at.0),
        server,
        path,
        fields,
        news,
    };
    html::answer_with(&page, Forms::Here)
}
