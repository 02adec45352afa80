//! The settings in force, and where each comes from. Nothing is changed here: settings have one
//! home.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::settings::{self, Setting, Source},
    app::App,
    error::Result,
    model::parameters::Parameters,
    pages::{
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct SettingsPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    /// What was looked for.
    query: String,
    is_changed_only: bool,
    groups: Vec<Group>,
    /// What is otherwise on other nodes.
    differ: Vec<String>,
}

/// The settings of one section of the file.
struct Group {
    name: &'static str,
    settings: Vec<Shown>,
}

struct Shown {
    path: &'static str,
    value: String,
    source: Source,
    reloads: bool,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let wanted = asked.get("q").unwrap_or_default().trim().to_lowercase();
    let is_changed_only = asked.get("changed") == Some("1");
    let all = settings::list(&app);
    let meant = all.iter().filter(|setting| {
        setting.path.contains(&wanted) && (!is_changed_only || !setting.is_default())
    });
    let mut groups: Vec<Group> = Vec::new();
    for setting in meant {
        let name = setting.path.split('.').next().unwrap_or_default();
        match groups.last_mut().filter(|group| group.name == name) {
            Some(group) => group.settings.push(Shown::of(setting)),
            None => groups.push(Group { name, settings: vec![Shown::of(setting)] }),
        }
    }
    let page = SettingsPage {
        layout: admin.layout(&app),
        frame: Frame::new(&admin, Section::Settings, Section::Settings.path()),
        query: asked.get("q").unwrap_or_default().to_owned(),
        is_changed_only,
        groups,
        differ: app.nodes_differ.keys(),
    };
    html::answer_with(&page, Forms::Here)
}

impl SettingsPage<'_> {
    /// Where a value comes from.
    fn from(&self, source: &Source) -> String {
        let words = self.layout.words;
        match source {
            Source::Default => words.text("admin-settings-default").into_owned(),
            Source::Implied(by) => words.with("admin-settings-implied", [("by", by)]),
            Source::File { name, line } => {
                let line = line.to_string();
                words.with("admin-settings-file", [("file", name), ("line", &line)])
            }
            Source::Variable(variable) | Source::VariableFile { variable, .. } => {
                words.with("admin-settings-variable", [("variable", variable)])
            }
        }
    }
}

impl Shown {
    /// Whether somebody set it.
    fn is_set(&self) -> bool {
        !matches!(self.source, Source::Default)
    }

    fn of(setting: &Setting) -> Self {
        Self {
            path: setting.path,
            value: setting.value.clone(),
            source: setting.source.clone(),
            reloads: setting.reloads(),
        }
    }
}
