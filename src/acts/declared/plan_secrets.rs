//! How the secrets of a client differ.

use std::collections::HashSet;

use uuid::Uuid;

use crate::{
    acts::Result,
    app::App,
    model::{
        client_id::ClientId,
        client_secret::{ClientSecret, SecretKind},
        secret::Secret,
        timestamp::Timestamp,
    },
};

use super::{
    declaration::{DeclaredEnd, DeclaredSecret, SecretSource},
    difference::Changed,
    plan::{Draft, NewSecret, Origin, Step},
};

/// What is to be done about the secrets of a client.
pub(super) struct PlannedSecrets {
    pub(super) changes: Vec<Changed>,
    pub(super) steps: Vec<Step>,
    /// How many will be live.
    pub(super) live: usize,
    /// How many go.
    pub(super) removals: usize,
}

impl PlannedSecrets {
    /// Nothing.
    pub(super) fn untouched(kept: &[ClientSecret], now: Timestamp) -> Self {
        let live = kept.iter().filter(|secret| secret.is_live(now)).count();
        Self { changes: Vec::new(), steps: Vec::new(), live, removals: 0 }
    }

    fn add(&mut self, words: &str, secret: NewSecret) {
        let to = ends(words, secret.expires_at);
        self.changes.push(Changed { field: "secret".to_owned(), from: None, to: Some(to) });
        self.steps.push(Step::AddSecret(secret));
        self.live += 1;
    }

    fn end(&mut self, secret: &ClientSecret, end: Option<Timestamp>, to: Option<String>) {
        let field = format!("secret {}", secret.hint);
        let from = Some(ends("works", secret.expires_at));
        self.changes.push(Changed { field, from, to });
        self.steps.push(Step::EndSecret(Box::new(secret.clone()), end));
    }
}

/// Compares the secrets of a client with those in the store.
pub(super) async fn compare(
    draft: &mut Draft<'_>,
    client_id: &ClientId,
    kept: &[ClientSecret],
    declared: Vec<DeclaredSecret>,
) -> Result<PlannedSecrets> {
    let now = draft.options.now;
    let mut planned = PlannedSecrets::untouched(kept, now);
    let mut named: HashSet<Uuid> = HashSet::new();
    let mut generate = None;
    for DeclaredSecret { source, end, .. } in declared {
        let (found, origin, words) = match source {
            SecretSource::Generate => {
                generate = Some(end);
                continue;
            }
            SecretSource::Known(secret) => {
                let found = find(draft.app, kept, &secret, now).await?;
                (found, Some(Origin::Chosen(secret)), "as given")
            }
            SecretSource::Hint { hint, verifier } => {
                let found = kept.iter().find(|secret| secret.hint == hint);
                (found, verifier.map(|verifier| Origin::Kept(hint, verifier)), "by its hash")
            }
        };
        match (found, origin) {
            (Some(secret), _) => {
                named.insert(secret.secret_id);
                settle_end(draft, &mut planned, secret, end);
            }
            (None, Some(_)) if end.moment().is_some_and(|end| end <= now) => {
                draft.notes.push(format!("A secret of {client_id} has ended and is not added."));
            }
            (None, Some(origin)) => {
                let (client_id, expires_at) = (client_id.clone(), end.moment());
                planned.add(words, NewSecret { client_id, origin, expires_at });
            }
            // A hint alone that the store does not know was refused before.
            (None, None) => {}
        }
    }
    if let Some(end) = generate {
        if planned.live == 0 {
            let (client_id, expires_at) = (client_id.clone(), end.moment());
            let secret = NewSecret { client_id, origin: Origin::Drawn, expires_at };
            planned.add("drawn now", secret);
        }
        // It stands for every secret that nothing else names.
    } else if draft.options.prune {
        for secret in kept.iter().filter(|secret| secret.is_live(now)) {
            if !named.contains(&secret.secret_id) {
                planned.end(secret, Some(now), None);
                planned.live -= 1;
                planned.removals += 1;
            }
        }
    }
    Ok(planned)
}

/// Lets a secret end when it is declared to. One that has ended is not brought back.
fn settle_end(
    draft: &mut Draft<'_>,
    planned: &mut PlannedSecrets,
    secret: &ClientSecret,
    declared: DeclaredEnd,
) {
    let now = draft.options.now;
    if !secret.is_live(now) {
        if declared.moment().is_none_or(|end| now < end) {
            draft.notes.push(format!(
                "The secret {} of {} has ended, and is not brought back. Give it another one.",
                secret.hint, secret.client_id
            ));
        }
        return;
    }
    let (end, to_be) = (secret.expires_at.map(Timestamp::floor_to_second), declared.moment());
    if declared != DeclaredEnd::Kept && end != to_be {
        planned.end(secret, to_be, Some(ends("works", to_be)));
        if to_be.is_some_and(|end| end <= now) {
            planned.live -= 1;
        }
    }
}

/// The secret in the store that `secret` opens as: a live one before one that has ended.
pub(super) async fn find<'k>(
    app: &App,
    kept: &'k [ClientSecret],
    secret: &Secret,
    now: Timestamp,
) -> Result<Option<&'k ClientSecret>> {
    let (live, ended): (Vec<_>, Vec<_>) = kept.iter().partition(|secret| secret.is_live(now));
    let hash = secret.hash();
    for kept in [live, ended] {
        let (generated, chosen): (Vec<_>, Vec<_>) =
            kept.into_iter().partition(|kept| kept.kind == SecretKind::Generated);
        if let Some(found) = generated.into_iter().find(|kept| hash.matches(&kept.verifier)) {
            return Ok(Some(found));
        }
        let hashes = chosen.iter().map(|kept| str::from_utf8(&kept.verifier).unwrap_or_default());
        let hashes: Vec<_> = hashes.collect();
        if let Some(place) = app.hasher.recognise(secret, &hashes).await? {
            return Ok(Some(chosen[place]));
        }
    }
    Ok(None)
}

/// `works until 2027-03-12T14:30:00Z`, or `works` without an end.
fn ends(words: &str, end: Option<Timestamp>) -> String {
    end.map_or(words.to_owned(), |end| format!("{words}, until {}", end.rfc3339()))
}
