//! `tessera type`.

use super::counted_text;
use crate::{
    cli::program::{Place, stores},
    common::Engine,
};

/// As the documentation of Prius has it, its missing braces included.
const PRIUS: &str = r#"{
   "owinFramework": { "facility": { "tokenStore.prius": { "tokenTypes": [
      { "name": "PasswordReset", "rules": [
           "type": "Expiry", "config": "{ \"expiryTime\": 7 }",
           "type": "UseCount", "config": "{ \"maxUseCount\": 1 }"
      ] },
      { "name": "Session", "rules": ["type": "Expiry", "config": "{ \"expiryTime\": \"00:20:00\" }"] }
   ] } } }
}"#;

#[tokio::test]
async fn types_are_listed_and_shown_as_files_declare_them() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write("state.toml", &counted_text("DownloadLink", 5));
        place.run("apply state.toml").expect(0);

        let list = place.run("type list").expect(0).out;
        let line = list.lines().find(|line| line.starts_with("DownloadLink")).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words, ["DownloadLink", "store", "1", "UseCount"]);
        assert!(list.lines().any(|line| line.starts_with("access") && line.contains("built-in")));
        let objects = place.run("type list --json").expect(0).objects();
        assert_eq!(objects.len(), 10);
        let link = objects.iter().find(|object| object["name"] == "DownloadLink").unwrap();
        assert_eq!((&link["source"], &link["version"]), (&"store".into(), &1.into()));
        assert_eq!(link["definition"]["rules"][0]["max_use_count"], 5);

        let shown = place.run("type show downloadLINK").expect(0).out;
        assert!(shown.ends_with("max_use_count = 5\n"), "{shown}");
        let (facts, text) = shown.split_once("\n\n").unwrap();
        assert!(facts.contains("Version") && !facts.contains("Removed"), "{facts}");
        let again = place.run_with(&["apply", "-", "--dry-run"], text).expect(0);
        assert!(again.err.contains("Nothing differs, 1 as declared"), "{}", again.err);
        assert_eq!(
            place.run("type show downloadlink --json").expect(0).objects(),
            std::slice::from_ref(link)
        );

        place.run_with(&["apply", "-", "--prune", "--yes"], "token_types = []").expect(0);
        let removed = place.run("type show downloadlink").expect(0).out;
        assert!(removed.contains("its tokens are invalid until it returns"), "{removed}");
        assert!(place.run("type list").expect(0).out.contains("store, removed"));
        let missing = place.run("type show nothing").expect(1);
        assert!(missing.err.contains("there is no token type nothing"), "{}", missing.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn pruning_a_type_says_what_becomes_of_its_tokens() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        let access = "[[token_types]]\nname = \"access\"\n";
        let all = format!("{}{access}[[clients]]\nclient_id = \"a\"\n", counted_text("Link", 5));
        place.write("all.toml", &all);
        place.write("no-types.toml", "token_types = []\n");
        place.write("nothing.toml", "token_types = []\nclients = []\n");
        place.run("apply all.toml").expect(0);
        let of_link = "The tokens of type Link are invalid until it returns. To end them: \
                       tessera token revoke --filter type:Link";

        let types = place.run("apply no-types.toml --prune").expect(2).err;
        assert!(types.contains(of_link) && types.contains("This removes 2 things."), "{types}");
        assert!(!types.contains("can't be undone") && !types.contains("type:access"), "{types}");
        let both = place.run("apply nothing.toml --prune").expect(2).err;
        assert!(both.contains(of_link) && both.contains("can't be undone"), "{both}");

        place.run("token issue --client a --type Link").expect(0);
        place.run("apply no-types.toml --prune --yes").expect(0);
        let ended = place.run("token revoke --filter type:Link --yes").expect(0);
        assert!(ended.err.contains("Revoked 1 token"), "{}", ended.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn beside_a_server_the_same_is_seen() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    place.write("state.toml", &counted_text("Link", 5));

    place.run("apply state.toml").expect(0);
    let shown = place.run("type show link").expect(0);
    let checked = place.run("type check state.toml").expect(0);

    assert!(shown.err.contains("through the running server"), "{}", shown.err);
    assert!(shown.out.contains("max_use_count = 5"), "{}", shown.out);
    assert!(!checked.err.contains("through the running server"), "it needs none");
    assert!(place.run("type list").expect(0).out.contains("Link"));
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn a_file_is_checked_without_a_store_and_every_fault_is_told() {
    let place = Place::new(Engine::Sqlite).await;
    let good = format!("[server]\nlisten = \"127.0.0.1:1\"\n\n{}", counted_text("Link", 5));
    place.write("good.toml", &good);
    let bad = format!(
        "{}{}[[token_types]]\nname = \"Refresh\"\n[[token_types]]\nname = \"LINK\"\n\
         [[token_types.rules]]\ntype = \"Expiry\"\nexpiry_tim = \"7d\"\n",
        counted_text("Link", 5),
        counted_text("Reset", 0)
    );
    place.write("bad.toml", &bad);

    let checked = place.run("type check good.toml").expect(0);
    assert!(checked.out.contains("good.toml, 1 token type"), "{}", checked.out);
    let object = place.run("type check good.toml --json").expect(0).objects().remove(0);
    assert_eq!(object["token_types"], serde_json::json!(["Link"]));
    assert!(place.run("type check").expect(0).out.contains("no file, 0 token types"));
    let input = place.run_with(&["type", "check", "-"], &good).expect(0);
    assert!(input.out.contains("standard input, 1 token type"), "{}", input.out);

    let faulty = place.run("type check bad.toml").expect(2);
    for part in [
        "token_types[1] \"Reset\" rules[0] \"UseCount\"   max_use_count must be 1..2147483647, got 0",
        "bad.toml, line 10",
        "token_types[2] \"Refresh\"   Refresh belongs to the protocol",
        "token_types[3] \"LINK\" rules[0] \"Expiry\"   unknown key expiry_tim; did you mean expiry_time?",
    ] {
        assert!(faulty.err.contains(part), "{part}\n{}", faulty.err);
    }
    place.write("twice.toml", &counted_text("Link", 5).repeat(2));
    let twice = place.run("type check twice.toml").expect(2);
    assert!(twice.err.contains("is declared already, at twice.toml, line 1"), "{}", twice.err);
    place.run("type check missing.toml").expect(3);
    assert_eq!(place.files().iter().filter(|name| name.contains(".db")).count(), 0);
    place.database.remove().await;
}

#[tokio::test]
async fn the_settings_of_prius_are_translated() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.write("appsettings.json", PRIUS);

    let toml = place.run("type import appsettings.json").expect(0).out;

    assert_eq!(place.run_with(&["type", "import", "-"], PRIUS).expect(0).out, toml);
    assert_eq!(
        toml,
        "[[token_types]]\nname = \"PasswordReset\"\n\n[[token_types.rules]]\ntype = \"Expiry\"\n\
         expiry_time = \"1w\"\n\n[[token_types.rules]]\ntype = \"UseCount\"\nmax_use_count = 1\n\n\
         [[token_types]]\nname = \"Session\"\n\n[[token_types.rules]]\ntype = \"Expiry\"\n\
         expiry_time = \"20m\"\n"
    );
    place.run_with(&["apply", "-"], &toml).expect(0);
    assert!(place.run("type list").expect(0).out.contains("PasswordReset"));

    let none = PRIUS.replace("tokenTypes\": [", "tokenTypes\": null, \"other\": [");
    let empty = place.run_with(&["type", "import", "-"], &none).expect(0);
    assert!(empty.out.is_empty() && empty.err.contains("configures no token types"), "{empty:?}");
    let bad = PRIUS.replace("maxUseCount\\\": 1", "maxUseCount\\\": 0");
    let faulty = place.run_with(&["type", "import", "-"], &bad).expect(2);
    assert!(faulty.err.contains("max_use_count must be 1..2147483647, got 0"), "{}", faulty.err);
    let no_json = place.run_with(&["type", "import", "-"], "[[token_types]]").expect(2);
    assert!(no_json.err.contains("standard input   is not JSON"), "{}", no_json.err);
    place.database.remove().await;
}
