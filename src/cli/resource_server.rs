//! `tessera resource-server`: the APIs that tokens are for.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    acts::{
        Operator,
        resource_servers::{self, ResourceServerChanges},
    },
    app::App,
    model::{resource_server::ResourceServer, scope::Scope, space_delimited::SpaceDelimited},
};

use super::{
    console::Console,
    problem::{Exit, Outcome, Problem},
    sheet::Sheet,
    table::{Cell, Table, column, optional},
};

#[derive(Debug, Subcommand)]
pub(super) enum ResourceServerCommand {
    /// Add a resource server
    #[command(before_help = "tessera resource-server add https://api.example --scope 'a b'\n\
                             tessera resource-server add https://api.example --default")]
    Add(Change),
    /// List every resource server
    #[command(before_help = "tessera resource-server list")]
    List,
    /// Show a resource server
    #[command(before_help = "tessera resource-server show https://api.example")]
    Show(AudienceArgument),
    /// Change a resource server; what is not named stays
    #[command(before_help = "tessera resource-server set https://api.example --introspector api\n\
                             tessera resource-server set https://api.example --default=false")]
    Set(Change),
    /// Delete a resource server; tokens that were meant for it stay
    #[command(before_help = "tessera resource-server delete https://api.example")]
    Delete(DeleteArguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct AudienceArgument {
    /// What stands in aud, such as its address
    #[arg(value_name = "AUDIENCE")]
    audience: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    #[command(flatten)]
    of: AudienceArgument,
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The scope tokens it knows, parted by spaces; empty for any, and then
    /// every client gets tokens for it that names it
    #[arg(long, value_name = "SCOPES", value_parser = Scope::parse)]
    scope: Option<Scope>,
    /// Whether tokens are for it when nobody says whom they are for
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    default: Option<bool>,
    /// A client that may introspect its tokens, again for each; none for no client
    #[arg(long, value_name = "CLIENT")]
    introspector: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct DeleteArguments {
    #[command(flatten)]
    of: AudienceArgument,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

impl ResourceServerCommand {
    pub(super) fn needs_a_store(&self) -> bool {
        !matches!(self, Self::Add(_))
    }
}

pub(super) async fn run(
    command: &ResourceServerCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        ResourceServerCommand::Add(change) => {
            let audience = &change.of.audience;
            let server = resource_servers::add(app, operator, audience, change.changes()).await?;
            tell("Added", &server, console);
        }
        ResourceServerCommand::List => list(app, console).await?,
        ResourceServerCommand::Show(AudienceArgument { audience }) => {
            show(&resource_servers::find(app, audience).await?, app, console);
        }
        ResourceServerCommand::Set(change) => {
            change.refuse_nothing()?;
            let audience = &change.of.audience;
            let server = resource_servers::set(app, operator, audience, change.changes()).await?;
            tell("Changed", &server, console);
        }
        ResourceServerCommand::Delete(arguments) => {
            delete(arguments, app, operator, console).await?;
        }
    }
    Ok(Exit::Yes)
}

impl Change {
    fn changes(&self) -> ResourceServerChanges {
        let introspectors = match self.introspector.as_slice() {
            [] => None,
            [only] if only == "none" => Some(SpaceDelimited::default()),
            all => Some(SpaceDelimited::parse(&all.join(" "))),
        };
        ResourceServerChanges {
            name: self.name.clone(),
            scope: self.scope.clone(),
            is_default: self.default,
            introspectors,
        }
    }

    fn refuse_nothing(&self) -> Result<(), Problem> {
        let named = self.name.is_some() || self.scope.is_some() || self.default.is_some();
        if named || !self.introspector.is_empty() {
            return Ok(());
        }
        Err(Problem::new(Exit::Wrong, "nothing to change was named")
            .next("tessera resource-server set --help"))
    }
}

async fn list(app: &App, console: &mut Console) -> Result<(), Problem> {
    let columns =
        [column("AUDIENCE"), optional("NAME", 2), optional("DEFAULT", 1), optional("SCOPES", 3)];
    let mut table = Table::new(&columns);
    for server in resource_servers::list(app).await? {
        if console.json() {
            console.object(&server_json(&server));
        }
        table.row([
            Cell::from(&server.audience),
            Cell::from(&server.name),
            Cell::from(if server.is_default { "yes" } else { "no" }),
            Cell::from(scopes(&server)),
        ]);
    }
    if table.is_empty() {
        console.say("No resource servers yet. Add one: tessera resource-server add AUDIENCE");
    } else {
        console.table(&table);
    }
    Ok(())
}

fn show(server: &ResourceServer, app: &App, console: &mut Console) {
    if console.json() {
        return console.object(&server_json(server));
    }
    let now = app.now();
    let mut sheet = Sheet::default();
    sheet.fact("Audience", &server.audience);
    sheet.fact("Name", &server.name);
    sheet.append(settings(server));
    sheet.fact("Added", console.times(now).stated(server.created_at));
    sheet.fact("Changed", console.times(now).stated(server.updated_at));
    console.sheet(&sheet);
}

async fn delete(
    arguments: &DeleteArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Result<(), Problem> {
    let audience = &arguments.of.audience;
    let server = resource_servers::find(app, audience).await?;
    console.say(&format!(
        "This deletes {audience}: no new tokens for it, and no more introspection by {}.\n\
         Tokens that were meant for it stay as they are.",
        if server.introspectors.is_empty() {
            "anybody".to_owned()
        } else {
            server.introspectors.to_string()
        }
    ));
    if !arguments.yes {
        console.confirm(audience).await?;
    }
    resource_servers::delete(app, operator, audience).await?;
    if console.json() {
        console.object(&json!({"audience": audience, "deleted": true}));
    } else {
        console.done(&format!("Deleted {audience}"));
    }
    Ok(())
}

fn tell(done: &str, server: &ResourceServer, console: &mut Console) {
    if console.json() {
        return console.object(&server_json(server));
    }
    console.done(&format!("{done} {} ({})", server.name, server.audience));
    console.say_sheet(&settings(server));
}

fn settings(server: &ResourceServer) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.fact("Scopes", scopes(server));
    sheet.fact("Default", if server.is_default { "yes" } else { "no" });
    sheet.fact("Looked at by", server.introspectors.to_string());
    sheet
}

fn scopes(server: &ResourceServer) -> String {
    if server.scope.is_empty() { "any".to_owned() } else { server.scope.to_string() }
}

fn server_json(server: &ResourceServer) -> Value {
    json!({
        "audience": server.audience,
        "name": server.name,
        "scope": server.scope.to_string(),
        "is_default": server.is_default,
        "introspectors": server.introspectors.iter().collect::<Vec<_>>(),
        "created_at": server.created_at.rfc3339(),
        "updated_at": server.updated_at.rfc3339(),
    })
}
