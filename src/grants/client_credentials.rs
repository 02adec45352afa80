//! A client acts for itself (RFC 6749 §4.4).

use crate::{
    error::{Code, Error, Result},
    model::authorization::Authorization,
};

use super::{Grant, Redeemed, Redemption};

pub(super) const GRANT: Grant = Grant {
    grant_type: "client_credentials",
    serves_public: false,
    redeem: |redemption| Box::pin(async move { redeem(&redemption).await }),
};

async fn redeem(redemption: &Redemption<'_>) -> Result<Redeemed> {
    let client = redemption.client;
    // RFC 6749 §4.4: "MUST only be used by confidential clients", whatever its settings say.
    if client.is_public() {
        let text = "A public client cannot act for itself.";
        return Err(Error::new(Code::UnauthorizedClient, text));
    }
    let access = redemption.access().await?;
    Ok(Redeemed::Access(Authorization {
        client_id: client.client_id.clone(),
        client_generation: client.generation,
        user: None,
        family: None,
        scope: access.scope,
        audience: access.audience,
    }))
}
