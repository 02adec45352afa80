//! One among many whose write the database itself refuses: only it is told so.

use tessera::{
    app::App,
    model::{
        client_id::ClientId,
        entry_key::EntryKey,
        jwt_id::JwtId,
        secret::Sha256,
        token_entry::{EntryFormat, TokenEntry},
    },
    store::{Command, Error},
};
use tokio::task::JoinSet;

use super::{holder, trap::Trap};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    an_impossible_entry_is_refused_alone,
    of_one_identifier_used_twice_in_a_group_one_use_counts,
    a_command_undone_in_a_group_leaves_nothing_behind,
);

/// How many are in a group.
const GROUP: usize = 16;

/// A reference without a hash, wherever it stands among the others.
async fn an_impossible_entry_is_refused_alone(server: TestServer) {
    let (client, _) = holder(&server, "mailer").await;
    for place in [0, 6, GROUP - 1] {
        let commands = (0..GROUP).map(|number| {
            let mut entry = entry(&server.app, &client.client_id);
            if number == place {
                (entry.format, entry.reference_hash) = (EntryFormat::Reference, None);
            }
            Command::new().insert_token(entry)
        });

        let told = run_as_one_group(&server.app, commands.collect()).await;

        for (number, told) in told {
            match told {
                Ok(done) => assert!(done && number != place, "{number}, {place}"),
                Err(error) => {
                    assert!(matches!(error, Error::Database(_)), "{error:?}");
                    assert_eq!(number, place);
                }
            }
        }
    }
    let rows = server.database().execute("UPDATE tokens SET uses = 0").await;
    assert_eq!(rows, 3 * (GROUP as u64 - 1));
}

async fn of_one_identifier_used_twice_in_a_group_one_use_counts(server: TestServer) {
    let commands = (0..GROUP).map(|number| {
        let identifier = Sha256::of(&(number / 2).to_be_bytes());
        Command::new().use_identifier("test", identifier, server.now())
    });

    let told = run_as_one_group(&server.app, commands.collect()).await;

    for pair in 0..GROUP / 2 {
        let of_pair = told.iter().filter(|(number, _)| number / 2 == pair);
        let used = of_pair.filter(|(_, told)| *told.as_ref().unwrap()).count();
        assert_eq!(used, 1, "{told:?}");
    }
}

/// Its first write would do, its second does not; the others have writes of the same kinds.
async fn a_command_undone_in_a_group_leaves_nothing_behind(server: TestServer) {
    let (client, _) = holder(&server, "mailer").await;
    let taken = Sha256::of(b"taken");
    let take = Command::new().use_identifier("test", taken.clone(), server.now());
    assert!(server.app.store.run(take).await.unwrap());
    let commands = (0..GROUP).map(|number| {
        let identifier = Sha256::of(&number.to_be_bytes());
        let identifier = if number % 3 == 0 { taken.clone() } else { identifier };
        Command::new().insert_token(entry(&server.app, &client.client_id)).use_identifier(
            "test",
            identifier,
            server.now(),
        )
    });

    let told = run_as_one_group(&server.app, commands.collect()).await;

    for (number, told) in &told {
        assert_eq!(*told.as_ref().unwrap(), number % 3 != 0, "{number}");
    }
    let done = told.iter().filter(|(number, _)| number % 3 != 0).count();
    let rows = server.database().execute("UPDATE tokens SET uses = 0").await;
    assert_eq!(rows, done as u64);
}

/// Runs commands that all wait when the writer comes to them. Each with its number.
async fn run_as_one_group(app: &App, commands: Vec<Command>) -> Vec<(usize, Result<bool, Error>)> {
    let trap = Trap::set(app, None).await;
    let mut running = JoinSet::new();
    for (number, command) in commands.into_iter().enumerate() {
        let store = app.store.clone();
        running.spawn(async move { (number, store.run(command).await) });
    }
    let told = running.join_all().await;
    trap.release().await;
    told
}

/// An entry like that of a JWT.
fn entry(app: &App, client_id: &ClientId) -> TokenEntry {
    let now = app.now();
    let id = JwtId { entry_key: EntryKey::draw(now, &app.random), salt: 7 };
    let blank = TokenEntry::blank(id, client_id, now);
    TokenEntry { client_generation: 1, expires_at: Some(now), ..blank }
}
