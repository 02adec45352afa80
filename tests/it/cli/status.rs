//! How the server does, by the command line.

use super::program::{Place, stores};
use crate::common::until::until;

#[tokio::test]
async fn the_status_says_what_was_measured_and_who_is_there() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        let before = place.run("status").expect(0);
        assert!(before.out.contains("not counted yet"), "{}", before.out);
        assert!(before.out.contains("never 0 rows overdue"), "{}", before.out);
        place.run("client add mailer --scope a").expect(0);
        place.run("token issue --client mailer").expect(0);
        place.run("db sweep").expect(0);

        let server = place.serve();
        until("the tokens are counted and the server is heard of", async || {
            let seen = place.run("status --json").expect(0).objects()[0].clone();
            seen["measured"]["active"] == 1 && seen["nodes"][0]["health"] == "healthy"
        })
        .await;
        let seen = place.run("status --json --range 1h").expect(0).objects()[0].clone();
        let told = place.run("status --range 7d").expect(0);

        assert_eq!((&seen["range"], &seen["measured"]["entries"]), (&"1h".into(), &1.into()));
        assert_eq!(seen["traffic"]["issued"]["points"].as_array().unwrap().len(), 60);
        assert_eq!(seen["types"][0]["type"], "access");
        assert_eq!(seen["nodes"][0]["health"], "healthy");
        assert!(seen["swept_at"].is_string() && seen["swept"] == 0, "{seen}");
        for text in [
            "1 active",
            "of 1 kept, ",
            "0 tokens removed, 0 rows overdue, 0 due within 24 h",
            "7d",
            "healthy",
        ] {
            assert!(told.out.contains(text), "{text}: {}", told.out);
        }
        let (code, said) = server.end_by("TERM");
        assert_eq!(code, Some(0), "{said}");
        let wrong = place.run("status --range 2h").expect(2);
        assert!(wrong.err.contains("one of 1h, 24h, 7d, 30d"), "{}", wrong.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_type_of_the_store_is_taken_away_and_comes_back() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write("invite.toml", "[[token_types]]\nname = \"Invite\"\n");
        place.run("apply invite.toml").expect(0);

        let asked = place.run("type remove invite").expect(2);
        let done = place.run("type remove invite --yes").expect(0);
        let again = place.run("type remove invite --yes");
        let of_protocol = place.run("type remove access --yes");

        assert!(asked.err.contains("stop working until"), "{}", asked.err);
        assert!(done.err.contains("Took Invite away"), "{}", done.err);
        assert_ne!(again.code, 0, "{again:?}");
        assert!(of_protocol.err.contains("is not the store's"), "{}", of_protocol.err);
        assert!(place.run("type show invite").expect(0).out.contains("Removed"));
        place.run("apply invite.toml").expect(0);
        assert!(!place.run("type show invite").expect(0).out.contains("Removed"));
        place.database.remove().await;
    }
}
