//! The settings as an operator meets them: sources, what wins, what is shown, what is refused.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use proptest::prelude::*;
use tessera::{
    config::{
        Config, Faults, KEYS, Loaded, MasterSource, Setting, Source, StoreUrl, choose_file,
        documentation_table, load, parse, shipped_file,
    },
    model::rules::Rule,
};

const MASTER: &str = "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=";

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn setting<'a>(loaded: &'a Loaded, path: &str) -> &'a Setting {
    loaded.settings.iter().find(|setting| setting.path == path).expect("it is a key")
}

/// A file of this test run. Each test names its own.
fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the folder of the tests takes files");
    path
}

#[test]
fn the_shipped_file_states_every_key_with_its_default() {
    let shipped = include_str!("../../config.toml");
    let loaded = parse(Some(("config.toml", shipped)), []).unwrap();

    assert_eq!(shipped, shipped_file(), "write the right side into config.toml");
    // But for where each value comes from.
    let values =
        |config: &Config| format!("{:?}", Config { settings: Vec::new(), ..config.clone() });
    assert_eq!(values(&loaded.config), values(&Config::default()));
    // An empty array of tables would forbid to write one below it.
    let is_stated = |setting: &&Setting| setting.path != "token_types";
    let mut stated = loaded.settings.iter().filter(is_stated);
    assert!(stated.all(|setting| setting.source != Source::Default));
    assert!(loaded.settings.iter().all(Setting::is_default));
}

#[test]
fn the_example_in_the_shipped_file_is_sound() {
    let shipped = shipped_file();
    let (_, example) = shipped.split_once("# [[token_types]]").expect("it is there");
    let lines = example.lines().map(|line| line.trim_start_matches('#').trim_start());
    let example = format!("[[token_types]]{}", lines.collect::<Vec<_>>().join("\n"));

    let loaded = parse(Some(("config.toml", &example)), []).unwrap();

    assert_eq!(loaded.config.token_types.len(), 1);
    assert_eq!(loaded.config.token_types[0].definition.rules.len(), 2);
    assert_eq!(loaded.notes, Vec::<String>::new());
}

#[test]
fn the_page_of_token_types_shows_every_rule_with_a_sound_example() {
    let page = include_str!("../../docs/token-types.md");
    let blocks = page.split("```toml\n").skip(1);
    let examples = blocks.map(|block| block.split("```").next().expect("it ends"));
    let mut shown = BTreeSet::new();
    for example in examples {
        let loaded = parse(Some(("config.toml", example)), []).unwrap_or_else(|faults| {
            panic!("{faults}\n{example}");
        });

        let types = &loaded.config.token_types;
        assert!(types.len() == 1 && loaded.notes.is_empty(), "{example}");
        shown.extend(types[0].definition.rules.iter().map(Rule::name));
    }

    // An unknown rule is refused with all that are known.
    let faults = parse(Some(("", "token_types = [{name = 'A', rules = [{type = 'X'}]}]")), []);
    let remedy = faults.unwrap_err().0.remove(0).remedy;
    let known: BTreeSet<&str> = remedy.trim_start_matches("one of: ").split(", ").collect();
    assert_eq!(shown, known);
    for rule in known {
        let row = format!("| [{rule}](#{}) |", rule.to_lowercase());
        assert!(page.contains(&row) && page.contains(&format!("### {rule}\n")), "{rule}");
    }
}

#[test]
fn the_documentation_lists_every_key_with_its_default() {
    let documentation = include_str!("../../docs/configuration.md");
    let table = documentation_table();

    assert!(documentation.contains(&table), "write this into docs/configuration.md:\n{table}");
    for key in KEYS {
        assert!(table.contains(&format!("| `{}` |", key.path)), "{}", key.path);
    }
}

#[test]
fn without_any_source_the_defaults_hold() {
    let loaded = parse(None, []).unwrap();

    assert_eq!(loaded.config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(loaded.config.server.issuer, None);
    assert_eq!(loaded.config.store.url, StoreUrl::Sqlite("data/tessera.db".into()));
    assert!(matches!(loaded.config.keys.master, MasterSource::BesideStore));
    assert_eq!(loaded.config.tokens.access_lifetime.as_secs(), 3600);
    assert_eq!(loaded.settings.len(), KEYS.len());
    assert!(loaded.file.is_none() && loaded.notes.is_empty());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "[log]\nlevel = \"warn\"\nformat = \"json\"\n";

    let loaded =
        parse(Some(("t.toml", file)), variables(&[("TESSERA_LOG__LEVEL", "debug")])).unwrap();

    let shown = |path| {
        let setting = setting(&loaded, path);
        format!("{} from {}", setting.value, setting.source)
    };
    assert_eq!(shown("log.level"), "debug from environment TESSERA_LOG__LEVEL");
    assert_eq!(shown("log.format"), "json from t.toml, line 3");
    assert_eq!(shown("store.migrate"), "auto from built-in default");
}

#[test]
fn a_setting_may_stand_in_a_file_that_a_variable_names() {
    let path = written("config-master", &format!("{MASTER}\r\n"));
    let path = path.to_str().unwrap();

    let loaded = parse(None, variables(&[("TESSERA_KEYS__MASTER_FILE", path)])).unwrap();

    let MasterSource::Value(master) = &loaded.config.keys.master else { panic!("no value") };
    assert_eq!(*master.expose(), [0xFB; 32]);
    assert_eq!(setting(&loaded, "keys.master").value, "****");
}

#[test]
fn a_settings_file_is_read_and_remembered() {
    let path = written("config-good.toml", "log.level = \"warn\"");

    let loaded = load(Some(&path), []).unwrap();

    assert_eq!(setting(&loaded, "log.level").value, "warn");
    assert_eq!(loaded.file.as_deref(), Some(&*path));
}

#[test]
fn a_settings_file_that_is_not_there_is_refused_with_all_else_that_is_wrong() {
    let environment = variables(&[
        ("TESSERA_LOG__LEVEL", "loud"),
        ("TESSERA_STORE__URL", "postgres://u@h/d"), // Its master key may stand in the file.
    ]);

    let Faults(faults) = load(Some(Path::new("/none/config.toml")), environment).unwrap_err();

    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(faults[0].key, "/none/config.toml");
    assert!(faults[0].problem.starts_with("can't be read: "));
    assert_eq!(faults[1].key, "log.level");
}

#[test]
fn all_faults_are_told_at_once() {
    let file = "[server]\nlissten = \"127.0.0.1:80\"\nrequest_timeout = 30\n\n\
                [store]\nurl = \"postgres://tessera:hunter2@db/tessera\"\n";
    let environment = variables(&[("TESSERA_SWEEP__BATCH", "0")]);

    let faults = parse(Some(("config.toml", file)), environment).unwrap_err();

    assert_eq!(
        faults.to_string(),
        "\
error: 4 settings are wrong
  server.lissten   no such key; did you mean server.listen?
    from  config.toml, line 2
    next  rename or remove it
  server.request_timeout   must be a string and is an integer
    from  config.toml, line 3
    next  write it like the default: request_timeout = \"30s\"
  sweep.batch   \"0\" is not allowed
    from  environment TESSERA_SWEEP__BATCH
    next  allowed: number, 1 to 10000
  keys.master   is empty, and PostgreSQL needs one
    from  built-in default
    next  make one with openssl rand -base64 32 and put it in TESSERA_KEYS__MASTER, or in a file \
named by TESSERA_KEYS__MASTER_FILE"
    );
}

#[test]
fn no_secret_is_ever_shown() {
    let url = "postgres://tessera:hunter2@db/tessera?password=hunter2";
    let environment = variables(&[("TESSERA_STORE__URL", url), ("TESSERA_KEYS__MASTER", MASTER)]);

    let loaded = parse(None, environment).unwrap();

    assert_eq!(
        setting(&loaded, "store.url").value,
        "postgres://tessera:****@db/tessera?password=****"
    );
    assert!(matches!(&loaded.config.store.url, StoreUrl::Postgres(whole) if whole == url));
    assert_eq!(setting(&loaded, "keys.master").value, "****");
    let shown = format!("{loaded:?}");
    assert!(!shown.contains("hunter2") && !shown.contains(MASTER), "{shown}");
}

#[test]
fn no_fault_repeats_a_secret() {
    for path in KEYS.iter().filter(|key| key.secret).map(|key| key.path) {
        for value in ["'hunter2'", "'mysql://u:hunter2@h'", "'sqlite:hunter2?'", "['hunter2']"] {
            let text = format!("{path} = {value}");

            let faults = parse(Some(("config.toml", &text)), []).unwrap_err();

            assert!(!faults.to_string().contains("hunter2"), "{faults}");
        }
    }
}

#[test]
fn a_named_file_is_chosen_whether_it_exists_or_not() {
    let (flag, environment) = (Path::new("flag.toml"), Path::new("environment.toml"));

    assert_eq!(choose_file(Some(flag), Some(environment)).as_deref(), Some(flag));
    assert_eq!(choose_file(None, Some(environment)).as_deref(), Some(environment));
    // The working directory of the tests is the package's, where the shipped file lies.
    assert_eq!(choose_file(None, Some(Path::new(""))), Some("config.toml".into()));
}

proptest! {
    #[test]
    fn no_settings_file_makes_us_panic(text in r#"([a-z."'=\[\] \n0-9é-]{0,40}|.{0,40})"#) {
        let _ = parse(Some(("config.toml", &text)), []);
    }
}

#[test]
fn a_secret_in_a_file_that_every_user_may_read_is_warned_of() {
    let path = written("open-master", MASTER);
    let with = |mode| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let path = path.to_str().unwrap();
        parse(None, variables(&[("TESSERA_KEYS__MASTER_FILE", path)])).unwrap().notes
    };

    assert_eq!(with(0o640), Vec::<String>::new());
    assert!(with(0o644)[0].contains("open to every user: chmod 640"), "{:?}", with(0o644));
}
