//! What was imported, as files: the settings, and the users to declare.

use serde_json::{Value, json};

use super::{Imported, ImportedSecret, ImportedSetting, ImportedUser};
use crate::model::toml_text;

/// The file of the users, beside the settings.
pub const USERS_FILE: &str = "users.toml";

impl Imported {
    /// The settings as `config.toml`, in front of them what there is to know. `stated` is how a
    /// secret is stated: by the file that holds it, or itself.
    #[must_use]
    pub fn settings_text(&self, stated: impl Fn(&ImportedSecret) -> String) -> String {
        let mut text = format!("# Settings that came from {}.\n", self.system);
        for remark in &self.remarks {
            let about = &remark.about;
            let word = if remark.is_left_out { "left out" } else { "note" };
            let said = format!("{word}: {} {}; {}", about.key, about.problem, about.remedy);
            text.push_str(&comment(&said));
        }
        let mut settings = self.settings.clone();
        if !self.users.is_empty() {
            let why = "Whom the old settings named.".to_owned();
            settings
                .insert(0, ImportedSetting { path: "declare", value: json!([USERS_FILE]), why });
        }
        for secret in &self.secrets {
            let (value, why) = (Value::String(stated(secret)), String::new());
            settings.push(ImportedSetting { path: secret.setting, value, why });
        }
        text.push_str(&sections(&settings));
        text
    }

    /// The users as a declared file, each with the hash that `hashes` has at their place, if any.
    #[must_use]
    pub fn users_text(&self, hashes: &[Option<String>]) -> String {
        let mut text = format!(
            "# Users that came from {}, as tessera apply takes them. Their passwords are hashed.\n",
            self.system
        );
        for (at, user) in self.users.iter().enumerate() {
            let hash = hashes.get(at).and_then(Option::as_deref);
            text.push_str(&user_text(user, hash));
        }
        text
    }
}

fn user_text(user: &ImportedUser, hash: Option<&str>) -> String {
    let mut pairs = vec![("username", json!(user.username)), ("realm", json!(user.realm))];
    if !user.roles.is_empty() {
        pairs.push(("roles", json!(user.roles)));
    }
    if !user.attributes.is_empty() {
        pairs.push(("attributes", json!(user.attributes)));
    }
    let lines = pairs.iter().map(|(key, value)| toml_text::line(key, value));
    let mut lines: Vec<_> = ["\n[[users]]".to_owned()].into_iter().chain(lines).collect();
    lines.push(match hash {
        Some(hash) => toml_text::line("password", &json!({"hash": hash})),
        None => "# password: set, and left out".to_owned(),
    });
    lines.join("\n") + "\n"
}

/// Settings by section, each where its first one stood.
fn sections(settings: &[ImportedSetting]) -> String {
    let section = |path: &'static str| path.rsplit_once('.').map_or("", |(section, _)| section);
    let mut order: Vec<&str> = vec![""];
    for setting in settings {
        if !order.contains(&section(setting.path)) {
            order.push(section(setting.path));
        }
    }
    let mut text = String::new();
    for name in order {
        let mut here = settings.iter().filter(|setting| section(setting.path) == name).peekable();
        if here.peek().is_some() && !name.is_empty() {
            text.extend(["\n[", name, "]\n"]);
        } else if here.peek().is_some() {
            text.push('\n');
        }
        for ImportedSetting { path, value, why } in here {
            text.push_str(&why.lines().map(comment).collect::<String>());
            let key = path.rsplit('.').next().unwrap_or(path);
            text.push_str(&(toml_text::line(key, value) + "\n"));
        }
    }
    text
}

/// A comment, in lines that are not long. What comes from the old file cannot end it.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|c| !c.is_control()).collect();
        let last = lines.last().map_or(0, String::len);
        if last > 1 && last + 1 + word.len() > 99 {
            lines.push(String::from("#"));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(&word);
        }
    }
    lines.join("\n") + "\n"
}
