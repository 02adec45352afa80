//! A life that the attributes of somebody make shorter.

use std::time::Duration;

use super::{alice, jwt, section};
use crate::common::{
    TestServer, on_each_engine,
    people::{basic, opened},
};
use tessera::config;

on_each_engine!(
    b06_the_earlier_of_both_ends_counts,
    b10_the_attribute_is_a_moment_and_nobody_gets_a_dead_jwt,
    b14_an_account_that_ended_or_whose_end_nobody_can_read_is_let_in_nowhere,
);

/// The person, whose account ends at `end`.
fn ending(end: &str) -> String {
    format!(
        "{{ username = 'alice', realm = 'internal', password = {{ value = 'correct horse' }}, \
         attributes = {{ exp = '{end}' }} }}"
    )
}

async fn b06_the_earlier_of_both_ends_counts(server: TestServer) {
    let server = server.signing(jwt("")).await;
    let now = server.now().seconds();
    for (end, expected) in
        [(now + 60, now + 60), (now + 3600, now + 3600), (now + 9999, now + 3600)]
    {
        server.people(&[&ending(&end.to_string())]).await;

        assert_eq!(opened(&server.jwt_of(&alice()).await).1["exp"], expected);
    }
}

async fn b10_the_attribute_is_a_moment_and_nobody_gets_a_dead_jwt(server: TestServer) {
    let server = server.signing(jwt("")).await;
    // Long over as a moment; as a length of time it would be an hour.
    server.people(&[&ending("3600")]).await;

    let answer = server.authenticate(&alice()).await;

    answer.assert_error(401, "account_expired");
    assert!(answer.header("authorization").is_none());
}

async fn b14_an_account_that_ended_or_whose_end_nobody_can_read_is_let_in_nowhere(
    server: TestServer,
) {
    let server = server.signing(jwt("")).await;
    server.people(&[&ending(&(server.now().seconds() + 1).to_string())]).await;
    assert_eq!(server.authenticate(&alice()).await.status, 200);
    server.advance(Duration::from_secs(1));
    server.authenticate(&alice()).await.assert_error(401, "account_expired");
    let guess = server.authenticate(&basic("alice", "wrong horse")).await;
    guess.assert_error(401, "invalid_credentials");

    let sql = "UPDATE users SET attributes = '{\"exp\":\"soon\"}'";
    assert_eq!(server.database().execute(sql).await, 1);
    let server = server.restarted(|_| ()).await;
    server.authenticate(&alice()).await.assert_error(401, "invalid_credentials");
}

#[test]
fn b14_a_life_of_nothing_or_of_more_than_ten_years_and_the_printed_secret_are_refused() {
    let sample = "your-256-bit-secret-key-here-minimum-32-characters";
    let printed = section("").replace(crate::common::people::JWT_SECRET, sample);
    let public = "server.issuer = 'https://id.example'\n";
    for (text, key) in [
        (section("").replace("3600", "0"), "jwt.exp"),
        (section("").replace("3600", "-1"), "jwt.exp"),
        (section("").replace("3600", "315360001"), "jwt.exp"),
        (format!("{public}{printed}"), "jwt.secret"),
    ] {
        let faults = config::parse(Some(("config.toml", &text)), []).unwrap_err().0;

        assert_eq!((faults.len(), &*faults[0].key), (1, key), "{faults:?}");
        assert!(!format!("{faults:?}").contains(sample));
    }
    // Where nobody else verifies, it is warned of.
    let notes = config::parse(Some(("config.toml", &printed)), []).unwrap().notes;
    assert!(notes[0].starts_with("jwt.secret is the sample"), "{notes:?}");
}
