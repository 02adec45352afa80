//! Declared state: token types, clients, resource servers, scopes and users in a file, compared with
//! the store and brought about in one transaction.
//!
//! `read` makes a [`Declaration`] of text and needs no store; `plan` finds how the store differs;
//! `carry_out` brings it about; `settle` does all three, for a server that starts or reloads;
//! `export` writes what the store holds in the same layout. Where there is no store, `hold` keeps in
//! memory what files declare. The layout is docs/declared-state.md.

mod carry_out;
mod client_secrets;
mod clients;
mod declaration;
mod deleted;
mod difference;
mod duplicates;
mod export;
mod file;
mod noun;
mod page;
mod plan;
mod plan_clients;
mod plan_secrets;
mod plan_types;
mod plan_users;
mod references;
mod resource_servers;
mod settle;
mod sign_in;
mod state;
mod stateless;
mod token_types;
mod type_fields;
mod users;

use crate::model::toml_text;

pub use carry_out::{Shown, carry_out};
pub use declaration::{Declaration, Reading, read};
pub use difference::{Action, Changed, Difference};
pub(super) use difference::{changed_client, changed_server, changed_user};
pub use export::{Entry, ExportOptions, Exported, export};
pub use file::{DeclaredFile, External};
pub use noun::Noun;
pub use plan::{Plan, PlanOptions, plan};
pub use settle::{Settled, judge, settle};
pub use stateless::{faults_without_store, hold, key_faults};
pub use token_types::read_token_types;
pub use type_fields::type_changes;
