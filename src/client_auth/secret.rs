//! Proof by secret.

use crate::{
    error::{Error, Result},
    hashing,
    model::{
        client::{Client, ClientAuthentication},
        client_secret::{ClientSecret, SecretKind},
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
) -> Result<Client> {
    let hash = presented.hash();
    let Some((client, secrets)) = find_registered(around, name, method).await? else {
        let _ = hash.matches(Sha256::of(b"").as_bytes());
        return Err(Error::invalid_client());
    };
    for secret in &secrets {
        if holds(around, secret, presented, &hash).await? {
            let from = around.from.0.to_string();
            around.app.last_uses.note(secret.secret_id, around.at, from);
            return Ok(client);
        }
    }
    Err(refused(Some(&client.client_id), "no live secret matches"))
}

async fn holds(
    around: &Circumstances<'_>,
    kept: &ClientSecret,
    presented: &Secret,
    hash: &Sha256,
) -> Result<bool> {
    match kept.kind {
        SecretKind::Generated => Ok(hash.matches(&kept.verifier)),
        SecretKind::Chosen => {
            let phc = str::from_utf8(&kept.verifier).unwrap_or_default();
            around.app.hasher.verify(presented, phc).await.map_err(|error| match error {
                hashing::Error::Busy => Error::busy(),
                hashing::Error::Unhashable => Error::internal(error),
            })
        }
    }
}
