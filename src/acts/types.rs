//! Looking at token types, and writing those that are the store's. Others are declared state, in a
//! file or in the settings.

use crate::{
    app::App,
    config::Fault,
    model::{
        client_id::ClientId,
        entry_key::EntryKey,
        jwt_id::JwtId,
        rules::{CopiedRules, RuleSet, Terms},
        standing::{Standing, StandingEntry},
        timestamp::Timestamp,
        token_entry::{TokenEntry, TokenKind},
        token_type::{
            DeclaredType, TokenType, TypeDefinition, TypeName, TypeSource, fold, stays, toml_text,
        },
    },
};

use super::{
    Error, Operator, Result,
    declared::{
        Changed, DeclaredFile, PlanOptions, carry_out, plan, read, read_token_types, type_changes,
    },
    event,
};

/// What a text that somebody typed is called where something is wrong with it.
const PLACE: &str = "the text";

/// Which state of a type somebody looked at: its version, and when it was changed.
pub type Seen = (i64, Timestamp);

/// Why a type was not written.
#[derive(Debug)]
pub enum NotWritten {
    /// All that is wrong with it.
    Faulty(Vec<String>),
    /// Somebody else wrote it meanwhile: what it is now, and how that differs from what was to be.
    Changed(Box<TokenType>, Vec<Changed>),
    /// It could not be.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for NotWritten {
    fn from(error: E) -> Self {
        match error.into() {
            Error::Faulty(faults) => Self::Faulty(faults.iter().map(told).collect()),
            other => Self::Failed(other),
        }
    }
}

/// Every token type, removed ones too, by name without case.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App) -> Result<Vec<TokenType>> {
    Ok(app.store.read().await?.token_types().await?)
}

/// Finds a token type, perhaps a removed one. Case does not count.
///
/// # Errors
///
/// [`Error::NotFound`] if there never was one of that name.
pub async fn find(app: &App, name: &str) -> Result<TokenType> {
    let found = look_up(app, name).await?;
    found.ok_or_else(|| Error::NotFound(format!("there is no token type {name}")))
}

async fn look_up(app: &App, name: &str) -> Result<Option<TokenType>> {
    let wanted = fold(name);
    Ok(list(app).await?.into_iter().find(|known| known.name.fold() == wanted))
}

/// Reads the one token type that a text states, as a declared file would.
///
/// # Errors
///
/// All that is wrong with it, one sentence each.
pub fn read_one(text: &str) -> Result<DeclaredType, Vec<String>> {
    let read = read_token_types(PLACE, text);
    let (mut types, _) = read.map_err(|faults| faults.0.iter().map(told).collect::<Vec<_>>())?;
    match (types.pop(), types.is_empty()) {
        (Some(declared), true) => Ok(declared),
        (Some(_), false) => Err(vec!["The text states several types: write one.".to_owned()]),
        (None, _) => {
            Err(vec!["The text states no type: begin it with [[token_types]].".to_owned()])
        }
    }
}

/// Writes a token type that is the store's: a new one, where nothing was `seen`, else the one that
/// was. Tokens that there are keep the rules that they were made with.
///
/// # Errors
///
/// Why not. Then nothing was done.
pub async fn write(
    app: &App,
    operator: &Operator,
    (text, seen): (&str, Option<(&str, Seen)>),
) -> Result<TokenType, NotWritten> {
    let declared = read_one(text).map_err(NotWritten::Faulty)?;
    let name = declared.name.to_string();
    let faulty = |text: String| NotWritten::Faulty(vec![text]);
    if let Some((before, _)) = seen.filter(|(before, _)| fold(before) != fold(&name)) {
        let text = format!("A type keeps its name: write {before}, or make a new type.");
        return Err(faulty(text));
    }
    let judge = |known: Option<&TokenType>| match (seen, known) {
        (None, Some(known)) if known.removed_at.is_none() => {
            Err(faulty(format!("There is a token type {name} already: change that one.")))
        }
        (Some((_, seen)), Some(known)) if (known.version, known.updated_at) != seen => {
            Err(changed(known.clone(), declared.clone()))
        }
        _ => Ok(()),
    };
    judge(look_up(app, &name).await?.as_ref())?;
    let file = DeclaredFile::gather(PLACE.to_owned(), toml_text(&declared), |external| {
        // What is written out names nothing outside itself.
        let problem = format!("{external} is named");
        Err(crate::config::Wrong::new(problem, "state the type itself"))
    });
    let options = PlanOptions { prune: false, attended: true, now: app.now() };
    let plan = plan(app, read(&[file], app.now()), &options).await?;
    // What is carried out is concluded from this, so nothing else may have come between.
    judge(plan.saw_type(&fold(&name)))?;
    match carry_out(app, operator, plan).await {
        Ok(_) => Ok(find(app, &name).await?),
        Err(Error::Conflict(_)) => Err(changed(find(app, &name).await?, declared)),
        Err(error) => Err(error.into()),
    }
}

/// Takes a token type that is the store's away, if it is still as it was `seen`: its tokens are
/// invalid until it returns. One that belongs to the protocol stays, and is as it came.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none of that name, or it was taken away; [`Error::Invalid`] if it
/// is not the store's; [`Error::Conflict`] if somebody else changed it meanwhile.
pub async fn remove(
    app: &App,
    operator: &Operator,
    (name, seen): (&str, Seen),
) -> Result<TokenType> {
    let known = find_there(app, name).await?;
    let name = known.name.as_str();
    if !is_of_the_store(&known) {
        let text = format!("{name} is not the store's; what states it takes it away");
        return Err(Error::Invalid(text));
    }
    // Strictly later, even within one millisecond: it is what tells two changes apart.
    let now = Timestamp(app.now().0.max(known.updated_at.0 + 1));
    let mut store = app.store.begin().await?;
    let is_seen = (known.version, known.updated_at) == seen;
    let is_done = is_seen
        && if stays(name) {
            let (source, definition) = (TypeSource::BuiltIn, TypeDefinition::default());
            let came = TokenType { source, definition, updated_at: now, ..known.clone() };
            store.update_token_type(&came, &known).await?
        } else {
            store.remove_token_type(&known, now).await?
        };
    if !is_done {
        store.roll_back().await?;
        return Err(Error::Conflict(format!("{name} was changed meanwhile; look again")));
    }
    let event = event(app, (operator, now), "token_type.removed", name, None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(known)
}

/// Finds a token type that was not taken away.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn find_there(app: &App, name: &str) -> Result<TokenType> {
    let known = find(app, name).await?;
    if known.removed_at.is_some() {
        return Err(Error::NotFound(format!("{} was taken away already", known.name)));
    }
    Ok(known)
}

/// How many tokens of a type were good when they were last counted; `None` before the first time.
///
/// # Errors
///
/// What the store says.
pub async fn active(app: &App, name: &TypeName) -> Result<Option<i64>> {
    Ok(app.store.read().await?.active_of_type(&name.fold()).await?)
}

/// That somebody else wrote it meanwhile.
fn changed(known: TokenType, declared: DeclaredType) -> NotWritten {
    let DeclaredType { name, definition } = declared;
    let wanted = TokenType { name, definition, ..known.clone() };
    let changes = type_changes(Some(&known), &wanted);
    NotWritten::Changed(Box::new(known), changes)
}

/// Whether a type is written here, and neither in the settings nor by the protocol.
#[must_use]
pub fn is_of_the_store(known: &TokenType) -> bool {
    known.source == TypeSource::Store
}

/// A token as this type would make it now, for whoever looks what its rules come to.
#[must_use]
pub fn sample(declared: &DeclaredType, (version, now): (i64, Timestamp)) -> StandingEntry {
    let DeclaredType { name, definition } = declared;
    let terms = Terms::of(&definition.rules, None, now);
    let set = RuleSet {
        version,
        spend_on: definition.spend_on,
        rules: definition.rules.clone(),
        password_generation: None,
    };
    let key = EntryKey::floor(terms.latest().unwrap_or(now));
    let blank = TokenEntry::blank(JwtId { entry_key: key, salt: 0 }, &ClientId::of_people(), now);
    let entry = TokenEntry {
        kind: TokenKind::Typed,
        type_name: name.fold(),
        rules: CopiedRules(Some(Box::new(set))),
        // It hangs on nothing but its rules.
        user_id: Some(uuid::Uuid::nil()),
        not_before: terms.not_before,
        expires_at: terms.expires_at,
        absolute_at: terms.absolute_at,
        max_uses: terms.max_uses,
        ..blank
    };
    let standing = Standing {
        client_status: None,
        client_generation_now: None,
        user_status: Some("active".to_owned()),
        user_locked_until: None,
        user_generation_now: None,
        password_generation_now: None,
        username: None,
        type_shown: Some(name.to_string()),
        family_status: None,
        global_generation_now: Some(0),
    };
    StandingEntry { entry, standing }
}

/// What is wrong, as a sentence.
fn told(fault: &Fault) -> String {
    let Fault { key, from, problem, remedy } = fault;
    format!("{key} ({from}) {problem}: {remedy}")
}
