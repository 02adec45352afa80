//! What must hold between the rules of a type that are sound one by one.

use super::{Cooldown, Flaw, MaxActive, NotBefore, Per, ReadRule, Rule};

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
        let Some(rule) = &read.rule else { continue };
        let flaw = if company.is_access { misplaced(rule) } else { missing(company, rule) };
        found.extend(flaw.or_else(|| beside(rule, rules)).map(|flaw| (at, flaw)));
    }
    found
}

/// What does not go with the other rules.
fn beside(rule: &Rule, rules: &[ReadRule]) -> Option<Flaw> {
    let is_expiry = |read: &ReadRule| read.name == "Expiry";
    let expiry = rules.iter().find_map(|read| match &read.rule {
        Some(Rule::Expiry(expiry)) => Some(expiry.expiry_time),
        _ => None,
    });
    match rule {
        Rule::Sliding(_) if !rules.iter().any(is_expiry) => {
            let remedy = "add the rule Expiry: how long it lives until its first use";
            Some(Flaw::new(None, "Sliding needs Expiry", remedy))
        }
        Rule::Sliding(sliding) if expiry? > sliding.max_lifetime => {
            let remedy = "write a longer max_lifetime, or a shorter Expiry";
            Some(Flaw::new(Some("max_lifetime"), "max_lifetime < expiry_time", remedy))
        }
        Rule::NotBefore(NotBefore { delay: Some(delay), .. }) if *delay >= expiry? => {
            let remedy = "write a shorter delay, or a longer Expiry";
            Some(Flaw::new(Some("delay"), "not_before must precede expiry", remedy))
        }
        _ => None,
    }
}

/// What a rule of a typed token wants and the type does not have.
fn missing(company: Company, rule: &Rule) -> Option<Flaw> {
    let has_no_identity = company.require_identity == Some(false);
    let add_identity = "add require_identity = true to the type";
    match rule {
        Rule::MaxActive(MaxActive { per: Per::Identity, .. })
        | Rule::Cooldown(Cooldown { per: Per::Identity, .. })
            if has_no_identity =>
        {
            let remedy = format!("{add_identity}, or write per = \"client\"");
            Some(Flaw::new(Some("per"), "per=identity needs require_identity", remedy))
        }
        Rule::SubjectAlive(_) if has_no_identity => {
            Some(Flaw::new(None, "SubjectAlive needs require_identity", add_identity))
        }
        Rule::PurposeOnce(_) if company.require_purpose == Some(false) => {
            let remedy = "add require_purpose = true to the type";
            Some(Flaw::new(None, "PurposeOnce needs require_purpose", remedy))
        }
        Rule::ScopeCeiling(_) => {
            let problem = "ScopeCeiling is for the type access: other tokens have no scope";
            Some(Flaw::new(None, problem, LEAVE_OUT))
        }
        _ => None,
    }
}

const LEAVE_OUT: &str = "leave the rule out";

/// What makes no sense for OAuth access tokens, which have neither purposes nor an identity, and
/// whose string is settled elsewhere.
fn misplaced(rule: &Rule) -> Option<Flaw> {
    let (key, problem, remedy) = match rule {
        Rule::MaxActive(MaxActive { per: Per::Identity, .. })
        | Rule::Cooldown(Cooldown { per: Per::Identity, .. }) => {
            let problem = "per=identity is not for access tokens: they have no identity";
            (Some("per"), problem, "write per = \"client\"")
        }
        Rule::PurposeOnce(_) => {
            let problem = "PurposeOnce is not for access tokens: they have no purposes";
            (None, problem, LEAVE_OUT)
        }
        Rule::SubjectAlive(_) => {
            let problem = "SubjectAlive is not for access tokens: they have no identity";
            (None, problem, LEAVE_OUT)
        }
        Rule::Format(_) => {
            let problem = "Format is not for access tokens: OAuth settles their strings";
            (None, problem, "leave the rule out, and see tokens.reference in the settings")
        }
        _ => return None,
    };
    Some(Flaw::new(key, problem, remedy))
}
