//! Auth-O-Tron's configuration, version 1.0.0 or 2.0.0.

mod augmenters;
mod section;
mod server;
mod store_and_jwt;
mod users;

use std::collections::HashMap;

use section::Section;

use super::{
    ImportOptions, Imported, ImportedSecret, ImportedSetting, ImportedUser,
    recognise::AUTH_O_TRON_SECTIONS,
    remarks::Remarks,
    yaml::{self, Entry, Value},
};
use crate::config::fault::Faults;

/// What was read so far.
struct Reading<'r> {
    remarks: Remarks,
    settings: Vec<ImportedSetting>,
    users: Vec<ImportedUser>,
    /// Where in `users` each stands: by realm, and the name in one case.
    names: HashMap<(String, String), usize>,
    secrets: Vec<ImportedSecret>,
    options: &'r ImportOptions,
}

pub(super) fn import(name: &str, text: &str, options: &ImportOptions) -> Result<Imported, Faults> {
    let remarks = Remarks::of(name);
    let (settings, users, secrets) = (Vec::new(), Vec::new(), Vec::new());
    let names = HashMap::new();
    let mut reading = Reading { remarks, settings, users, names, secrets, options };
    match yaml::read(text) {
        Err((line, wrong)) => reading.remarks.refuse((name, line), wrong.problem, &wrong.remedy),
        Ok(node) => match &node.value {
            Value::Map(entries) => reading.whole(entries),
            other => {
                let problem = format!("holds {} in place of sections", other.kind());
                reading.remarks.refuse((name, node.line), problem, "name a configuration");
            }
        },
    }
    let Reading { remarks, settings, users, secrets, .. } = reading;
    let remarks = remarks.finish().map_err(Faults)?;
    Ok(Imported { system: "Auth-O-Tron", settings, users, secrets, remarks })
}

impl Reading<'_> {
    fn whole(&mut self, entries: &[Entry]) {
        if self.has_lost_its_indentation(entries) {
            return;
        }
        let mut whole = Section::whole(entries);
        let is_first = self.version(&mut whole);
        self.server(&mut whole, is_first);
        self.logging(&mut whole);
        self.store(&mut whole);
        self.jwt(&mut whole);
        self.legacy_headers(&mut whole);
        self.providers(&mut whole);
        self.augmenters(&mut whole);
        self.no_counterpart(&mut whole);
        let known = AUTH_O_TRON_SECTIONS.iter().map(|(name, _)| *name);
        whole.finish(&mut self.remarks, known);
    }

    /// What is copied from a page may have lost its indentation: then sections are empty, and what
    /// belongs in them stands beside them.
    fn has_lost_its_indentation(&mut self, entries: &[Entry]) -> bool {
        let known = |key: &str| AUTH_O_TRON_SECTIONS.iter().find(|(name, _)| *name == key);
        let mut found = false;
        for (at, entry) in entries.iter().enumerate() {
            let Some((_, below)) = known(&entry.key) else { continue };
            let Some(next) = entries.get(at + 1) else { continue };
            let is_empty = matches!(entry.node.value, Value::Null);
            if is_empty && known(&next.key).is_none() && below.contains(&next.key.as_str()) {
                let problem = format!(
                    "is empty, and {} stands beside it: the file has lost its indentation",
                    next.key
                );
                let remedy = format!("put two spaces before what belongs to {}", entry.key);
                self.remarks.refuse((&entry.key, entry.line), problem, &remedy);
                found = true;
            }
        }
        found
    }

    /// Whether it is of the first version.
    fn version(&mut self, whole: &mut Section<'_>) -> bool {
        let Some(entry) = whole.entry("version") else { return false };
        match &entry.node.value {
            Value::Text(version) if version == "1.0.0" => true,
            Value::Text(version) if version == "2.0.0" => false,
            _ => {
                let problem = "is none that Auth-O-Tron has";
                let remedy = "write version: \"2.0.0\", or \"1.0.0\" beside bind_address";
                self.remarks.refuse(("version", entry.line), problem, remedy);
                false
            }
        }
    }

    /// What has nothing like it here.
    fn no_counterpart(&mut self, whole: &mut Section<'_>) {
        if let Some(services) = whole.entry("services")
            && !services.node.is_empty()
        {
            let problem = "has no counterpart: scopes are not listed by service";
            let remedy = "declare each service as [[resource_servers]], with its scope";
            self.remarks.leave_out(("services", services.line), problem, remedy);
        }
        let Some(mut auth) = whole.section("auth", &mut self.remarks) else { return };
        if let Some(timeout) = auth.entry("timeout_in_ms") {
            let problem = "has no counterpart: nobody else is asked who a user is";
            let remedy = "nothing; server.request_timeout limits a whole request";
            self.remarks.leave_out(("auth.timeout_in_ms", timeout.line), problem, remedy);
        }
        auth.finish(&mut self.remarks, ["timeout_in_ms"]);
    }
}
