//! The secrets of all clients, told from each other by when they were last used.

use std::time::Duration;

use crate::{
    acts::client_list::{self, ClientQuery},
    app::App,
    cli::{
        console::Console,
        look::Tone,
        problem::{Exit, Outcome},
        table::{Cell, Table, column, optional},
        times::{Times, span},
    },
    model::{
        client_id::ClientId,
        client_secret::{ClientSecret, SecretKind},
    },
};

use super::{settings::length, show};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SecretsArguments {
    /// Only those that nobody used for so long, such as 90d
    #[arg(long, value_name = "TIME", value_parser = length)]
    unused: Option<Duration>,
}

/// Every secret that works, client by client.
pub(super) async fn list(
    arguments: &SecretsArguments,
    app: &App,
    console: &mut Console,
) -> Outcome {
    let now = app.now();
    let columns = [
        column("CLIENT"),
        column("SECRET"),
        optional("WORKS", 2),
        column("USED"),
        optional("FROM", 1),
    ];
    let mut table = Table::new(&columns);
    let mut query = ClientQuery { unused_for: arguments.unused, ..Default::default() };
    loop {
        let page = client_list::page(app, &query).await?;
        for listed in &page.clients {
            let client_id = &listed.registered.client.client_id;
            let is_meant = |secret: &&ClientSecret| {
                arguments.unused.is_none_or(|least| secret.unused_for(now) >= least)
            };
            for secret in listed.registered.live_secrets(now).filter(is_meant) {
                if console.json() {
                    let mut object = show::secret_json(secret, now);
                    object["client_id"] = client_id.as_str().into();
                    console.object(&object);
                }
                table.row(row(client_id, secret, &console.times(now)));
            }
        }
        let Some(next) = page.next else { break };
        query.after = next;
    }
    match arguments.unused {
        _ if !table.is_empty() => console.table(&table),
        Some(least) => {
            console.say(&format!("No secret that works was left unused for {}.", span(least)));
        }
        None => console.say("No client has a secret that works."),
    }
    Ok(Exit::Yes)
}

fn row(client_id: &ClientId, secret: &ClientSecret, times: &Times<'_>) -> [Cell; 5] {
    let works =
        secret.expires_at.map_or_else(String::new, |end| format!("until {}", times.stated(end)));
    let (tone, used) = match secret.last_used_at {
        Some(at) => (Tone::Plain, times.relative(at)),
        None => (Tone::Dim, "never".to_owned()),
    };
    [
        Cell::from(client_id.as_str()),
        Cell::from(match secret.kind {
            SecretKind::Generated => format!("…{}", secret.hint),
            SecretKind::Chosen => show::named(secret),
        }),
        Cell::from(works),
        Cell::toned(tone, used),
        Cell::from(secret.last_used_from.as_deref().unwrap_or_default()),
    ]
}
