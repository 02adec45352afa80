//! A refresh token brings new tokens (RFC 6749 §6).

use crate::{
    error::{Code, Error, Result},
    model::{
        attempt::Attempt,
        audience::Access,
        authorization::{Authorization, AuthorizingUser},
        standing::{Refusal, StandingEntry},
    },
    tokens::refresh::RefreshRefusal,
};

use super::{Grant, Redeemed, Redemption};

pub(super) const GRANT: Grant = Grant {
    grant_type: "refresh_token",
    serves_public: true,
    redeem: |redemption| Box::pin(async move { redeem(&redemption).await }),
};

/// The verdict on a refresh token that came again too late: its family was ended.
pub const REUSED: &str = "reused";

async fn redeem(redemption: &Redemption<'_>) -> Result<Redeemed> {
    let Redemption { client, parameters, tokens, origin, at, .. } = *redemption;
    let presented = parameters
        .get("refresh_token")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "refresh_token is missing."))?;
    let Some(found) = tokens.find_refresh_token(presented).await? else {
        return Err(not_good("unknown"));
    };
    // RFC 6749 §6: "the refresh token is bound to the client to which it was issued".
    if found.entry.client_id != client.client_id {
        return Err(not_good("foreign"));
    }
    match found.judge(&Attempt::look(at)).map(|refused| refused.refusal) {
        None => {}
        Some(Refusal::Redeemed) => {
            let retried = tokens.retry_refresh(client, (presented, &found), (origin, at)).await?;
            return retried
                .map(|issued| Redeemed::Again(Box::new(issued)))
                .map_err(|refusal| refused(&refusal));
        }
        Some(refusal) => return Err(not_good(refusal.as_str())),
    }
    let granted =
        Access { scope: found.entry.scope.clone(), audience: found.entry.audience.clone() };
    let access = redemption.access_within(&granted).await?;
    Ok(Redeemed::Refresh(authorization(&found, access), found))
}

/// What the new tokens stand for. They are of the generations that the presented one is of: one that
/// was raised meanwhile ends them, too.
pub(super) fn authorization(found: &StandingEntry, access: Access) -> Authorization {
    let entry = &found.entry;
    let user = |user_id| AuthorizingUser {
        user_id,
        subject: entry.subject.clone().unwrap_or_default(),
        generation: entry.user_generation.unwrap_or_default(),
    };
    Authorization {
        client_id: entry.client_id.clone(),
        client_generation: entry.client_generation,
        user: entry.user_id.map(user),
        family: entry.authorization_id,
        scope: access.scope,
        audience: access.audience,
    }
}

/// What is answered for a refresh token that brought nothing: the same whatever was wrong with it.
/// The log says what (RFC 6749 §5.2).
#[must_use]
pub fn refused(refusal: &RefreshRefusal) -> Error {
    match refusal {
        RefreshRefusal::Create(refusal) => super::may_not_have(refusal),
        RefreshRefusal::NotGood(refusal) => not_good(refusal.as_str()),
        RefreshRefusal::Spent => not_good(Refusal::Redeemed.as_str()),
        RefreshRefusal::Reused => not_good(REUSED),
    }
}

fn not_good(reason: &'static str) -> Error {
    Error::new(Code::InvalidGrant, "The refresh token is not valid.").judged(reason)
}
