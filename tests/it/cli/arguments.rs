//! Help, completions, settings, and what is refused before anything is opened.

use super::program::{Place, stores};
use crate::common::Engine;

#[tokio::test]
async fn help_has_examples_before_options_within_80_columns() {
    let place = Place::new(Engine::Sqlite).await;

    let top = place.run("--help").expect(0).out;
    let revoke = place.run("token revoke --help").expect(0).out;

    assert!(top.starts_with("An OAuth 2 and OpenID server that remembers every token.\n"));
    assert!(top.contains("\nStart here: tessera serve\n"));
    let places = ["Examples", "Usage: tessera token revoke [ENTRY...] [OPTIONS]", "Options"];
    let places = places.map(|part| revoke.find(part).unwrap());
    assert!(places.is_sorted(), "{revoke}");
    assert!(top.lines().chain(revoke.lines()).all(|line| line.chars().count() <= 80));
    place.database.remove().await;
}

#[tokio::test]
async fn no_command_is_wrong_usage_and_help() {
    let place = Place::new(Engine::Sqlite).await;

    for line in ["client", "token", "db"] {
        let done = place.run(line).expect(2);
        assert!(done.out.is_empty() && done.err.contains("Commands\n"), "{}", done.err);
    }
    place.database.remove().await;
}

#[tokio::test]
async fn every_shell_gets_a_script() {
    let place = Place::new(Engine::Sqlite).await;

    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&format!("completions {shell}")).expect(0).out;
        assert!(script.contains("rotate-secret"), "{shell}");
    }
    assert_eq!(place.files(), Vec::<String>::new());
    place.database.remove().await;
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_nothing_is_made() {
    let mut place = Place::new(Engine::Sqlite).await;
    let url = format!("sqlite:{}/new/tessera.db", place.database.folder.display());
    place.set("TESSERA_STORE__URL", &url);
    place.set("TESSERA_STORE__ULR", "x");
    place.set("TESSERA_LOG__LEVEL", "loud");

    for line in ["serve", "config check", "config show", "client list", "db migrate"] {
        let done = place.run(line).expect(2);
        assert!(done.err.starts_with("error: 2 settings are wrong\n"), "{}", done.err);
        assert!(done.err.contains("TESSERA_STORE__ULR") && done.err.contains("log.level"));
    }
    let json = place.run("config check --json").expect(2).err;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["faults"].as_array().unwrap().len(), 2);
    assert_eq!(place.files(), Vec::<String>::new());
    place.database.remove().await;
}

#[tokio::test]
async fn every_fault_of_every_token_type_is_told_and_nothing_is_made() {
    let mut place = Place::new(Engine::Sqlite).await;
    let url = format!("sqlite:{}/new/tessera.db", place.database.folder.display());
    place.set("TESSERA_STORE__URL", &url);
    place.write(
        "my.toml",
        "[[token_types]]\nname = 'PasswordReset'\n\n\
         [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '7d'\n\n\
         [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 0\n\n\
         [[token_types]]\nname = 'PASSWORDRESET'\nrules = [{ type = 'Wombat' }]\n",
    );
    place.set("TESSERA_CONFIG", "my.toml");

    for line in ["serve", "config check", "client list"] {
        let done = place.run(line).expect(2);
        assert_eq!(
            done.err,
            "error: 3 settings are wrong\n  \
             token_types[0] \"PasswordReset\" rules[1] \"UseCount\"   max_use_count must be \
             1..2147483647, got 0\n    from  my.toml, line 10\n    \
             next  write a whole number, 1 to 2147483647\n  \
             token_types[1] \"PASSWORDRESET\"   the name stands there twice: token_types[0], \
             too\n    from  my.toml, line 13\n    \
             next  rename or remove one of the two; names compare without case\n  \
             token_types[1] \"PASSWORDRESET\" rules[0] \"Wombat\"   unknown rule \"Wombat\"\n    \
             from  my.toml, line 14\n    \
             next  one of: Expiry, UseCount, Rate, Idle, Sliding, NotBefore, MaxActive, Cooldown, \
             Cidr, PinIp, Audience, Client, Schedule, PurposeOnce, SubjectAlive, ScopeCeiling, \
             Format\n"
        );
    }
    assert_eq!(place.files(), ["my.toml"]);
    place.database.remove().await;
}

#[tokio::test]
async fn settings_are_shown_with_their_source_and_without_secrets() {
    let mut place = Place::new(Engine::Sqlite).await;
    place.write("my.toml", "[tokens.lifetimes]\naccess = \"15m\"\n");
    place.set("TESSERA_CONFIG", "my.toml");
    place.set("TESSERA_STORE__URL", "postgres://u:hunter2@h/d");
    place.set("TESSERA_KEYS__MASTER", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");

    let text = place.run("config show").expect(0).out;
    let objects = place.run("config show --json").expect(0).objects();

    let line = text.lines().find(|line| line.starts_with("tokens.lifetimes.access")).unwrap();
    assert!(line.contains("15m") && line.ends_with("my.toml, line 2"), "{line}");
    assert!(text.contains("postgres://u:****@h/d") && !text.contains("hunter2"));
    assert!(!text.contains("+/v7"));
    let lifetime = objects.iter().find(|o| o["key"] == "tokens.lifetimes.access").unwrap();
    assert_eq!((&lifetime["value"], &lifetime["is_default"]), (&"15m".into(), &false.into()));
    assert_eq!(place.files(), ["my.toml"]);
    place.database.remove().await;
}

#[tokio::test]
async fn a_command_that_only_looks_makes_no_store() {
    let place = Place::new(Engine::Sqlite).await;

    for line in ["client list", "token list", "db status", "db sweep", "key list", "client show x"]
    {
        let done = place.run(line).expect(3);
        assert!(done.err.starts_with("error: there is no store yet\n"), "{}", done.err);
    }
    assert_eq!(place.files(), Vec::<String>::new());
    place.database.remove().await;
}

#[tokio::test]
async fn a_command_that_only_looks_migrates_nothing() {
    let place = Place::new(Engine::Postgres).await;

    let err = place.run("client list").expect(3).err;

    assert!(err.starts_with("error: the store's schema is older than this tessera\n"), "{err}");
    assert!(err.ends_with("  next    tessera db migrate\n"), "{err}");
    let status = place.run("db status --json").expect(0).objects();
    assert_eq!(status[0]["schema"], 0);
    place.database.remove().await;
}

#[tokio::test]
async fn a_schema_is_migrated_once() {
    for engine in stores() {
        let place = Place::new(engine).await;

        let first = place.run("db migrate --json").expect(0).objects();
        let second = place.run("db migrate --json").expect(0).objects();

        let status = place.run("db status --json").expect(0).objects();
        let newest = &status[0]["newest_known_schema"];
        assert_eq!((&first[0]["from"], &first[0]["to"]), (&0.into(), newest));
        assert_eq!((&second[0]["from"], &second[0]["to"]), (newest, newest));
        assert_eq!((&status[0]["schema"], &status[0]["entries"]), (newest, &0.into()));
        place.database.remove().await;
    }
}

#[tokio::test]
async fn wrong_usage_is_told_in_the_shape_of_a_problem() {
    let place = Place::new(Engine::Sqlite).await;

    let text = place.run("client add x --kind robot").expect(2).err;
    let json = place.run("client add x --kind robot --json").expect(2).err;

    assert!(text.starts_with("error: invalid value 'robot'"), "{text}");
    assert!(text.ends_with("  next    tessera client add --help\n"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["exit_code"], 2);
    place.database.remove().await;
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_exit_3_with_its_source() {
    let mut place = Place::new(Engine::Sqlite).await;
    place.set("TESSERA_STORE__URL", "postgres://u:hunter2@127.0.0.1:1/d");
    place.set("TESSERA_KEYS__MASTER", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
    place.set("TESSERA_STORE__TIMEOUT", "500ms");

    for line in ["client list", "db status", "serve"] {
        let err = place.run(line).expect(3).err;
        assert!(err.starts_with("error: can't open the store\n"), "{err}");
        assert!(err.contains("  tried   postgres://u:****@127.0.0.1:1/d\n"), "{err}");
        assert!(err.contains("  from    environment TESSERA_STORE__URL\n"), "{err}");
    }
    place.database.remove().await;
}
