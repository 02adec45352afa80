//! Where tokens are kept, and how JWTs are signed.

use super::{Reading, Section};
use crate::{
    config::{
        import::{ImportedSecret, set},
        jwt::{is_sample, judge_secret},
    },
    model::secret::Secret,
};

/// The longest life of a JWT, in seconds: ten years.
const LONGEST: i64 = 315_360_000;

/// How to come by a secret that holds.
const NEW_SECRET: &str = "make one with openssl rand -base64 48, put it in the file that \
                          jwt.secret names, and give it to all who verify";

impl Reading<'_> {
    /// No store and a disabled one are the same.
    pub(super) fn store(&mut self, whole: &mut Section<'_>) {
        let none = "Tokens are JWTs alone, and nothing is kept.";
        let Some(mut store) = whole.section("store", &mut self.remarks) else {
            self.settings.push(set("store.enabled", false, none));
            return;
        };
        store.require("enabled", &mut self.remarks);
        let enabled = store.boolean("enabled", &mut self.remarks);
        match enabled {
            Some((true, line)) => {
                self.mongo(&mut store);
                let problem = "keeps what GET /token makes there; here POST /tokens makes it, and \
                               GET /token is off, since a GET should change nothing";
                let remedy = "let applications ask POST /tokens; or, for those that cannot, set \
                              personal_tokens.get_token = true";
                self.remarks.note(("store.enabled", line), problem, remedy);
            }
            Some((false, _)) => {
                self.settings.push(set("store.enabled", false, none));
                for key in ["type", "uri", "database"] {
                    let remedy = "nothing, as long as no store is wanted; else set store.url";
                    self.unused(&mut store, key, ("store.enabled", remedy));
                }
            }
            None => {}
        }
        store.finish(&mut self.remarks, ["enabled", "type", "uri", "database"]);
    }

    /// Says that a key does nothing beside a switch that is off.
    pub(super) fn unused(
        &mut self,
        section: &mut Section<'_>,
        key: &'static str,
        (switch, remedy): (&str, &str),
    ) {
        if let Some(entry) = section.entry(key) {
            let problem = format!("does nothing beside {switch} = false");
            self.remarks.leave_out((&section.name(key), entry.line), problem, remedy);
        }
    }

    fn mongo(&mut self, store: &mut Section<'_>) {
        let kind = store.needed_text("type", &mut self.remarks);
        let uri = store.needed_text("uri", &mut self.remarks);
        store.needed_text("database", &mut self.remarks);
        if let Some((kind, line)) = kind
            && kind != "mongo"
        {
            let problem = format!("is {kind:?}, and Auth-O-Tron has no store but mongo");
            self.remarks.refuse(("store.type", line), problem, "write mongo, or enabled: false");
        }
        let Some((uri, line)) = uri else { return };
        // Whatever stands before the host is a name and a password: nothing of it is repeated.
        let problem = "is MongoDB, which is not supported: tokens are kept in an SQLite file, and \
                       those of before are not taken over";
        let hosts =
            uri.split('/').nth(2).map_or("", |rest| rest.rsplit('@').next().unwrap_or(rest));
        let several = hosts.contains(',') || uri.contains("replicaSet=");
        let remedy = if several {
            "for several nodes and a database that fails over, set store.url to PostgreSQL with \
             all its hosts: postgres://USER:PASSWORD@HOST1:5432,HOST2:5432/DATABASE"
        } else {
            "for several nodes, set store.url to postgres://USER:PASSWORD@HOST/DATABASE"
        };
        self.remarks.leave_out(("store.uri", line), problem, remedy);
        self.settings.push(set("store.url", "sqlite:data/tessera.db", ""));
    }

    pub(super) fn jwt(&mut self, whole: &mut Section<'_>) {
        let Some(mut jwt) = whole.section("jwt", &mut self.remarks) else { return };
        let iss = jwt.needed_text("iss", &mut self.remarks);
        let aud = jwt.text("aud", &mut self.remarks);
        jwt.require("exp", &mut self.remarks);
        let exp = jwt.number("exp", &mut self.remarks);
        let line = jwt.line;
        let secret = jwt.text("secret", &mut self.remarks);
        jwt.finish(&mut self.remarks, ["iss", "aud", "exp", "secret"]);

        if let Some((iss, _)) = iss {
            self.settings.push(set("jwt.iss", iss, "JWTs for people, as Auth-O-Tron signs them."));
        }
        if let Some((aud, line)) = aud {
            self.settings.push(set("jwt.aud", aud, ""));
            let problem = "stands in no JWT of Auth-O-Tron, and so in none here";
            let remedy = "set jwt.emit_aud = true when all who verify allow it";
            self.remarks.note(("jwt.aud", line), problem, remedy);
        }
        if let Some((exp, line)) = exp {
            if (1..=LONGEST).contains(&exp) {
                self.settings.push(set("jwt.exp", exp, ""));
            } else {
                let problem = format!("is {exp}, and a JWT lives 1 to {LONGEST} seconds");
                self.remarks.refuse(("jwt.exp", line), problem, "write seconds: 3600");
            }
        }
        self.settings.extend([
            set("jwt.alg", "HS256", ""),
            set("jwt.emit_aud", false, ""),
            set("jwt.sub_format", "realm-username", ""),
            set("jwt.scopes_shape", "map", "What Auth-O-Tron really writes, whatever it says."),
        ]);
        self.secret(secret.unwrap_or(("", line)));
    }

    fn secret(&mut self, (secret, line): (&str, usize)) {
        let at = ("jwt.secret", line);
        if let Some(variable) = reference(secret) {
            let problem = match variable {
                "" => "is not there: AOT_JWT__SECRET sets it, and is not read here".to_owned(),
                name => format!("is filled in from {name}, which is not read here"),
            };
            let remedy = "set TESSERA_JWT__SECRET to the same, or name its file in \
                          TESSERA_JWT__SECRET_FILE";
            self.remarks.leave_out(at, problem, remedy);
            return;
        }
        // So it is read from a file.
        let trimmed = secret.trim_end_matches(['\r', '\n']);
        if let Err(problem) = judge_secret(trimmed, true) {
            self.remarks.leave_out(at, problem, NEW_SECRET);
            return;
        }
        if is_sample(trimmed) {
            let problem = "is the sample of its documentation, which everybody knows: it is taken \
                           on this machine alone";
            self.remarks.note(at, problem, NEW_SECRET);
        }
        if trimmed.len() < secret.len() {
            let problem = "ends in a line break, which Auth-O-Tron signs with and which is not \
                           read from a file here: JWTs are signed with another key";
            let remedy = "give all who verify the secret without the line break; or keep it: \
                          state the secret in config.toml itself, as --with-secrets prints it";
            self.remarks.note(at, problem, remedy);
        }
        let secret = Secret::new(secret.to_owned());
        self.secrets.push(ImportedSecret { setting: "jwt.secret", secret });
    }
}

/// The variable that a placeholder stands for: `${NAME}` or `$NAME`, or nothing at all.
fn reference(secret: &str) -> Option<&str> {
    if secret.is_empty() {
        return Some("");
    }
    let name = secret.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}
