//! Section `jwt`: what is refused, in which words, and what never stands in them.

use super::{secret::SAMPLE, *};
use crate::config::{Faults, Loaded, parse};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn loaded(jwt: &str) -> Result<Loaded, Faults> {
    parse(Some(("config.toml", &format!("[jwt]\n{jwt}"))), [])
}

/// Key, problem and remedy of every fault.
fn faults(jwt: &str) -> Vec<[String; 3]> {
    let Err(faults) = loaded(jwt) else { return Vec::new() };
    faults.0.into_iter().map(|fault| [fault.key, fault.problem, fault.remedy]).collect()
}

fn fault(jwt: &str) -> [String; 3] {
    let mut faults = faults(jwt);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

fn sound(more: &str) -> String {
    format!("iss = 'auth-o-tron.example.com'\nexp = 3600\nalg = 'HS256'\n{more}")
}

#[test]
fn without_an_issuer_there_is_no_section() {
    assert!(loaded("").unwrap().config.jwt.is_none());
    assert!(
        loaded("iss = ''\nexp = 0\nalg = 'ES256'\nemit_aud = false").unwrap().config.jwt.is_none()
    );
    for (text, key) in [
        ("exp = 3600", "jwt.exp"),
        ("aud = 'app'", "jwt.aud"),
        ("alg = 'HS256'", "jwt.alg"),
        (&*format!("secret = '{SECRET}'"), "jwt.secret"),
    ] {
        let [name, problem, _] = fault(text);
        assert_eq!((&*name, problem), ("jwt.iss", format!("is missing, while {key} is set")));
    }
}

#[test]
fn what_an_issuer_needs_beside_it_is_named() {
    assert_eq!(
        fault("iss = 'me'"),
        [
            "jwt.exp",
            "is missing, while jwt.iss is set",
            "write how many seconds the JWTs live, such as exp = 3600"
        ]
    );
    assert_eq!(
        fault(&sound(""))[..2],
        ["jwt.secret", "is missing, and jwt.alg is HS256"].map(str::to_owned)
    );
    assert_eq!(faults("iss = 'me'\nalg = 'HS256'").len(), 2, "both at once");
}

#[test]
fn a_lifetime_is_at_least_a_second_and_at_most_ten_years() {
    let lifetime = |exp: &str| loaded(&format!("iss = 'me'\nexp = {exp}"));

    assert_eq!(lifetime("1").unwrap().config.jwt.unwrap().lifetime, Duration::from_secs(1));
    assert!(lifetime("315360000").is_ok());
    for bad in ["0", "-1", "315360001", "'1h'"] {
        assert_eq!(lifetime(bad).unwrap_err().0[0].key, "jwt.exp", "{bad}");
    }
}

#[test]
fn a_short_secret_is_refused_without_being_repeated() {
    let [key, problem, remedy] = fault(&sound("secret = 'hunter2'"));

    assert_eq!((&*key, &*problem), ("jwt.secret", "has 7 bytes, and HS256 needs 32"));
    assert!(!remedy.contains("hunter2"));
    let [key, problem, _] = fault(&sound(&format!("secrets = ['{SECRET}', 'hunter2']")));
    assert_eq!((&*key, &*problem), ("jwt.secrets", "item 2 has 7 bytes, and HS256 needs 32"));
    let [_, problem, remedy] = fault(&sound("secrets = ['file:s', 'hunter2']"));
    assert_eq!(problem, "item 2 has 7 bytes, and HS256 needs 32");
    // What goes into the variable of the other setting would stand beside these.
    assert!(remedy.contains("TESSERA_JWT__SECRETS") && !remedy.contains("TESSERA_JWT__SECRET,"));
    assert_eq!(fault(&sound("secrets = ['file:']"))[1], "item 1 names no file");
}

#[test]
fn a_secret_that_is_blank_or_one_character_is_refused() {
    let problem = "is blank, or one character over and over, which anybody can guess";
    for weak in [" ".repeat(42), "a".repeat(42), format!("{} ä", " ".repeat(42))] {
        assert_eq!(judge_secret(&weak, true).unwrap_err(), problem, "{weak:?}");
        assert_eq!(fault(&sound(&format!("secret = '{weak}'")))[..2], ["jwt.secret", problem]);
    }
    assert!(judge_secret(&format!("{}b", "a".repeat(42)), true).is_ok());
}

#[test]
fn the_sample_is_known_in_any_case_of_letters() {
    let shouted = format!(" {}", SAMPLE.to_uppercase());

    assert!(judge_secret(&shouted, true).is_ok());
    assert!(judge_secret(&shouted, false).unwrap_err().starts_with("is the sample"));
    assert!(!loaded(&sound(&format!("secret = '{shouted}'"))).unwrap().notes.is_empty());
}

#[test]
fn a_secret_belongs_to_hs256_and_stands_once() {
    let of_key = format!("iss = 'me'\nexp = 60\nsecret = '{SECRET}'");
    assert_eq!(fault(&of_key)[1], "is set, and jwt.alg is ES256, which has no secret");

    let twice = sound(&format!("secret = '{SECRET}'\nsecrets = ['{SECRET}']"));
    assert_eq!(fault(&twice)[..2], ["jwt.secret", "stands beside jwt.secrets"].map(str::to_owned));
    assert_eq!(fault(&sound("secret = 'file:'"))[1], "names no file");
}

#[test]
fn the_printed_sample_is_refused_off_loopback_and_noted_on_it() {
    let section = format!("[jwt]\n{}", sound(&format!("secret = '{SAMPLE}'")));

    let here = parse(Some(("config.toml", &section)), []).unwrap();
    assert!(here.notes[0].starts_with("jwt.secret is the sample"), "{:?}", here.notes);

    for public in [
        "server.issuer = 'https://id.example'\n",
        "server.issuer = 'https://id.example'\nserver.listen = '0.0.0.0:80'\n\
         server.trusted_proxies = ['10.0.0.1']\n",
    ] {
        let refused = parse(Some(("config.toml", &format!("{public}{section}"))), []);
        let faults = refused.unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:?}");
        let problem = "is the sample of a public documentation, which everybody knows";
        assert_eq!((&*faults[0].key, &*faults[0].problem), ("jwt.secret", problem));
    }
    for (secrets, number) in [(format!("'{SAMPLE}'"), 1), (format!("'file:s', '{SAMPLE}'"), 2)] {
        let jwt = sound(&format!("secrets = [{secrets}]"));
        let text = format!("server.issuer = 'https://id.example'\n[jwt]\n{jwt}");
        let faults = parse(Some(("config.toml", &text)), []).unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].key, "jwt.secrets");
        assert!(faults[0].problem.starts_with(&format!("item {number} is the sample")));
    }
}

#[test]
fn no_secret_is_ever_shown() {
    let text = sound(&format!("secrets = ['file:/run/secrets/jwt', '{SECRET}', '{SECRET}x']"));
    let loaded = loaded(&text).unwrap();

    let shown = format!("{loaded:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    let setting = loaded.settings.iter().find(|setting| setting.path == "jwt.secrets").unwrap();
    assert_eq!(setting.value, "file:/run/secrets/jwt, ****, ****");
}

#[test]
fn an_audience_that_is_not_to_be_said_is_none() {
    let jwt = |more: &str| loaded(&format!("iss = 'me'\nexp = 60\naud = 'app'\n{more}"));

    assert_eq!(jwt("").unwrap().config.jwt.unwrap().audience.as_deref(), Some("app"));
    assert_eq!(jwt("emit_aud = false").unwrap().config.jwt.unwrap().audience, None);
    let ours = jwt("").unwrap().config.shared();
    assert_eq!((&*ours["jwt.iss"], &*ours["jwt.exp"], &*ours["jwt.alg"]), ("me", "60", "ES256"));
}
