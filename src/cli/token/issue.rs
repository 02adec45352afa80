//! A token, issued by hand.

use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::{
    acts::{self, Operator, tokens::IssueRequest},
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome, Problem},
        sheet::Sheet,
    },
    model::{
        client_id::ClientId,
        parameters::Parameters,
        secret::Secret,
        user::{DEFAULT_REALM, is_realm},
        username::Username,
    },
};

use super::issue_typed::{self, TypedArguments};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct IssueArguments {
    /// The client that gets it
    #[arg(long, value_name = "NAME", value_parser = ClientId::parse)]
    client: ClientId,
    /// What for, parted by spaces; without it, all that the client may ask for
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// For whom: the audience of a resource server, again for each
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,
    /// On whose behalf: a user of the realm default, or REALM/NAME
    #[arg(long, value_name = "NAME", value_parser = whom)]
    user: Option<(String, Username)>,
    /// With a refresh token, in the second line: the beginning of a family
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    typed: TypedArguments,
}

pub(super) async fn run(
    arguments: &IssueArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let client = &arguments.client;
    if let Some(request) = arguments.typed.request()? {
        let is_access = arguments.scope.is_some() || !arguments.resource.is_empty();
        if is_access || arguments.user.is_some() || arguments.refresh {
            let what = "--scope, --resource, --user and --refresh are for access tokens";
            return Err(Problem::new(Exit::Wrong, what).next("leave them out, or --type"));
        }
        return issue_typed::run(client, request, app, (operator, console)).await;
    }
    let request = IssueRequest {
        client_id: client.clone(),
        parameters: parameters(arguments)?,
        user: arguments.user.clone(),
        refresh: arguments.refresh,
    };
    let issued = acts::tokens::issue(app, operator, &request).await?;
    let now = app.now();
    let expires_at = now.plus(std::time::Duration::from_secs(issued.expires_in.unsigned_abs()));
    let remedy = format!("tessera token revoke {}", issued.entry_key);
    if console.json() {
        let mut object = json!({
            "access_token": issued.token.expose(),
            "entry": issued.entry_key.to_string(),
            "client_id": client.as_str(),
            "scope": issued.scope.to_string(),
            "audience": issued.audience.iter().collect::<Vec<_>>(),
            "expires_at": expires_at.rfc3339(),
            "expires_in_seconds": issued.expires_in,
        });
        if let Some(refresh) = &issued.refresh {
            object["refresh_token"] = json!(refresh.expose());
        }
        console.answer_once(&object.to_string(), remedy);
        return Ok(Exit::Yes);
    }
    console.done(&format!("Issued {} to {client}", issued.entry_key));
    let mut sheet = Sheet::default();
    sheet.fact("Scopes", issued.scope.to_string());
    sheet.fact("Audience", issued.audience.to_string());
    sheet.fact("Expires", console.times(now).stated(expires_at));
    sheet.fact("Token", "shown once, below");
    console.say_sheet(&sheet);
    let refresh = issued.refresh.as_ref().map(|token| format!("\n{}", token.expose()));
    let answer = Secret::new(format!("{}{}", issued.token.expose(), refresh.unwrap_or_default()));
    console.answer_once(answer.expose(), remedy);
    Ok(Exit::Yes)
}

/// Whom a token is for.
fn whom(text: &str) -> Result<(String, Username), String> {
    let (realm, name) = text.split_once('/').unwrap_or((DEFAULT_REALM, text));
    if !is_realm(realm) {
        return Err(format!("{realm:?} is no realm"));
    }
    let name = Username::parse(name).map_err(|fault| fault.to_string())?;
    Ok((realm.to_owned(), name))
}

/// What the client would send to the token endpoint.
fn parameters(arguments: &IssueArguments) -> Result<Parameters, Problem> {
    let mut form = Serializer::new(String::new());
    if let Some(scope) = &arguments.scope {
        form.append_pair("scope", scope);
    }
    for resource in &arguments.resource {
        form.append_pair("resource", resource);
    }
    Parameters::parse(form.finish().as_bytes())
        .map_err(|fault| Problem::new(Exit::Wrong, fault.to_string()))
}
