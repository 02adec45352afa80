//! A trap for one statement of a group, and so a way to make a group at all.

use std::{
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use tessera::{
    app::App,
    model::{secret::Sha256, timestamp::Timestamp},
    store::{Command, Fault},
};
use tokio::task::JoinHandle;

use crate::common::until::until;

/// How long the writer is held. Commands are queued by the first look at their futures, so the
/// shortest time is enough for all that are there already.
const HOLD: Duration = Duration::from_millis(20);

/// A statement that went wrong.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) sql: String,
    /// Whether others had run before it in its transaction, or it began one.
    pub(super) in_transaction: bool,
}

/// Makes a group, and lets one of its statements go wrong, chosen by its number.
pub(super) struct Trap {
    app: App,
    state: Arc<Mutex<State>>,
    holding: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    is_held: bool,
    in_transaction: bool,
    seen: Vec<String>,
    hit: Option<Hit>,
}

impl Trap {
    /// Holds the writer, so that all that comes now is one group, and lets the statement of that
    /// number among what follows go wrong, if one is given.
    pub(super) async fn set(app: &App, wrong: Option<(usize, Fault)>) -> Self {
        Self::set_for(app, HOLD, wrong).await
    }

    /// The same, with the writer held for so long.
    pub(super) async fn set_for(
        app: &App,
        hold_for: Duration,
        wrong: Option<(usize, Fault)>,
    ) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let choose = move |sql: &str| shared.lock().unwrap().choose(sql, hold_for, wrong);
        app.store.fail(Some(Arc::new(choose)));
        let holding = tokio::spawn(hold(app.clone()));
        until("held", async || state.lock().unwrap().is_held).await;
        Self { app: app.clone(), state, holding }
    }

    /// Lets nothing go wrong any more. Returns what did, and every statement that ran.
    pub(super) async fn release(self) -> (Option<Hit>, Vec<String>) {
        self.holding.await.unwrap();
        self.app.store.fail(None);
        let state = mem::take(&mut *self.state.lock().unwrap());
        (state.hit, state.seen)
    }
}

/// Uses an identifier that nobody else uses: one statement, which is a group of its own.
async fn hold(app: App) {
    let identifier = Sha256::of(&app.random.bytes::<32>());
    let command = Command::new().use_identifier("hold", identifier, Timestamp(i64::MAX));
    assert!(app.store.run(command).await.unwrap());
}

impl State {
    fn choose(
        &mut self,
        sql: &str,
        hold_for: Duration,
        wrong: Option<(usize, Fault)>,
    ) -> Option<Fault> {
        if is_a_beat(sql) {
            return None;
        }
        if !mem::replace(&mut self.is_held, true) {
            return Some(Fault::Delayed(hold_for));
        }
        let ends = ["COMMIT", "ROLLBACK"].contains(&sql);
        self.in_transaction |= sql.starts_with("BEGIN");
        let hit = Hit { sql: sql.to_owned(), in_transaction: self.in_transaction };
        self.in_transaction &= !ends;
        let (_, fault) = wrong.filter(|(number, _)| *number == self.seen.len()).unzip();
        self.hit = fault.map_or(self.hit.take(), |_| Some(hit));
        self.seen.push(sql.to_owned());
        fault
    }
}

/// Whether a statement is what nodes tell each other, whatever is asked of them.
fn is_a_beat(sql: &str) -> bool {
    sql.contains("synchronous_commit") || sql.starts_with("INSERT INTO nodes")
}
