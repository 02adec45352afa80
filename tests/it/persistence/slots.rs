//! Tokens that want one slot: that which is written last has it, and the earlier ones are
//! superseded.

use tessera::{
    model::{
        entry_key::EntryKey,
        jwt_id::JwtId,
        secret::{Secret, Sha256},
        token_entry::{EntryFormat, TokenEntry},
    },
    store::{Command, End, TakenSlot},
};

use super::{held, release, waiting, write};
use crate::common::{Engine, Measured, TestClient, TestServer, on_each_engine, until::until};

on_each_engine!(
    of_two_that_are_written_one_after_the_other_the_last_is_valid,
    of_two_that_want_a_slot_on_one_node_at_once_one_has_it,
    one_that_gives_way_before_it_is_written_is_written_as_superseded,
    a_slot_whose_holder_has_ended_is_taken,
    a_token_that_loses_its_slot_each_time_is_written_without_one,
    what_is_written_at_once_since_too_many_wait_overtakes_nobody,
);

const SLOT: &[u8] = b"a slot";

/// A token of the client that wants the slot, and its string.
struct Wanted {
    token: Secret,
    entry: TokenEntry,
}

impl Wanted {
    fn by(server: &TestServer, client: &TestClient) -> Self {
        let (random, now) = (&server.app.random, server.now());
        let token = Secret::generate(random);
        let expires_at = now.plus(std::time::Duration::from_hours(1));
        let entry_key = EntryKey::draw(expires_at, random);
        let entry = TokenEntry {
            format: EntryFormat::Reference,
            reference_hash: Some(token.hash().as_bytes().to_vec()),
            client_generation: 1,
            expires_at: Some(expires_at),
            ..TokenEntry::blank(JwtId { entry_key, salt: 1 }, &client.id, now)
        };
        Self { token, entry }
    }

    fn key(&self) -> EntryKey {
        self.entry.entry_key
    }

    /// The command that adds it and takes the slot from whoever was seen to hold it.
    fn taking(&self, holder: Option<EntryKey>) -> Command {
        let at = self.entry.created_at;
        let slot = TakenSlot {
            slot_key: Sha256::of(SLOT),
            entry_key: self.key(),
            holder,
            held_until: None,
            at,
        };
        let command = Command::new().take_slot(slot).insert_token(self.entry.clone());
        match holder {
            None => command,
            Some(holder) => {
                let (by, reason) = ("test".to_owned(), "renewed".to_owned());
                command.supersede_token(holder, End { at, by, reason })
            }
        }
    }

    async fn is(&self, server: &TestServer, status: &str) -> bool {
        let key = i64::from_be_bytes(self.key().to_bytes());
        let row = format!("tokens WHERE entry_key = {key} AND status = '{status}'");
        server.database().count(&row).await == 1
    }

    async fn holds_the_slot(&self, server: &TestServer) -> bool {
        let key = i64::from_be_bytes(self.key().to_bytes());
        server.database().count(&format!("slots WHERE entry_key = {key}")).await == 1
    }

    /// What a look at it says.
    async fn refusal(&self, server: &TestServer) -> Option<&'static str> {
        let found = server.app.tokens.present(self.token.expose(), server.now()).await.unwrap();
        found.expect("it is known").refusal.map(tessera::model::standing::Refusal::as_str)
    }
}

/// Two nodes that were asked the same, as far as one database can tell.
#[tokio::test]
async fn of_two_nodes_that_are_asked_the_same_the_last_to_write_has_the_valid_one() {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let (one, client) = held(server).await;
    let other = one.neighbour().await;
    let (first, second) = (Wanted::by(&one, &client), Wanted::by(&other, &client));
    assert!(one.app.store.persist(first.taking(None)).await.unwrap());
    assert!(other.app.store.persist(second.taking(None)).await.unwrap());
    assert_eq!((first.refusal(&one).await, second.refusal(&other).await), (None, None));

    write(&one).await;
    assert!(first.refusal(&other).await.is_none(), "and is kept there");
    write(&other).await;

    assert!(first.is(&one, "superseded").await && second.is(&one, "valid").await);
    assert!(second.holds_the_slot(&one).await);
    for server in [&one, &other] {
        assert_eq!(first.refusal(server).await, Some("superseded"));
        assert_eq!(second.refusal(server).await, None);
    }
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn of_two_nodes_that_write_at_once_one_has_the_valid_token() {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let (one, client) = held(server).await;
    let other = one.neighbour().await;
    for _ in 0..10 {
        let (first, second) = (Wanted::by(&one, &client), Wanted::by(&other, &client));
        assert!(one.app.store.persist(first.taking(None)).await.unwrap());
        assert!(other.app.store.persist(second.taking(None)).await.unwrap());

        tokio::join!(write(&one), write(&other));

        let valid = [first.is(&one, "valid").await, second.is(&one, "valid").await];
        let superseded = [first.is(&one, "superseded").await, second.is(&one, "superseded").await];
        assert!(valid == [true, false] || valid == [false, true], "{valid:?}");
        assert_eq!(superseded, [!valid[0], !valid[1]]);
        let holder = if valid[0] { &first } else { &second };
        assert!(holder.holds_the_slot(&one).await);
    }
    assert_eq!(database.count("tokens WHERE status = 'valid'").await, 1);
    drop((one, other));
    database.remove().await;
}

async fn of_two_that_are_written_one_after_the_other_the_last_is_valid(server: TestServer) {
    let (server, client) = held(server).await;
    let (first, second) = (Wanted::by(&server, &client), Wanted::by(&server, &client));
    assert!(server.app.store.persist(first.taking(None)).await.unwrap());
    release(&server, 1);
    server.app.store.write_waiting().await.unwrap();

    assert!(server.app.store.persist(second.taking(None)).await.unwrap());
    server.app.store.write_waiting().await.unwrap();

    assert!(first.is(&server, "superseded").await && second.is(&server, "valid").await);
    assert!(second.holds_the_slot(&server).await);
    let end = "tokens WHERE ended_by = 'persistence' AND end_reason LIKE 'tok!_% was written after it' ESCAPE '!'";
    assert_eq!(server.database().count(end).await, 1);
}

async fn of_two_that_want_a_slot_on_one_node_at_once_one_has_it(server: TestServer) {
    let (server, client) = held(server).await;
    let (first, second) = (Wanted::by(&server, &client), Wanted::by(&server, &client));
    let slot = Sha256::of(SLOT);

    assert!(server.app.store.persist(first.taking(None)).await.unwrap());
    assert!(!server.app.store.persist(second.taking(None)).await.unwrap(), "it has seen nobody");

    let holder = server.app.store.waiting_in_slot(&slot).map(|entry| entry.entry_key);
    assert_eq!((holder, waiting(&server)), (Some(first.key()), 1));
    write(&server).await;
    assert!(server.app.store.waiting_in_slot(&slot).is_none());
    assert!(first.is(&server, "valid").await && first.holds_the_slot(&server).await);
}

async fn one_that_gives_way_before_it_is_written_is_written_as_superseded(server: TestServer) {
    let (server, client) = held(server).await;
    let (first, second) = (Wanted::by(&server, &client), Wanted::by(&server, &client));
    assert!(server.app.store.persist(first.taking(None)).await.unwrap());
    assert!(first.refusal(&server).await.is_none());

    assert!(server.app.store.persist(second.taking(Some(first.key()))).await.unwrap());

    assert_eq!(first.refusal(&server).await, Some("superseded"));
    assert_eq!(second.refusal(&server).await, None);
    write(&server).await;
    assert!(first.is(&server, "superseded").await && second.is(&server, "valid").await);
    assert!(second.holds_the_slot(&server).await);
    assert_eq!(first.refusal(&server).await, Some("superseded"));
}

async fn a_slot_whose_holder_has_ended_is_taken(server: TestServer) {
    let (server, client) = held(server).await;
    let before = Wanted::by(&server, &client);
    assert!(server.app.store.run(before.taking(None)).await.unwrap());
    server.advance(std::time::Duration::from_hours(1));
    let next = Wanted::by(&server, &client);

    assert!(server.app.store.persist(next.taking(None)).await.unwrap());
    write(&server).await;

    assert!(before.is(&server, "valid").await, "it expired, and nobody ended it");
    assert!(next.is(&server, "valid").await && next.holds_the_slot(&server).await);
}

async fn a_token_that_loses_its_slot_each_time_is_written_without_one(server: TestServer) {
    let measured = Measured::begin(server.now());
    let (server, client) = held(server).await;
    let wanted = Wanted::by(&server, &client);
    // As if somebody else were always faster.
    match server.database().engine {
        Engine::Sqlite => {
            let trigger =
                "CREATE TRIGGER others BEFORE INSERT ON slots BEGIN SELECT RAISE(IGNORE); END";
            server.database().execute(trigger).await;
        }
        Engine::Postgres => {
            let function = "CREATE FUNCTION others() RETURNS trigger LANGUAGE plpgsql
                            AS 'BEGIN RETURN NULL; END'";
            let trigger = "CREATE TRIGGER others BEFORE INSERT ON slots
                           FOR EACH ROW EXECUTE FUNCTION others()";
            server.database().execute(function).await;
            server.database().execute(trigger).await;
        }
    }

    assert!(server.app.store.persist(wanted.taking(None)).await.unwrap());
    write(&server).await;

    assert!(wanted.is(&server, "valid").await && !wanted.holds_the_slot(&server).await);
    assert_eq!(wanted.refusal(&server).await, None);
    assert_eq!(measured.value(&server.app, "tessera_persistence_slots_lost_total"), 1);
}

async fn what_is_written_at_once_since_too_many_wait_overtakes_nobody(server: TestServer) {
    let measured = Measured::begin(server.now());
    let client = server.machine("mailer", "read").await;
    let one = |config: &mut tessera::config::Config| {
        super::later(config, 0);
        config.persistence.queue_limit = 1;
    };
    let server = server.restarted(one).await;
    let (first, second) = (Wanted::by(&server, &client), Wanted::by(&server, &client));
    assert!(server.app.store.persist(first.taking(None)).await.unwrap());

    let renewing = server.app.store.persist(second.taking(Some(first.key())));
    // Not before the other found no room to wait.
    let writing = async {
        let is_full =
            async || measured.text(&server.app).contains("\ntessera_persistence_fallbacks_total 1");
        until("no room", is_full).await;
        write(&server).await;
    };
    let (is_done, ()) = tokio::join!(renewing, writing);

    assert!(!is_done.unwrap(), "the holder was waited for, and has to be looked at again");
    assert!(first.is(&server, "valid").await && first.holds_the_slot(&server).await);
    assert!(server.app.store.persist(second.taking(Some(first.key()))).await.unwrap());
    server.app.store.write_waiting().await.unwrap();
    assert!(first.is(&server, "superseded").await && second.is(&server, "valid").await);
}
