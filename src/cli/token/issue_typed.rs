//! A token of a configured type, issued by hand.

use std::{collections::HashSet, time::Duration};

use serde_json::json;

use crate::{
    acts::{self, Operator, tokens::TypedRequest},
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome, Problem},
        sheet::Sheet,
    },
    config::duration,
    model::{client_id::ClientId, timestamp::Timestamp},
    tokens::typed::LONGEST_LIFE,
};

use super::said;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Of a type")]
pub(in crate::cli) struct TypedArguments {
    /// Its type, one that is configured; without it, an access token
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// What it is good for, again for each; without it, anything
    #[arg(long, value_name = "PURPOSE", requires = "type_name", value_parser = said)]
    purpose: Vec<String>,
    /// For whom it is good; without it, anybody
    #[arg(long, value_name = "IDENTITY", requires = "type_name", value_parser = said)]
    identity: Option<String>,
    /// What whoever uses it is told, again for each
    #[arg(long, value_name = "NAME=TEXT", requires = "type_name", value_parser = attribute)]
    attribute: Vec<(String, String)>,
    /// How long it lives, where that is shorter than its type says
    #[arg(long, value_name = "TIME", requires = "type_name", value_parser = length)]
    expires_in: Option<Duration>,
}

impl TypedArguments {
    /// What is to be made, if it is of a type.
    pub(super) fn request(&self) -> Result<Option<TypedRequest>, Problem> {
        let Some(type_name) = &self.type_name else { return Ok(None) };
        let attributes = self.attribute.iter();
        let names: HashSet<_> = attributes.clone().map(|(name, _)| name).collect();
        if names.len() < self.attribute.len() {
            return Err(Problem::new(Exit::Wrong, "an attribute is given twice")
                .next("give each --attribute once"));
        }
        Ok(Some(TypedRequest {
            type_name: type_name.clone(),
            purposes: self.purpose.clone(),
            identity: self.identity.clone(),
            attributes: attributes.map(|(name, text)| (name.clone(), json!(text))).collect(),
            expires_in: self.expires_in,
        }))
    }
}

pub(super) async fn run(
    client: &ClientId,
    request: TypedRequest,
    app: &App,
    (operator, console): (&Operator, &mut Console),
) -> Outcome {
    let type_name = request.type_name.clone();
    let created = acts::tokens::create(app, operator, client, request).await?;
    let remedy = format!("tessera token revoke {}", created.entry_key);
    if console.json() {
        let object = json!({
            "token": created.token.expose(),
            "entry": created.entry_key.to_string(),
            "type": type_name,
            "client_id": client.as_str(),
            "expires_at": created.expires_at.map(Timestamp::rfc3339),
            "uses_left": created.uses_left,
        });
        console.answer_once(&object.to_string(), remedy);
        return Ok(Exit::Yes);
    }
    console.done(&format!("Issued {}, {type_name} of {client}", created.entry_key));
    let times = console.times(app.now());
    let mut sheet = Sheet::default();
    let expires = created.expires_at.map_or("never".to_owned(), |end| times.stated(end));
    sheet.fact("Expires", expires);
    if let Some(uses) = created.uses_left {
        sheet.fact("Uses", uses.to_string());
    }
    sheet.fact("Token", "shown once, below");
    console.say_sheet(&sheet);
    console.answer_once(created.token.expose(), remedy);
    Ok(Exit::Yes)
}

/// Reads `name=text`.
fn attribute(text: &str) -> Result<(String, String), String> {
    let (name, text) = text.split_once('=').ok_or("write NAME=TEXT")?;
    if name.is_empty() { Err("the name is empty".into()) } else { Ok((name.into(), text.into())) }
}

fn length(text: &str) -> Result<Duration, String> {
    let length = duration::parse(text);
    let length = length.map_err(|problem| format!("{problem}; {}", duration::ADVICE))?;
    if length.is_zero() || length > LONGEST_LIFE {
        return Err("it is from 1s to 36500d".into());
    }
    Ok(length)
}
