//! Families from the command line.

use super::program::{Place, stores};

const GRANTS: &[&str] = &["--grant", "client_credentials", "--grant", "refresh_token"];

#[tokio::test]
async fn a_family_is_begun_shown_and_ended() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        let add = ["client", "add", "app", "--scope", "a b"];
        place.run_with(&[&add, GRANTS].concat(), "").expect(0);
        place.write("state.toml", "users = [{ username = 'ingrid' }]");
        place.run("apply state.toml --yes").expect(0);

        let issued = place.run("token issue --client app --user ingrid --refresh").expect(0);
        let tokens: Vec<&str> = issued.out.lines().collect();
        assert_eq!(tokens.iter().map(|token| token.len()).collect::<Vec<_>>(), [43, 43]);
        assert!(tokens.iter().all(|token| !issued.err.contains(token)));

        let inspect = ["token", "inspect", "-", "--json"];
        let [access, refresh] = [0, 1].map(|n| {
            place.run_with(&inspect, tokens[n]).expect(0).objects().remove(0)["entry"].clone()
        });
        assert_eq!((&access["kind"], &refresh["kind"]), (&"access".into(), &"refresh".into()));
        assert_eq!(
            (&access["family"], &access["username"]),
            (&refresh["family"], &"ingrid".into())
        );

        let entry = refresh["entry"].as_str().unwrap();
        place.run(&format!("token revoke {entry} --reason stolen")).expect(0);
        for token in tokens {
            let bad = place.run_with(&inspect, token).expect(1).objects().remove(0);
            assert_eq!(
                (&bad["status"], &bad["entry"]["end_reason"]),
                (&"revoked".into(), &"stolen".into())
            );
        }
        place.database.remove().await;
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words() {
    let place = Place::with_store(crate::common::Engine::Sqlite).await;
    place.run("client add app --scope a").expect(0);

    let refused = place.run("token issue --client app --refresh").expect(2);
    assert!(
        refused.err.contains("app may not use refresh_token; give it that grant"),
        "{refused:?}"
    );
    let refused = place.run("token issue --client app --user nobody").expect(1);
    assert!(refused.err.contains("there is no user default/nobody"), "{refused:?}");
    let refused = place.run("token issue --client app --type Link --refresh").expect(2);
    assert!(refused.err.contains("--refresh are for access tokens"), "{refused:?}");
    place.database.remove().await;
}
