//! What is promised of people who sign in: codes and ID tokens.

use std::collections::BTreeMap;

use tessera::model::{
    client::ClientKind, signature_algorithm::SignatureAlgorithm, token_entry::EntryFormat,
};

use super::entries;
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    b01_so_does_each_that_comes_of_a_sign_in,
    b03_what_a_code_stands_for_is_in_its_entry,
    b28_nothing_but_an_asymmetric_key_signs_an_id_token,
);

async fn b01_so_does_each_that_comes_of_a_sign_in(server: TestServer) {
    let client = server.web("app", "openid offline_access", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    assert_eq!(server.redeem(&client, &code, "").await.status, 200);

    let mut kinds = BTreeMap::new();
    for entry in entries(&server).await {
        *kinds.entry(entry.kind.as_str()).or_insert(0) += 1;
        assert_eq!((entry.client_id.as_str(), entry.user_id), ("app", Some(ingrid.user_id)));
        assert_eq!(entry.subject, Some(ingrid.user_id.to_string()));
        assert_eq!((entry.created_at, entry.expires_at.is_some()), (server.now(), true));
    }

    assert_eq!(kinds, BTreeMap::from([("access", 1), ("code", 1), ("id", 1), ("refresh", 1)]));
}

/// Of the three kinds of codes that it names, those for devices are not issued.
async fn b03_what_a_code_stands_for_is_in_its_entry(server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;

    server.code(&client, &ingrid).await;

    let [entry] = entries(&server).await.try_into().unwrap();
    assert_eq!((entry.kind.as_str(), entry.format), ("code", EntryFormat::Reference));
    assert!(entry.payload.is_some() && entry.reference_hash.is_some());
    let sealed = String::from_utf8_lossy(entry.payload.as_deref().unwrap()).into_owned();
    assert!(!sealed.contains("redirect_uri"), "{sealed}");
}

/// Ours makes the key it lacks, and knows no algorithm with a shared secret for it.
async fn b28_nothing_but_an_asymmetric_key_signs_an_id_token(server: TestServer) {
    for algorithm in SignatureAlgorithm::ALL {
        assert!(!algorithm.as_str().starts_with("HS"));
    }
    let client = server.web("app", "openid", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;

    let answer = server.redeem(&client, &code, "").await.json();

    let id_token = answer["id_token"].as_str().unwrap();
    server.verified(id_token, SignatureAlgorithm::Rs256).await;
}
