//! A code brings the tokens that a person allowed (RFC 6749 §4.1).

use std::sync::Arc;

use crate::{
    error::{Code, Error, Result},
    model::{
        attempt::Attempt,
        audience::Access,
        authorization::Authorization,
        authorization_code::CodeFacts,
        standing::{Refusal, StandingEntry},
    },
    tokens::code::RedeemRefusal,
};

use super::{Grant, Redeemed, Redemption, refresh_token};

pub(super) const GRANT: Grant = Grant {
    grant_type: "authorization_code",
    serves_public: true,
    redeem: |redemption| Box::pin(async move { redeem(&redemption).await }),
};

/// The verdict on a code that was redeemed before: all that came of it was ended.
pub const REDEEMED_TWICE: &str = "redeemed_twice";

/// Judges the code before all that is shown with it, and that before whether it was redeemed: who
/// shows something else has not used it, and neither takes it away nor ends what came of it.
async fn redeem(redemption: &Redemption<'_>) -> Result<Redeemed> {
    let Redemption { client, parameters, tokens, origin, at, .. } = *redemption;
    let presented = parameters
        .get("code")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "code is missing."))?;
    let Some(found) = tokens.find_code(presented).await? else { return Err(not_good("unknown")) };
    // RFC 6749 §4.1.3: the code was issued to the client that presents it.
    if found.entry.client_id != client.client_id {
        return Err(not_good("foreign"));
    }
    let refusal = found.judge(&Attempt::look(at)).map(|refused| refused.refusal);
    let is_redeemed = match refusal {
        None => false,
        Some(Refusal::Redeemed) => true,
        Some(refusal) => return Err(not_good(refusal.as_str())),
    };
    let Some(facts) = tokens.facts_of_code(&found, at).await? else {
        return Err(not_good(Refusal::Revoked.as_str()));
    };
    let proven = facts.prove(parameters.get("redirect_uri"), parameters.get("code_verifier"));
    proven.map_err(|refusal| not_good(refusal.as_str()))?;
    if is_redeemed {
        return Err(refused(&tokens.reuse_code(&found, (origin, at)).await?));
    }
    redeemed(redemption, found, facts).await
}

async fn redeemed(
    redemption: &Redemption<'_>,
    found: Arc<StandingEntry>,
    facts: CodeFacts,
) -> Result<Redeemed> {
    let granted =
        Access { scope: found.entry.scope.clone(), audience: found.entry.audience.clone() };
    let access = redemption.access_within(&granted).await?;
    let authorization: Authorization = refresh_token::authorization(&found, access);
    Ok(Redeemed::Code(authorization, found, Box::new(facts)))
}

/// What is answered for a code that brought nothing: the same whatever was wrong with it (RFC 6749
/// §5.2). The log says what.
#[must_use]
pub fn refused(refusal: &RedeemRefusal) -> Error {
    match refusal {
        RedeemRefusal::Create(refusal) => super::may_not_have(refusal),
        RedeemRefusal::NotGood(refusal) => not_good(refusal.as_str()),
        RedeemRefusal::Reused => not_good(REDEEMED_TWICE),
    }
}

fn not_good(reason: &'static str) -> Error {
    Error::new(Code::InvalidGrant, "The code is not valid.").judged(reason)
}
