//! WSO2's (MWARE's) token persistence: every numbered line of what it promises, and of what its
//! code adds. A line that tells of a fault of that code is a test that ours does not have it.

mod queue;
mod rotation;
mod slots;

use tessera::model::token_format::TokenFormat;

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    b01_a_jwt_is_always_new_and_its_jti_is_all_that_is_kept,
    b02_a_token_is_stored_before_it_is_answered,
);

async fn b01_a_jwt_is_always_new_and_its_jti_is_all_that_is_kept(server: TestServer) {
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let client = server.machine("mailer", "read").await;

    let (one, other) = (server.token(&client).await, server.token(&client).await);

    assert_ne!(one, other);
    let jti_alone = "tokens WHERE reference_hash IS NULL AND payload IS NULL \
                     AND token_sealed IS NULL AND jti_salt IS NOT NULL";
    assert_eq!(server.database().count(jti_alone).await, 2);
    assert_eq!(server.database().count("tokens").await, 2);
}

async fn b02_a_token_is_stored_before_it_is_answered(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    for number in 1..=3 {
        server.token(&client).await;
        assert_eq!(server.database().count("tokens").await, number);
    }
}
