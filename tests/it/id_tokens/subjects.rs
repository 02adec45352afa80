//! What clients know people by.

use serde_json::Value;
use tessera::{
    config::MasterSource,
    model::{
        client::ClientKind, sign_in_settings::SubjectType, signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
    },
};

use super::id_token;
use crate::{
    common::{TestClient, TestServer, codes::SignedIn, on_each_engine},
    master_key::{new_key, rewrap},
};

on_each_engine!(
    clients_of_one_sector_know_people_alike_and_no_others_do,
    clients_of_two_sectors_cannot_compare_browsers_either,
    every_word_about_somebody_names_them_alike,
    a_pairwise_subject_is_the_same_after_a_restart_and_with_another_master_key,
);

/// An application that knows people by subjects of its own.
async fn pairwise(server: &TestServer, name: &str, home: &str) -> TestClient {
    let client = server.web(name, "openid read", ClientKind::Web).await;
    let home = home.to_owned();
    server
        .change_client(&client, |client| {
            client.sign_in.subject_type = SubjectType::Pairwise;
            client.sign_in.redirect_uris = SpaceDelimited::parse(&home);
        })
        .await;
    client
}

async fn answer(server: &TestServer, client: &TestClient, person: &SignedIn) -> Value {
    let code = server.code(client, person).await;
    server.redeem(client, &code, "").await.json()
}

async fn subject(server: &TestServer, client: &TestClient, person: &SignedIn) -> String {
    let answer = answer(server, client, person).await;
    let (_, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
    claims["sub"].as_str().unwrap().to_owned()
}

async fn clients_of_one_sector_know_people_alike_and_no_others_do(server: TestServer) {
    let one = pairwise(&server, "one", "https://app.example/cb").await;
    let two = pairwise(&server, "two", "https://app.example/other").await;
    let elsewhere = pairwise(&server, "elsewhere", "https://other.example/cb").await;
    let named = pairwise(&server, "named", "https://third.example/cb").await;
    let sector = Some("app.example".to_owned());
    server.change_client(&named, |client| client.sign_in.sector = sector).await;
    let native = pairwise(&server, "native", "com.example.app:/cb").await;
    let (ingrid, tom) = (server.signed_in("ingrid").await, server.signed_in("tom").await);

    let first = subject(&server, &one, &ingrid).await;

    assert_eq!(first.len(), 43);
    assert_eq!(subject(&server, &two, &ingrid).await, first);
    assert_eq!(subject(&server, &named, &ingrid).await, first);
    let mut others = vec![first.clone(), ingrid.user_id.to_string()];
    for (client, person) in [(&elsewhere, &ingrid), (&one, &tom), (&native, &ingrid)] {
        let other = subject(&server, client, person).await;
        assert!(!others.contains(&other), "{other}");
        others.push(other);
    }
}

async fn clients_of_two_sectors_cannot_compare_browsers_either(server: TestServer) {
    let one = pairwise(&server, "one", "https://app.example/cb").await;
    let two = pairwise(&server, "two", "https://app.example/other").await;
    let elsewhere = pairwise(&server, "elsewhere", "https://other.example/cb").await;
    let ingrid = server.signed_in("ingrid").await;
    let sid = async |answer: &Value| {
        let (_, claims) = server.verified(id_token(answer), SignatureAlgorithm::Rs256).await;
        claims["sid"].as_str().unwrap().to_owned()
    };

    let first = answer(&server, &one, &ingrid).await;
    let known_as = sid(&first).await;

    assert_eq!(sid(&answer(&server, &two, &ingrid).await).await, known_as);
    let refresh = first["refresh_token"].as_str().unwrap();
    assert_eq!(sid(&server.try_refresh(&one, refresh, "").await.json()).await, known_as);
    let other_browser = server.sign_in(ingrid.user_id).await;
    let others = [
        ingrid.session.session_id.to_string(),
        sid(&answer(&server, &elsewhere, &ingrid).await).await,
        sid(&answer(&server, &one, &other_browser).await).await,
        subject(&server, &one, &ingrid).await,
    ];
    assert!(!others.contains(&known_as), "{known_as}");
}

async fn every_word_about_somebody_names_them_alike(server: TestServer) {
    let client = pairwise(&server, "one", "https://app.example/cb").await;
    let ingrid = server.signed_in("ingrid").await;
    let known_as = subject(&server, &client, &ingrid).await;

    let first = answer(&server, &client, &ingrid).await;
    let token = first["refresh_token"].as_str().unwrap();
    let second = server.try_refresh(&client, token, "").await.json();

    for answer in [&first, &second] {
        let access = answer["access_token"].as_str().unwrap();
        let bearer = format!("Bearer {access}");
        let told = server.get("/userinfo", &[("authorization", bearer.as_str())]).await.json();
        assert_eq!(told["sub"], known_as);
        assert_eq!(server.introspect(&client, access).await["sub"], known_as);
        let (_, claims) = server.verified(id_token(answer), SignatureAlgorithm::Rs256).await;
        assert_eq!(claims["sub"], known_as);
    }
}

async fn a_pairwise_subject_is_the_same_after_a_restart_and_with_another_master_key(
    server: TestServer,
) {
    let client = pairwise(&server, "one", "https://app.example/cb").await;
    let ingrid = server.signed_in("ingrid").await;
    let first = subject(&server, &client, &ingrid).await;

    let server = server.restarted(|_| {}).await;
    assert_eq!(subject(&server, &client, &ingrid).await, first);
    let new = new_key();
    rewrap(&server, Some(new.clone())).await.unwrap();
    let server = server.restarted(|config| config.keys.master = MasterSource::Value(new)).await;

    assert_eq!(subject(&server, &client, &ingrid).await, first);
}
