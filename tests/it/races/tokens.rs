//! Entries: their keys, and their end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tessera::{
    acts::{self, clients::ClientChanges, tokens::IssueRequest},
    app::{App, Clock},
    config::Config,
    model::{
        authorization::Authorization,
        client::{ClientKind, ClientStatus},
        client_id::ClientId,
        issuer::Issuer,
        parameters::Parameters,
        reuse::Reuse,
        scope::Scope,
        secret::{Random, Secret},
        space_delimited::SpaceDelimited,
        standing::Refusal,
        token_entry::TokenEntry,
    },
    store::End,
    tokens::{self, Error, Issued, Tokens},
};

use super::{at_once, nodes};
use crate::common::{
    Engine, TestDatabase, TestServer, on_each_engine,
    server::{ISSUER, START, config_for, operator},
};

on_each_engine!(
    one_of_many_revocations_counts,
    revocation_wins_over_everything_that_was_read_before,
    a_token_issued_while_its_client_is_replaced_is_dead,
);

async fn one_of_many_revocations_counts(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let nodes = nodes(&server).await;
    for _ in 0..5 {
        let token = server.token(&client).await;
        let entry = entry_of(&server.app, &token).await;

        let answers = at_once(&nodes, 20, |app, number| {
            let entry = entry.clone();
            async move { (number, revoke(&app, &entry, number).await) }
        })
        .await;

        let won: Vec<usize> =
            answers.iter().filter(|(_, revoked)| *revoked).map(|(number, _)| *number).collect();
        let ended_by = entry_of(&server.app, &token).await.ended_by.unwrap();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert_eq!(ended_by, format!("cli:{}", won[0]));
    }
}

/// An introspection that read the row first and answers later is as good as one that came first;
/// one that begins after the answer to the revocation is not.
async fn revocation_wins_over_everything_that_was_read_before(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let nodes = nodes(&server).await;
    let token = server.token(&client).await;

    let seen = at_once(&nodes, 20, |app, number| {
        let token = Secret::new(token.clone());
        async move {
            if number == 7 {
                let entry = entry_of(&app, token.expose()).await;
                assert!(revoke(&app, &entry, number).await);
            }
            let presented = acts::tokens::inspect(&app, &token).await.unwrap().unwrap();
            (number, presented.refusal)
        }
    })
    .await;

    let (_, after) = seen.iter().find(|(number, _)| *number == 7).unwrap();
    assert_eq!(*after, Some(Refusal::Revoked));
    for app in &nodes {
        let presented = acts::tokens::inspect(app, &Secret::new(token.clone())).await.unwrap();
        assert_eq!(presented.unwrap().refusal, Some(Refusal::Revoked));
    }
}

async fn a_token_issued_while_its_client_is_replaced_is_dead(server: TestServer) {
    let id = server.machine("mailer", "read").await.id;
    let seen = acts::clients::find(&server.app, &id).await.unwrap();

    acts::clients::set_status(&server.app, &operator(), &id, ClientStatus::Deleted).await.unwrap();
    let heir = server.machine("mailer", "read").await;
    let authorization = Authorization {
        client_id: id,
        client_generation: seen.generation,
        user: None,
        family: None,
        scope: seen.scope.clone(),
        audience: SpaceDelimited::parse(ISSUER),
    };
    let tokens = &server.app.tokens;
    let issued = tokens.issue_access_token(&seen, &authorization, server.now()).await;
    let issued = issued.unwrap().unwrap();

    assert!(!server.is_active(&heir, issued.token.expose()).await);
}

#[tokio::test]
async fn a_key_that_is_taken_is_drawn_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = RiggedServer::on(engine).await;
        server.repeat(8, DRAWS_OF_ONE_KEY);
        let first = server.issue().await.unwrap();

        server.repeat(8, DRAWS_OF_ONE_KEY);
        let second = server.issue().await.unwrap();

        let salt = entry_of(&server.app, first.token.expose()).await.jti_salt;
        assert_eq!(salt, 0, "the draws of the first were rigged");
        assert_ne!(first.entry_key, second.entry_key);
        server.are_active(&[first, second]).await;
        server.database.remove().await;
    }
}

/// A key that is taken is nobody's slot: it is drawn again where a lost slot would be the end.
#[tokio::test]
async fn a_key_that_is_taken_is_no_slot_that_is_lost() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = RiggedServer::with(engine, |config| {
            config.tokens.reuse = Reuse::ReuseActive;
            config.persistence.retry_count = 0;
        })
        .await;
        server.repeat(8, DRAWS_OF_ONE_KEY);
        let first = server.issue_for("a").await.unwrap();

        server.repeat(8, DRAWS_OF_ONE_KEY);
        let second = server.issue_for("b").await.unwrap();

        assert_ne!(first.entry_key, second.entry_key);
        server.repeat(8, usize::MAX);
        let refused = server.issue_for("a b").await.unwrap_err();
        assert!(matches!(refused, Error::NoFreeKey), "{refused:?}");
        server.repeat(8, 0);
        assert_eq!(server.database.count("slots").await, 2, "nothing half done");
        let again = server.issue_for("a").await.unwrap();
        assert!(again.is_again && again.token.expose() == first.token.expose());
        server.are_active(&[first, second]).await;
        server.database.remove().await;
    }
}

#[tokio::test]
async fn a_string_that_is_taken_is_drawn_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = RiggedServer::on(engine).await;
        server.repeat(32, 1);
        let first = server.issue().await.unwrap();

        server.repeat(32, 2);
        let second = server.issue().await.unwrap();

        assert_eq!(first.token.expose(), "A".repeat(43), "the draw of the first was rigged");
        assert_ne!(first.token.expose(), second.token.expose());
        server.are_active(&[first, second]).await;
        server.database.remove().await;
    }
}

#[tokio::test]
async fn randomness_that_only_repeats_itself_is_refused_and_overwrites_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = RiggedServer::on(engine).await;
        server.repeat(8, usize::MAX);
        let first = server.issue().await.unwrap();

        let refused = server.issue().await.unwrap_err();

        assert!(matches!(refused, acts::Error::Tokens(Error::NoFreeKey)), "{refused:?}");
        server.repeat(8, 0);
        let later = server.issue().await.unwrap();
        server.are_active(&[first, later]).await;
        server.database.remove().await;
    }
}

/// An entry key and its salt are drawn one after the other, eight bytes each.
const DRAWS_OF_ONE_KEY: usize = 2;

/// A server whose randomness repeats itself on demand.
struct RiggedServer {
    app: App,
    client: ClientId,
    database: TestDatabase,
    rig: Arc<Rig>,
}

#[derive(Default)]
struct Rig {
    length: AtomicUsize,
    left: AtomicUsize,
}

impl RiggedServer {
    async fn on(engine: Engine) -> Self {
        Self::with(engine, |_| ()).await
    }

    async fn with(engine: Engine, change: impl FnOnce(&mut Config)) -> Self {
        let database = TestDatabase::create(engine).await;
        let rig = Arc::new(Rig::default());
        let (rigged, sound) = (Arc::clone(&rig), Random::system());
        let random = Random::new(move |bytes| rigged.fill(bytes, &sound));
        let (mut config, clock) = (config_for(&database), Clock::new(|| START));
        change(&mut config);
        let issuer = Issuer::parse(ISSUER).unwrap();
        let app = App::open(config, issuer, clock, random).await.unwrap().app;
        let client = ClientId::parse("mailer").unwrap();
        let named = (client.clone(), ClientKind::Machine);
        let scope = Some(Scope::parse("a b").unwrap());
        let changes = ClientChanges { scope, ..ClientChanges::default() };
        acts::clients::add(&app, &operator(), named, changes, None).await.unwrap();
        Self { app, client, database, rig }
    }

    /// Lets the next so many draws of `length` bytes give zeros.
    fn repeat(&self, length: usize, times: usize) {
        self.rig.length.store(length, Ordering::SeqCst);
        self.rig.left.store(times, Ordering::SeqCst);
    }

    async fn issue(&self) -> acts::Result<Issued> {
        let parameters = Parameters::parse(b"").unwrap();
        acts::tokens::issue(
            &self.app,
            &operator(),
            &IssueRequest::access(self.client.clone(), parameters),
        )
        .await
    }

    /// As the token endpoint does.
    async fn issue_for(&self, scope: &str) -> tokens::Result<Issued> {
        let client = acts::clients::find(&self.app, &self.client).await.unwrap();
        let authorization = Authorization {
            client_id: client.client_id.clone(),
            client_generation: client.generation,
            user: None,
            family: None,
            scope: Scope::parse(scope).unwrap(),
            audience: SpaceDelimited::parse(ISSUER),
        };
        let issued = self.app.tokens.issue_access_token(&client, &authorization, START).await?;
        Ok(issued.unwrap())
    }

    async fn are_active(&self, all: &[Issued]) {
        for issued in all {
            let presented = acts::tokens::inspect(&self.app, &issued.token).await.unwrap();
            let presented = presented.unwrap();
            assert_eq!(presented.refusal, None);
            self.app.tokens.claims_of(&presented, self.app.now()).await.unwrap();
        }
    }
}

impl Rig {
    fn fill(&self, bytes: &mut [u8], sound: &Random) {
        let one_less = |left: usize| left.checked_sub(1);
        if bytes.len() == self.length.load(Ordering::SeqCst)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
        {
            bytes.fill(0);
        } else {
            for byte in bytes {
                [*byte] = sound.bytes();
            }
        }
    }
}

async fn entry_of(app: &App, token: &str) -> TokenEntry {
    let token = Secret::new(token.to_owned());
    acts::tokens::inspect(app, &token).await.unwrap().unwrap().found.entry.clone()
}

async fn revoke(app: &App, entry: &TokenEntry, number: usize) -> bool {
    let end = End { at: app.now(), by: format!("cli:{number}"), reason: "a race".to_owned() };
    app.store.run(Tokens::revocation(entry, &end)).await.unwrap()
}
