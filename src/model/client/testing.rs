//! A client to judge by, in tests.

use super::{AssertionAudience, Client, ClientAuthentication, ClientKind, ClientStatus};
use crate::model::{
    client_id::ClientId, scope::Scope, sign_in_settings::SignInSettings,
    space_delimited::SpaceDelimited, timestamp::Timestamp,
};

/// A website that may ask for `scope`, before anything else is set.
pub(crate) fn website(scope: &str) -> Client {
    Client {
        client_id: ClientId::parse("shop").unwrap(),
        name: "Shop".to_owned(),
        kind: ClientKind::Web,
        authentication: ClientAuthentication::SecretBasic,
        jwks: None,
        assertion_audience: AssertionAudience::Issuer,
        grant_types: SpaceDelimited::parse("authorization_code"),
        scope: Scope::parse(scope).unwrap(),
        cors_origins: SpaceDelimited::default(),
        access_format: None,
        access_algorithm: None,
        access_lifetime: None,
        reuse: None,
        refresh_format: None,
        refresh_rotate: None,
        refresh_lifetime: None,
        sign_in: SignInSettings::default(),
        status: ClientStatus::Active,
        generation: 0,
        version: 0,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}
