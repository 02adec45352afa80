//! The query language: which of many things are meant.
//!
//! `syntax` parts a text into words, the same for every list; `token_query` knows the keys that
//! tokens have and what may stand behind each; `search` judges whether an entry matches,
//! and `narrowed` says what a store may leave out beforehand. docs/queries.md is the page for people.

mod audit_query;
mod condition;
mod estimate;
mod fault;
mod narrowed;
mod quantity;
mod search;
mod syntax;
mod token_query;
mod values;

pub use self::{
    audit_query::{AuditCondition, AuditKey, AuditQuery, AuditSearch, AuditTerm, TOKENS_ENDED},
    condition::{Condition, EntryBeginning, Term, TimeKey, UserName},
    estimate::{Alike, Rough},
    fault::{QueryFault, QueryFaults},
    narrowed::{Narrowed, Path, Within},
    quantity::{Comparison, NumberValue, TimeValue},
    search::Search,
    token_query::{TokenKey, TokenQuery, Whole},
};
