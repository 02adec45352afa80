//! Codes: of many who redeem one, one does; and all of them have used it, so that nothing of what
//! it brought is left once they were answered.

use std::sync::Arc;

use tessera::{
    app::App,
    model::{
        audit::Origin,
        authorization::{Authorization, AuthorizingUser},
        client::ClientKind,
        standing::StandingEntry,
    },
    tokens::code::{Redeemed, Redeeming},
};

use super::{at_once, nodes};
use crate::common::{TestClient, TestServer, on_each_engine};

on_each_engine!(
    one_of_many_redeems_a_code_and_what_it_brings_is_dead,
    no_token_of_a_code_outlives_the_end_of_its_session,
);

/// Redeems a code as the grant does once it was proven, without HTTP.
async fn redeem(app: &App, client: &TestClient, found: &StandingEntry) -> Redeemed {
    let registered = app.store.find_registered_client(&client.id).await.unwrap().unwrap();
    let facts = app.tokens.facts_of_code(found, app.now()).await.unwrap().unwrap();
    let entry = &found.entry;
    let authorization = Authorization {
        client_id: client.id.clone(),
        client_generation: entry.client_generation,
        user: Some(AuthorizingUser {
            user_id: entry.user_id.unwrap(),
            subject: entry.subject.clone().unwrap(),
            generation: entry.user_generation.unwrap(),
        }),
        family: entry.authorization_id,
        scope: entry.scope.clone(),
        audience: entry.audience.clone(),
    };
    let redeeming = Redeeming {
        client: &registered.client,
        found,
        facts: &facts,
        authorization: &authorization,
        origin: &Origin::default(),
        at: app.now(),
    };
    app.tokens.redeem_code(&redeeming).await.unwrap()
}

async fn look(server: &TestServer, code: &str) -> Arc<StandingEntry> {
    server.app.tokens.find_code(code).await.unwrap().unwrap()
}

async fn one_of_many_redeems_a_code_and_what_it_brings_is_dead(server: TestServer) {
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let nodes = nodes(&server).await;
    for round in 0..super::ROUNDS {
        let code = server.code(&client, &ingrid).await;
        let found = look(&server, &code).await;

        let callers = [2, 3, 16][round % 3];
        let answers = at_once(&nodes, callers, |app, _| {
            let (client, found) = (client.clone(), Arc::clone(&found));
            async move { redeem(&app, &client, &found).await }
        })
        .await;

        let issued: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(issued.len(), 1, "round {round}");
        assert!(!server.is_active(&client, issued[0].token.expose()).await, "round {round}");
        let refresh = issued[0].refresh.as_ref().unwrap().expose();
        server.try_refresh(&client, refresh, "").await.assert_error(400, "invalid_grant");
    }
    let left = "UPDATE tokens SET scope = scope WHERE status = 'valid'";
    assert_eq!(server.database().execute(left).await, 0);
    let told = "UPDATE audit SET actor = actor WHERE action = 'code.reuse_detected'";
    assert_eq!(server.database().execute(told).await, super::ROUNDS as u64);
}

async fn no_token_of_a_code_outlives_the_end_of_its_session(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let user_id = server.user("ingrid").await;
    let nodes = nodes(&server).await;
    for round in 0..super::ROUNDS {
        let person = server.sign_in(user_id).await;
        let code = server.code(&client, &person).await;
        let found = look(&server, &code).await;

        let redeeming = at_once(&nodes, 1, |app, _| {
            let (client, found) = (client.clone(), Arc::clone(&found));
            async move { redeem(&app, &client, &found).await }
        });
        let (answers, ()) = tokio::join!(redeeming, server.sign_out(&person));

        for issued in answers.into_iter().flatten() {
            let access = issued.token.expose();
            assert!(!server.is_active(&client, access).await, "round {round}");
        }
    }
}
