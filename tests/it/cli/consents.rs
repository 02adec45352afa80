//! What people allow, from the command line.

use super::program::{Place, stores};
use crate::common::Engine;

#[tokio::test]
async fn what_somebody_allows_is_listed_and_taken_back() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place
            .run("client add app --scope a --grant client_credentials --grant refresh_token")
            .expect(0);
        place.write("state.toml", "users = [{ username = 'ingrid' }]");
        place.run("apply state.toml --yes").expect(0);
        let issued = place.run("token issue --client app --user ingrid --refresh").expect(0);
        let refresh = issued.out.lines().last().unwrap().to_owned();
        place
            .database
            .execute(
                "INSERT INTO consents (consent_id, client_id, user_id, scope, claims, status,
                                       created_at, updated_at)
                 SELECT user_id, 'app', user_id, 'a', 'name', 'valid', 1000, 2000 FROM users",
            )
            .await;

        let listed = place.run("consent list ingrid --json").expect(0).objects().remove(0);
        assert_eq!((&listed["client_id"], &listed["scope"]), (&"app".into(), &"a".into()));
        assert_eq!(listed["claims"], serde_json::json!(["name"]));
        assert_eq!(listed["updated_at"], "1970-01-01T00:00:02Z");
        let shown = place.run("consent list ingrid").expect(0);
        assert!(shown.out.contains("app") && shown.out.contains("name"), "{shown:?}");

        let removed = place.run("consent remove ingrid app --yes --json").expect(0);
        assert_eq!(removed.objects().remove(0)["removed"], true);
        let token = place.run_with(&["token", "inspect", "-", "--json"], &refresh).expect(1);
        assert_eq!(token.objects().remove(0)["entry"]["end_reason"], "consent.removed");
        let none = place.run("consent list ingrid").expect(0);
        assert!(none.out.is_empty() && none.err.contains("by no app"), "{none:?}");
        let again = place.run("consent remove ingrid app --yes").expect(1);
        assert!(again.err.contains("allows app nothing"), "{again:?}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn nobody_is_told_to_allow_nothing_by_mistake() {
    let place = Place::with_store(Engine::Sqlite).await;

    let unknown = place.run("consent list nobody").expect(1);
    assert!(unknown.err.contains("there is no user default/nobody"), "{unknown:?}");
    place.run("consent remove nobody app --yes").expect(1);
    place.run("consent list").expect(2);
    place.run("consent remove nobody").expect(2);
    place.database.remove().await;
}
