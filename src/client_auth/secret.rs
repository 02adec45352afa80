//! Proof by secret.

use std::sync::Arc;

use crate::{
    error::{Error, Result},
    hashing::{self, Attempt, network},
    model::{
        client::ClientAuthentication,
        client_refusal::ClientRefusal,
        client_secret::{ClientSecret, SecretKind},
        registered_client::RegisteredClient,
        secret::{Secret, Sha256},
    },
};

use super::{Circumstances, find_registered, refused};

/// Proves a client by a secret.
///
/// An unknown client costs what a generated secret costs: one look-up and one hash.
pub(super) async fn prove(
    around: &Circumstances<'_>,
    name: &str,
    presented: &Secret,
    method: ClientAuthentication,
) -> Result<Arc<RegisteredClient>> {
    let hash = presented.hash();
    let Some(registered) = find_registered(around, name, method).await? else {
        let _ = hash.matches(Sha256::of(b"").as_bytes());
        return Err(Error::invalid_client());
    };
    let Some(used) = find_match(around, &registered, presented, &hash).await? else {
        return Err(refused(
            around,
            Some(&registered.client.client_id),
            ClientRefusal::WrongSecret,
        ));
    };
    around.app.last_uses.note(used.secret_id, around.at, around.from.0);
    around.app.last_uses.note_client(&registered.client.client_id, around.at);
    Ok(registered)
}

/// The live secret that was presented, if one was: generated ones first, which cost nothing.
async fn find_match<'s>(
    around: &Circumstances<'_>,
    registered: &'s RegisteredClient,
    presented: &Secret,
    hash: &Sha256,
) -> Result<Option<&'s ClientSecret>> {
    let (generated, chosen): (Vec<_>, Vec<_>) =
        registered.live_secrets(around.at).partition(|secret| secret.kind == SecretKind::Generated);
    if let Some(secret) = generated.into_iter().find(|secret| hash.matches(&secret.verifier)) {
        return Ok(Some(secret));
    }
    let Some(first) = chosen.first() else { return Ok(None) };
    let hashes = chosen.iter().map(|secret| str::from_utf8(&secret.verifier).unwrap_or_default());
    let attempt = Attempt {
        guesser: format!("{}|{}", first.client_id, network(around.from.0)),
        at: around.at,
    };
    let hashes: Vec<_> = hashes.collect();
    match around.app.hasher.verify(presented, &hashes, &attempt).await {
        Ok(place) => Ok(place.map(|place| chosen[place])),
        Err(error @ (hashing::Error::Busy | hashing::Error::Throttled(_))) => {
            // Not a refusal: whoever knows the secret may come back with it.
            let client_id = &first.client_id;
            tracing::warn!(
                event = "client.not_judged",
                client.id = %client_id,
                reason = %error,
                "did not judge a secret of {client_id}: {error}"
            );
            Err(Error::not_judged(error))
        }
        Err(error @ hashing::Error::Unhashable) => Err(Error::internal(error)),
    }
}
