//! Users, a page at a time, however many there are.

use crate::{
    app::App,
    model::{
        user::{User, UserStatus},
        username::fold,
    },
};

use super::super::Result;

/// How many stand on a page.
pub const SHOWN: usize = 50;

/// How many are looked through for one page, at most.
const LOOKED_THROUGH: usize = 1000;

/// How many are read at once.
const BLOCK: i64 = 100;

/// The most realms that are told.
const REALMS: usize = 50;

/// Which users are meant.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// The realm, if only one is meant.
    pub realm: Option<String>,
    /// What their names begin with, in any case; empty for all.
    pub begins: String,
    /// Only those after this realm and folded name.
    pub after: Option<(String, String)>,
}

/// Some users, in the order of realms and names: the one of exactly that name leads its realm.
#[derive(Debug)]
pub struct UserPage {
    /// Those that are meant.
    pub users: Vec<User>,
    /// Realm and folded name after which to look on, if there is more to look through.
    pub next: Option<(String, String)>,
}

/// The realms that there are users in, the first of them if there are very many.
///
/// # Errors
///
/// What the store says.
pub async fn realms(app: &App) -> Result<Vec<String>> {
    let mut store = app.store.read().await?;
    let mut realms: Vec<String> = Vec::new();
    while realms.len() < REALMS {
        let last = realms.last().map_or("", String::as_str);
        let Some(next) = store.realm_after(last).await? else { break };
        realms.push(next);
    }
    Ok(realms)
}

/// Lists users.
///
/// # Errors
///
/// What the store says.
pub async fn page(app: &App, query: &UserQuery) -> Result<UserPage> {
    let realms = match &query.realm {
        Some(realm) => vec![realm.clone()],
        None => realms(app).await?,
    };
    let begins = fold(&query.begins);
    let after = query.after.as_ref();
    let mut looking = Looking { begins, users: Vec::new(), looked: 0, next: None };
    for realm in realms {
        match after {
            Some((done, _)) if realm < *done => {}
            Some((here, name)) if realm == *here => {
                looking.through(app, &realm, Some(name)).await?;
            }
            _ => looking.through(app, &realm, None).await?,
        }
        if looking.next.is_some() {
            break;
        }
    }
    Ok(UserPage { users: looking.users, next: looking.next })
}

struct Looking {
    begins: String,
    users: Vec<User>,
    looked: usize,
    next: Option<(String, String)>,
}

impl Looking {
    /// Looks through a realm: from what is looked for on, or from after a name.
    async fn through(&mut self, app: &App, realm: &str, after: Option<&String>) -> Result<()> {
        let mut store = app.store.read().await?;
        let mut from = after.unwrap_or(&self.begins).clone();
        let mut seen = after.cloned();
        loop {
            let block = store.users_from(realm, &from, BLOCK).await?;
            let rows = block.len();
            self.looked += rows;
            let last = block.last().map(|user| user.username_fold.clone());
            let mut fits_any = false;
            for user in block {
                let is_seen = seen.as_ref() == Some(&user.username_fold);
                if is_seen || !user.username_fold.starts_with(&self.begins) {
                    continue;
                }
                fits_any = true;
                if user.status == UserStatus::Deleted {
                    continue;
                }
                if self.users.len() == SHOWN {
                    self.next = self.users.last().map(place);
                    return Ok(());
                }
                self.users.push(user);
            }
            // Names that begin alike stand together.
            let is_over = !fits_any || rows < usize::try_from(BLOCK).unwrap_or_default();
            let Some(last) = last.filter(|_| !is_over) else { return Ok(()) };
            if self.looked >= LOOKED_THROUGH {
                self.next = Some((realm.to_owned(), last));
                return Ok(());
            }
            seen = Some(last.clone());
            from = last;
        }
    }
}

/// Where a user stands in the list.
fn place(user: &User) -> (String, String) {
    (user.realm.clone(), user.username_fold.clone())
}
