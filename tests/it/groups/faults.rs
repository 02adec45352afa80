//! A fault at each statement of a group, one after the other: what was acknowledged is so, what
//! was not is one or the other, and whoever was not hit succeeds.

use std::{collections::HashSet, time::Duration};

use tessera::{
    acts::{self, Operator},
    app::App,
    model::{
        attempt::Attempt,
        audit::AuditEvent,
        authorization::Authorization,
        client::Client,
        entry_key::EntryKey,
        id::uuid_v7,
        secret::{Secret, Sha256},
        standing::Refusal,
        token_entry::TokenEntry,
    },
    store::{Command, End, Fault},
    tokens::{Issued, Tokens},
};
use tokio::task::JoinSet;

use super::{
    holder,
    trap::{Hit, Trap},
};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_refused_statement_harms_nobody,
    a_connection_lost_before_a_statement_harms_nobody_before_the_commit,
    a_connection_lost_after_a_statement_harms_nobody_before_the_commit,
    a_slow_statement_harms_nobody,
);

/// How many of each kind there are in a group.
const EACH: usize = 4;

async fn a_refused_statement_harms_nobody(server: TestServer) {
    at_each_statement(&server, Fault::Refused).await;
}

async fn a_connection_lost_before_a_statement_harms_nobody_before_the_commit(server: TestServer) {
    at_each_statement(&server, Fault::LostBefore).await;
}

async fn a_connection_lost_after_a_statement_harms_nobody_before_the_commit(server: TestServer) {
    at_each_statement(&server, Fault::LostAfter).await;
}

async fn a_slow_statement_harms_nobody(server: TestServer) {
    at_each_statement(&server, Fault::Delayed(Duration::from_millis(5))).await;
}

/// What one caller asked for, and what it was told.
enum Told {
    Issued(acts::Result<Issued>),
    Revoked(Secret, acts::Result<bool>),
    Used(Sha256, acts::Result<bool>),
}

/// All that was acknowledged, over all rounds.
#[derive(Default)]
struct Sums {
    strings: HashSet<String>,
    issued: u64,
    unsure: u64,
}

struct Holders {
    plain: (Client, Authorization),
    audited: (Client, Authorization),
}

async fn at_each_statement(server: &TestServer, fault: Fault) {
    let (plain, audited) = (holder(server, "mailer").await, holder(server, "audited").await);
    let holders = Holders { plain, audited };
    let mut sums = Sums::default();
    for number in 0.. {
        let live = issue_all(&server.app, &holders).await;
        sums.issued += live.len() as u64;

        let trap = Trap::set(&server.app, Some((number, fault))).await;
        let told = ask_at_once(&server.app, &holders, live).await;
        let (hit, seen) = trap.release().await;

        check(&server.app, told, &mut sums, (fault, hit.as_ref())).await;
        if hit.is_none() {
            assert!(number > 10 && seen.len() == number, "one group: {seen:#?}");
            break;
        }
    }
    check_sums(server, &sums).await;
}

/// Tokens that are there to be revoked.
async fn issue_all(app: &App, holders: &Holders) -> Vec<(Secret, TokenEntry)> {
    let mut live = Vec::new();
    for _ in 0..EACH {
        let (client, authorization) = &holders.plain;
        let issued = app.tokens.issue_access_token(client, authorization, app.now()).await;
        let issued = issued.unwrap().unwrap();
        let found = acts::tokens::inspect(app, &issued.token).await.unwrap().unwrap();
        live.push((issued.token, found.found.entry.clone()));
    }
    live
}

/// Asks for everything that a command can be, all of it while the writer is held.
async fn ask_at_once(app: &App, holders: &Holders, live: Vec<(Secret, TokenEntry)>) -> Vec<Told> {
    let mut asking = JoinSet::new();
    for (token, entry) in live {
        let app = app.clone();
        asking.spawn(async move {
            let end = End { at: app.now(), by: "cli:test".to_owned(), reason: String::new() };
            let revoked = app.store.run(Tokens::revocation(&entry, &end)).await;
            Told::Revoked(token, revoked.map_err(Into::into))
        });
    }
    for _ in 0..EACH {
        let (plain, audited) = (holders.plain.clone(), holders.audited.clone());
        let [first, second, third] = [(); 3].map(|()| app.clone());
        asking.spawn(async move {
            let (client, authorization) = plain;
            let issued = first.tokens.issue_access_token(&client, &authorization, first.now());
            Told::Issued(issued.await.map(Result::unwrap).map_err(Into::into))
        });
        asking.spawn(async move {
            let with_event = |command: Command, issued: &Issued| {
                command.insert_audit_event(event(&second, issued.entry_key))
            };
            let ((client, authorization), now) = (audited, second.now());
            let tokens = &second.tokens;
            let issued = tokens.issue_access_token_with(&client, &authorization, now, with_event);
            Told::Issued(issued.await.map(Result::unwrap).map_err(Into::into))
        });
        asking.spawn(async move {
            let identifier = Sha256::of(&third.random.bytes::<32>());
            let used = use_identifier(&third, &identifier).await;
            Told::Used(identifier, used)
        });
    }
    asking.join_all().await
}

/// What was acknowledged is so, and nobody was told otherwise without need.
async fn check(app: &App, told: Vec<Told>, sums: &mut Sums, (fault, hit): (Fault, Option<&Hit>)) {
    let failed = |told: &&Told| match told {
        Told::Issued(told) => told.is_err(),
        Told::Revoked(_, told) | Told::Used(_, told) => told.is_err(),
    };
    let failed = told.iter().filter(failed).count();
    assert!(failed == 0 || may_fail(fault, hit), "{failed} of {} failed: {hit:?}", told.len());
    for told in told {
        match told {
            Told::Issued(Ok(issued)) => {
                sums.issued += 1;
                assert_eq!(refusal(app, &issued.token).await, None, "{hit:?}");
                let is_new = sums.strings.insert(issued.token.expose().to_owned());
                assert!(is_new, "two were given one token: {hit:?}");
            }
            Told::Issued(Err(_)) => sums.unsure += 1,
            Told::Revoked(token, Ok(revoked)) => {
                assert!(revoked, "nobody else revoked it: {hit:?}");
                assert_eq!(refusal(app, &token).await, Some(Refusal::Revoked), "{hit:?}");
            }
            // One or the other: that memory and database agree is asserted on the way.
            Told::Revoked(token, Err(_)) => {
                let refusal = refusal(app, &token).await;
                assert!([None, Some(Refusal::Revoked)].contains(&refusal), "{hit:?}");
            }
            Told::Used(identifier, Ok(used)) => {
                assert!(used, "nobody else used it: {hit:?}");
                assert!(!use_identifier(app, &identifier).await.unwrap(), "{hit:?}");
            }
            Told::Used(_, Err(_)) => {}
        }
    }
}

/// Whether this fault at this statement leaves open what became of the group: only the loss of a
/// connection that was asked to commit does.
fn may_fail(fault: Fault, hit: Option<&Hit>) -> bool {
    let is_lost = matches!(fault, Fault::LostBefore | Fault::LostAfter);
    is_lost && hit.is_some_and(|hit| hit.sql == "COMMIT" || !hit.in_transaction)
}

/// No row without an acknowledgement that was due, no event without its token.
async fn check_sums(server: &TestServer, sums: &Sums) {
    let database = server.database();
    let rows = database.execute("UPDATE tokens SET uses = 0").await;
    let audited = "UPDATE tokens SET uses = 0 WHERE client_id = 'audited'";
    let audited = database.execute(audited).await;
    let events = "UPDATE audit SET reason = NULL WHERE action = 'token.issued'";
    let events = database.execute(events).await;

    assert!((sums.issued..=sums.issued + sums.unsure).contains(&rows), "{rows}");
    assert_eq!(audited, events);
}

/// Why a token is not usable, by what the server answers from memory, which the row confirms.
async fn refusal(app: &App, token: &Secret) -> Option<Refusal> {
    let presented = acts::tokens::inspect(app, token).await.unwrap().unwrap();
    let key = presented.found.entry.entry_key.to_string();
    let row = acts::tokens::find(app, &key).await.unwrap();
    let refused = row.judge(&Attempt::look(app.now()));
    let refusal = refused.map(|refused| refused.refusal);
    assert_eq!(presented.refusal, refusal, "memory and database differ");
    presented.refusal
}

async fn use_identifier(app: &App, identifier: &Sha256) -> acts::Result<bool> {
    let command = Command::new().use_identifier("test", identifier.clone(), app.now());
    Ok(app.store.run(command).await?)
}

fn event(app: &App, key: EntryKey) -> AuditEvent {
    let id = (uuid_v7(app.now(), &app.random), app.now());
    Operator::new("cli:test").did(id, "token.issued", &key.to_string(), None)
}
