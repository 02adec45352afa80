//! What must hold between the rules of a type, and between them and the type.
//!
//! It is asked of rules that something else is wrong with, too, so that all is told at once: their
//! names decide, and those of their keys that can be read.

use std::time::Duration;

use super::{Expiry, Fields, Flaw, Per, ReadRule};

/// What else the type says. `None` for what was refused: nothing is concluded from it.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Company {
    /// Whether it is the type of OAuth access tokens.
    pub(in crate::model) is_access: bool,
    pub(in crate::model) require_purpose: Option<bool>,
    pub(in crate::model) require_identity: Option<bool>,
}

/// What is wrong with each rule beside the others, by its place among them.
pub(in crate::model) fn check(company: Company, rules: &[ReadRule]) -> Vec<(usize, Flaw)> {
    let mut found = Vec::new();
    for (at, read) in rules.iter().enumerate() {
        let is_twin = |other: &ReadRule| other.name == read.name && !other.is_guess;
        let earlier = rules[..at].iter().position(is_twin);
        if let Some(earlier) = earlier.filter(|_| !read.name.is_empty() && !read.is_guess) {
            let problem = format!("{} stands there twice: rules[{earlier}], too", read.name);
            found.push((at, Flaw::new(Some("type"), problem, "remove one of the two")));
        }
        if read.is_guess {
            continue;
        }
        let flaw = if company.is_access { misplaced(read) } else { missing(company, read) };
        found.extend(flaw.or_else(|| beside(read, rules)).map(|flaw| (at, flaw)));
    }
    found
}

/// A key of a rule, unless it was refused: what `ask` finds wrong with it was told before.
fn key<T>(read: &ReadRule, ask: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Option<T> {
    ask(&mut Fields::of(read.keys.as_ref()?))
}

fn length(read: &ReadRule, name: &'static str) -> Option<Duration> {
    key(read, |fields| fields.lifetime(name))
}

/// Whether it counts tokens for each identity.
fn is_per_identity(read: &ReadRule) -> bool {
    let per = || key(read, |fields| fields.word("per", Some(Per::Identity)));
    matches!(read.name.as_str(), "MaxActive" | "Cooldown") && per() == Some(Per::Identity)
}

/// What does not go with the other rules.
fn beside(read: &ReadRule, rules: &[ReadRule]) -> Option<Flaw> {
    let is_expiry = |read: &&ReadRule| read.name == "Expiry";
    let mut expiries = rules.iter().filter(is_expiry);
    let expiry = expiries.find_map(|read| Some(key(read, Expiry::read)?.expiry_time));
    match read.name.as_str() {
        "Sliding" if !rules.iter().any(|read| is_expiry(&read)) => {
            let remedy = "add the rule Expiry: how long it lives until its first use";
            Some(Flaw::new(None, "Sliding needs Expiry", remedy))
        }
        "Sliding" if expiry? > length(read, "max_lifetime")? => {
            let remedy = "write a longer max_lifetime, or a shorter Expiry";
            Some(Flaw::new(Some("max_lifetime"), "max_lifetime < expiry_time", remedy))
        }
        "NotBefore" if length(read, "delay")? >= expiry? => {
            let remedy = "write a shorter delay, or a longer Expiry";
            Some(Flaw::new(Some("delay"), "not_before must precede expiry", remedy))
        }
        _ => None,
    }
}

/// What a rule of a typed token wants and the type does not have.
fn missing(company: Company, read: &ReadRule) -> Option<Flaw> {
    let has_no_identity = company.require_identity == Some(false);
    let add_identity = "add require_identity = true to the type";
    match read.name.as_str() {
        _ if has_no_identity && is_per_identity(read) => {
            let remedy = format!("{add_identity}, or write per = \"client\"");
            Some(Flaw::new(Some("per"), "per=identity needs require_identity", remedy))
        }
        "SubjectAlive" if has_no_identity => {
            Some(Flaw::new(None, "SubjectAlive needs require_identity", add_identity))
        }
        "PurposeOnce" if company.require_purpose == Some(false) => {
            let remedy = "add require_purpose = true to the type";
            Some(Flaw::new(None, "PurposeOnce needs require_purpose", remedy))
        }
        "ScopeCeiling" => {
            let problem = "ScopeCeiling is for the type access: other tokens have no scope";
            Some(Flaw::new(None, problem, LEAVE_OUT))
        }
        _ => None,
    }
}

const LEAVE_OUT: &str = "leave the rule out";

/// What makes no sense for OAuth access tokens, which have neither purposes nor an identity, and
/// whose string is settled elsewhere.
fn misplaced(read: &ReadRule) -> Option<Flaw> {
    let (key, problem, remedy) = match read.name.as_str() {
        _ if is_per_identity(read) => {
            let problem = "per=identity is not for access tokens: they have no identity";
            (Some("per"), problem, "write per = \"client\"")
        }
        "PurposeOnce" => {
            let problem = "PurposeOnce is not for access tokens: they have no purposes";
            (None, problem, LEAVE_OUT)
        }
        "SubjectAlive" => {
            let problem = "SubjectAlive is not for access tokens: they have no identity";
            (None, problem, LEAVE_OUT)
        }
        "Format" => {
            let problem = "Format is not for access tokens: OAuth settles their strings";
            (None, problem, "leave the rule out, and see tokens.reference in the settings")
        }
        _ => return None,
    };
    Some(Flaw::new(key, problem, remedy))
}
