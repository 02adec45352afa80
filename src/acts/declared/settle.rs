//! Declared files at the start of a server, and when its settings are read again.

use crate::{
    acts::{Error, Operator, Result},
    app::App,
    model::{timestamp::Timestamp, token_type::DeclaredType},
};

use super::{
    carry_out::carry_out,
    declaration::{Reading, read},
    difference::{Action, Difference},
    file::DeclaredFile,
    plan::{PlanOptions, plan},
    references::References,
    state::State,
};

/// Who declared files act as, in the audit log.
const ACTOR: &str = "declared";

/// How often to begin anew where several nodes start at once: each time, one of them has come
/// through, and most often nothing differs any more.
const ATTEMPTS: usize = 10;

/// What files brought about.
#[derive(Debug, Default)]
pub struct Settled {
    /// What was otherwise.
    pub differences: Vec<Difference>,
    /// What deserves a look.
    pub notes: Vec<String>,
}

/// Makes the store as the files and the token types of the settings file declare, all of it or
/// nothing. Nothing is removed but types that the settings file had before, nothing that was deleted
/// comes back, and no secret is drawn: nobody is there to see it. Other nodes may do the same at the
/// same time.
///
/// # Errors
///
/// [`Error::Faulty`] with everything that is wrong with the files; [`Error::Conflict`] if the store
/// kept changing; what the store says. Then nothing was done.
pub async fn settle(
    app: &App,
    files: &[DeclaredFile],
    token_types: &[DeclaredType],
) -> Result<Settled> {
    let operator = Operator::new(ACTOR);
    let mut attempt = 1;
    loop {
        let now = app.now();
        let options = PlanOptions { prune: false, attended: false, now };
        let plan = plan(app, read(files, now).with_settings(token_types), &options).await?;
        let differs = |difference: &&Difference| difference.action != Action::Unchanged;
        let differences = plan.differences().filter(differs).cloned().collect();
        let notes = plan.notes.clone();
        match carry_out(app, &operator, plan).await {
            Ok(_) => return Ok(Settled { differences, notes }),
            Err(Error::Conflict(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// What is wrong with files, as far as that is seen without a store: a start says the same, and
/// what does not fit what is in the store.
///
/// # Errors
///
/// [`Error::Faulty`] with all of it.
pub fn judge(files: &[DeclaredFile], token_types: &[DeclaredType], now: Timestamp) -> Result<()> {
    let Reading { declaration, mut findings } = read(files, now).with_settings(token_types);
    let options = PlanOptions { prune: false, attended: false, now };
    let nothing = State::default();
    let references = References { declaration: &declaration, state: &nothing, options: &options };
    references.token_types(&mut findings);
    if findings.count() > 0 { Err(Error::Faulty(findings.into_faults())) } else { Ok(()) }
}
