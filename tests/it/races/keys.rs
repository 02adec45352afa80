//! Keys: nodes that make one at the same time must all use the same.

use tessera::{
    acts::{self, clients::ClientChanges},
    model::{
        client::ClientKind, signature_algorithm::SignatureAlgorithm, token_format::TokenFormat,
    },
};

use super::{at_once, nodes};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    nodes_that_need_a_new_algorithm_at_once_share_one_key,
    of_several_envelope_keys_of_a_period_one_is_kept,
    one_master_key_is_settled_on,
);

async fn nodes_that_need_a_new_algorithm_at_once_share_one_key(server: TestServer) {
    let algorithm = SignatureAlgorithm::EdDsa;
    let nodes = nodes(&server).await;

    let names = at_once(&nodes, 8, |app, _| async move {
        acts::keys::ensure(&app, algorithm).await.unwrap();
        app.tokens.keys().signing(algorithm).unwrap().kid.clone()
    })
    .await;

    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    let jwt = ClientChanges {
        access_format: Some(Some(TokenFormat::Jwt)),
        access_algorithm: Some(Some(algorithm)),
        ..ClientChanges::default()
    };
    let client = server.client("mailer", ClientKind::Machine, jwt).await;
    let token = server.token(&client).await;
    for app in &nodes {
        let presented = app.tokens.present(&token, app.now()).await.unwrap();
        assert_eq!(presented.unwrap().refusal, None);
    }
}

async fn of_several_envelope_keys_of_a_period_one_is_kept(server: TestServer) {
    let period = 7;

    let answers = at_once(&nodes(&server).await, 8, |app, number| async move {
        let sealed = [u8::try_from(number).unwrap(); 60];
        let mut store = app.store.write().await.unwrap();
        let inserted = store.insert_seal_key(period, &sealed, app.now()).await.unwrap();
        (inserted, sealed.to_vec())
    })
    .await;

    let kept = server.app.store.read().await.unwrap().seal_keys().await.unwrap();
    let kept: Vec<&Vec<u8>> =
        kept.iter().filter(|(id, _)| *id == period).map(|(_, sealed)| sealed).collect();
    let won: Vec<&Vec<u8>> =
        answers.iter().filter(|(inserted, _)| *inserted).map(|(_, sealed)| sealed).collect();
    assert_eq!((won.len(), &won), (1, &kept));
}

async fn one_master_key_is_settled_on(server: TestServer) {
    server.database().execute("UPDATE instance SET master_check = NULL").await;

    let in_force = at_once(&nodes(&server).await, 8, |app, number| async move {
        let check = [u8::try_from(number).unwrap(); 32];
        app.store.write().await.unwrap().settle_master_check(&check).await.unwrap()
    })
    .await;

    assert!(in_force.iter().all(|check| *check == in_force[0]), "{in_force:?}");
}
