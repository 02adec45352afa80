//! What comes next for an authorization request: sign-in, consent, or the answer. One decision,
//! made anew at each step from what the server keeps, never from what a form or an address says.

use super::{
    authorization_request::{AuthorizationError, AuthorizationRequest},
    claims_of_people::scope_of_claim,
    consent::Consent,
    scope::Scope,
    sign_in_settings::{ConsentPolicy, SignInSettings},
    timestamp::Timestamp,
};

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The person proves who they are.
    SignIn,
    /// The person says what they allow.
    Consent,
    /// The client gets its code.
    Answer,
    /// The client gets this instead.
    Error(AuthorizationError),
}

/// All that the next step hangs on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What was asked for.
    pub request: &'a AuthorizationRequest,
    /// What the client's settings say about people.
    pub settings: &'a SignInSettings,
    /// Who is signed in.
    pub person: Option<&'a Person>,
    /// What the client gets if the person allows all of it.
    pub wanted: &'a Scope,
    /// What the person allowed it before.
    pub consent: Option<&'a Consent>,
    /// When this is decided.
    pub at: Timestamp,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// When they proved who they are.
    pub authenticated_at: Timestamp,
    /// What the client knows them by.
    pub subject: String,
    /// Whether they proved it for this very request.
    pub proved_for_this: bool,
    /// Whether they decided about this very request.
    pub decided_for_this: bool,
}

/// Decides what comes next.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Step {
    let request = situation.request;
    let Some(person) = situation.person else { return sign_in(request) };
    let is_another = request.expected_subject.as_ref().is_some_and(|sub| *sub != person.subject);
    if is_another && person.proved_for_this {
        // Whoever it is to be did not come: asking for ever would lead nowhere.
        return Step::Error(AuthorizationError::LoginRequired);
    }
    if is_another || must_prove_anew(situation, person) {
        return sign_in(request);
    }
    if !must_decide(situation, person) {
        return Step::Answer;
    }
    if request.prompt_none {
        Step::Error(AuthorizationError::ConsentRequired)
    } else {
        Step::Consent
    }
}

fn sign_in(request: &AuthorizationRequest) -> Step {
    if request.prompt_none { Step::Error(AuthorizationError::LoginRequired) } else { Step::SignIn }
}

/// Whether the sign-in is too old for this request (OpenID Connect Core §3.1.2.1). Ages are those
/// that the client sees: of whole seconds.
fn must_prove_anew(situation: &Situation<'_>, person: &Person) -> bool {
    if person.proved_for_this {
        return false;
    }
    let usual = situation.settings.default_max_age.and_then(|age| u64::try_from(age).ok());
    let is_too_old = |max_age: u64| {
        let age = situation.at.seconds().saturating_sub(person.authenticated_at.seconds());
        // An age of nothing at all means now.
        max_age == 0 || u64::try_from(age).unwrap_or(0) > max_age
    };
    situation.request.prompt_login || situation.request.max_age.or(usual).is_some_and(is_too_old)
}

/// Whether the person has to be asked what they allow.
fn must_decide(situation: &Situation<'_>, person: &Person) -> bool {
    if person.decided_for_this {
        return false;
    }
    if situation.request.prompt_consent {
        return true;
    }
    match situation.settings.consent {
        ConsentPolicy::Never => false,
        ConsentPolicy::Always => true,
        ConsentPolicy::Once => !situation.consent.is_some_and(|consent| covers(consent, situation)),
    }
}

/// Whether what was allowed before is all that is asked for now.
fn covers(consent: &Consent, situation: &Situation<'_>) -> bool {
    let claims = &situation.request.claims;
    let may_leave_out = |token: &str| situation.settings.optional_scope.contains(token);
    let is_settled = |token: &str| {
        consent.scope.contains(token)
            || consent.declined_scope.contains(token) && may_leave_out(token)
    };
    situation.wanted.iter().all(is_settled)
        && claims.id_token.iter().chain(&claims.userinfo).all(|name| {
            consent.claims.contains(name)
                || scope_of_claim(name).is_some_and(|scope| consent.scope.contains(scope))
        })
}

#[cfg(test)]
mod tests;
