//! Taking a token type away.

use serde_json::json;

use crate::{
    acts::{Operator, types},
    app::App,
    cli::{
        console::Console,
        figures::counted,
        problem::{Exit, Outcome},
    },
    model::token_type::stays,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RemoveArguments {
    /// Its name; case does not count
    #[arg(value_name = "NAME")]
    name: String,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(
    arguments: &RemoveArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let known = types::find_there(app, &arguments.name).await?;
    let name = known.name.as_str();
    let active = types::active(app, &known.name).await?.filter(|_| !stays(name));
    let active = active.map_or(String::new(), |count| {
        format!("\n{} of it worked when they were last counted.", counted(count, "token"))
    });
    console.say(&if stays(name) {
        format!("This takes the rules of {name} away, which belongs to the protocol and stays.")
    } else {
        format!(
            "This takes {name} away: no more of its tokens can be made, and those that there are\n\
             stop working until a type of this name is there again.{active}"
        )
    });
    if !arguments.yes {
        console.confirm(name).await?;
    }
    types::remove(app, operator, (name, (known.version, known.updated_at))).await?;
    if console.json() {
        console.object(&json!({"name": name, "removed": true}));
    } else {
        console.done(&format!("Took {name} away"));
    }
    Ok(Exit::Yes)
}
