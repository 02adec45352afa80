//! What can be set of a user, as arguments.

use serde_json::Value;

use crate::{
    acts::users::{NewPassword, UserChanges},
    cli::{
        console::Console,
        problem::{Exit, Problem},
        source::Source,
    },
    model::{scope::Scope, space_delimited::SpaceDelimited},
};

use super::UserArgument;

/// The word that stands for an empty list.
const NONE: &str = "none";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AddArguments {
    #[command(flatten)]
    pub(super) of: UserArgument,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SetArguments {
    #[command(flatten)]
    pub(super) of: UserArgument,
    #[command(flatten)]
    settings: Settings,
    /// Take the password away, and sign the user out everywhere
    #[arg(long, conflicts_with_all = ["password_from", "draw_password"])]
    no_password: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Settings {
    /// A role in applications, again for each; none for no role
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// What they may do to the server itself, again for each; none for nothing
    #[arg(long, value_name = "ROLE")]
    operator_role: Vec<String>,
    /// What they may do in applications, parted by spaces
    #[arg(long, value_name = "SCOPES", value_parser = Scope::parse)]
    scope: Option<Scope>,
    /// What applications are told of them, again for each: text, or JSON; empty to
    /// take it away
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    claim: Vec<Pair>,
    /// What else is known of them, again for each, in the same way
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    attribute: Vec<Pair>,
    /// Take the password from a file or standard input (-)
    #[arg(long, value_name = "FILE", value_parser = Source::parse)]
    password_from: Option<Source>,
    /// Draw a password, and print it, once
    #[arg(long, conflicts_with = "password_from")]
    draw_password: bool,
}

/// A name, and what is to stand for it, if anything.
type Pair = (String, Option<Value>);

impl AddArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        self.settings.password_from.iter().collect()
    }
}

impl SetArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        self.settings.password_from.iter().collect()
    }

    /// What is to change.
    pub(super) async fn read(&self, console: &mut Console) -> Result<UserChanges, Problem> {
        if self.settings.are_empty() && !self.no_password {
            let what = "nothing to change was named";
            return Err(Problem::new(Exit::Wrong, what).next("tessera user set --help"));
        }
        let changes = self.settings.read(console).await?;
        let password = if self.no_password { Some(NewPassword::None) } else { changes.password };
        Ok(UserChanges { password, ..changes })
    }
}

impl Settings {
    fn are_empty(&self) -> bool {
        let Self { role, operator_role, scope, claim, attribute, .. } = self;
        role.is_empty()
            && operator_role.is_empty()
            && scope.is_none()
            && claim.is_empty()
            && attribute.is_empty()
            && self.password_from.is_none()
            && !self.draw_password
    }

    pub(super) async fn read(&self, console: &mut Console) -> Result<UserChanges, Problem> {
        let password = match &self.password_from {
            Some(source) => Some(NewPassword::Chosen(console.read(source).await?)),
            None => self.draw_password.then_some(NewPassword::Drawn),
        };
        Ok(UserChanges {
            roles: list(&self.role),
            operator_roles: list(&self.operator_role),
            scope: self.scope.clone(),
            claims: self.claim.iter().cloned().collect(),
            attributes: self.attribute.iter().cloned().collect(),
            password,
        })
    }
}

fn list(words: &[String]) -> Option<SpaceDelimited> {
    match words {
        [] => None,
        [word] if word == NONE => Some(SpaceDelimited::default()),
        words => Some(SpaceDelimited::parse(&words.join(" "))),
    }
}

/// Reads `NAME=VALUE`. What is JSON is taken as such; all else is text.
fn pair(text: &str) -> Result<Pair, String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err("write it as NAME=VALUE".to_owned());
    };
    let value = match value {
        "" => None,
        text => Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_json_where_they_can_be() {
        for (text, expected) in [
            ("email=a@b.example", Some(json!("a@b.example"))),
            ("email_verified=true", Some(json!(true))),
            ("zip=\"0150\"", Some(json!("0150"))),
            ("address={\"country\":\"NO\"}", Some(json!({"country": "NO"}))),
            ("note=a=b", Some(json!("a=b"))),
            ("email=", None),
        ] {
            let name = text.split('=').next().unwrap_or_default().to_owned();
            assert_eq!(pair(text), Ok((name, expected)), "{text}");
        }
        assert!(pair("email").is_err());
    }
}
