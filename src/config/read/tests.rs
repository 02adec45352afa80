use super::*;
use crate::config::{KEYS, Kind, Source, parse};

fn with(variable: &str, value: &str) -> Result<Config, String> {
    match parse(None, [(variable.to_owned(), value.to_owned())]) {
        Ok(loaded) => Ok(loaded.config),
        Err(faults) => Err(faults.0[0].problem.clone()),
    }
}

#[test]
fn every_key_reaches_the_typed_result() {
    let default = format!("{:?}", Config::default());
    // Those of `jwt` mean nothing one by one, and are tested beside their reader.
    for key in KEYS.iter().filter(|key| !key.path.starts_with("jwt.")) {
        let value = match (key.path, key.kind) {
            ("server.listen" | "admin.listen" | "metrics.listen", _) => "127.0.0.1:9".to_owned(),
            ("server.issuer" | "admin.url", _) => "https://id.example".to_owned(),
            ("store.url", _) => "sqlite:other.db".to_owned(),
            ("keys.master", _) => "file:master".to_owned(),
            ("keys.file", _) => "keys.pem".to_owned(),
            ("declare", _) => "state.toml, users.toml".to_owned(),
            ("tokens.reference.prefix", _) => "acm_".to_owned(),
            ("tracing.otlp_endpoint", _) if !cfg!(feature = "otel") => continue,
            ("tracing.otlp_endpoint", _) => "http://127.0.0.1:4318".to_owned(),
            ("mail.smtp", _) => "smtp://127.0.0.1:25".to_owned(),
            // Means nothing without the one before, and is tested beside its reader.
            ("mail.from", _) => continue,
            ("tracing.sample", _) => "0.5".to_owned(),
            ("sessions.acr", _) => "1".to_owned(),
            (_, Kind::Boolean) => if key.default == "true" { "false" } else { "true" }.to_owned(),
            (_, Kind::Integer { most, .. }) => most.to_string(),
            (_, Kind::Duration { most, .. } | Kind::Seconds { most, .. }) => most.to_owned(),
            (_, Kind::Choice(words)) => words[words.len() - 1].to_owned(),
            ("server.trusted_proxies", _) => "10.0.0.0/8".to_owned(),
            ("server.tls.cert" | "server.tls.key", _) => "file.pem".to_owned(),
            // Stands in the file only, and is tested beside its reader.
            (_, Kind::Tables(_)) => continue,
            (path, Kind::Text(_) | Kind::List(_)) => {
                panic!("this test needs a value for {path}")
            }
        };

        // Read and not loaded: some need another beside them, which is for the rules to say.
        let mut values = Values::default();
        values.give(key, value, Source::Default);
        let config = Config::read(&mut values);
        assert!(values.into_outcome().0.is_empty(), "{}", key.path);

        assert_ne!(format!("{config:?}"), default, "{}", key.path);
    }
}

#[test]
fn every_word_of_the_table_is_in_use() {
    for key in KEYS {
        let Kind::Choice(words) = key.kind else { continue };
        for word in words {
            // What one word of a key wants of other keys is for the rules to say.
            let mut values = Values::default();
            values.give(key, (*word).to_owned(), Source::Default);
            Config::read(&mut values);
            let faults = values.into_outcome().0;
            assert!(faults.iter().all(|fault| fault.key != key.path), "{} {word}", key.path);
        }
    }
}

#[test]
fn no_secret_is_of_a_kind_whose_refusal_repeats_the_value() {
    for key in KEYS.iter().filter(|key| key.secret) {
        // Of a list, that an item is empty is all that the kind refuses.
        assert!(matches!(key.kind, Kind::Text(_) | Kind::List(_)), "{}", key.path);
    }
}

#[test]
fn an_address_is_an_ip_address_and_a_port() {
    assert!(with("TESSERA_SERVER__LISTEN", "[::1]:0").is_ok());
    for text in ["", "localhost:8080", "127.0.0.1", "127.0.0.1:65536", ":8080"] {
        assert_eq!(
            with("TESSERA_SERVER__LISTEN", text).unwrap_err(),
            format!("{text:?} is no IP address and port")
        );
    }
    assert_eq!(with("TESSERA_METRICS__LISTEN", "").unwrap().metrics.listen, None);
}

#[test]
fn an_issuer_is_refused_without_repeating_it() {
    let problem = with("TESSERA_SERVER__ISSUER", "https://id.example/hunter2/").unwrap_err();

    assert!(problem.starts_with("can't be our issuer: "), "{problem}");
    assert!(!problem.contains("hunter2"));
}

#[test]
fn traces_need_a_build_that_can_send_them_and_a_collector_without_tls() {
    let problem = |text| with("TESSERA_TRACING__OTLP_ENDPOINT", text).unwrap_err();
    if !cfg!(feature = "otel") {
        let text = "needs a build with OpenTelemetry, which this is not";
        assert_eq!(problem("http://127.0.0.1:4318"), text);
        return;
    }
    assert!(with("TESSERA_TRACING__OTLP_ENDPOINT", "http://[::1]:4318/otel").is_ok());
    for text in ["127.0.0.1:4318", "https://c.example", "http://u:p@c", "http://c?x=y", "x"] {
        assert_eq!(problem(text), "is no http URL without user and query", "{text}");
    }
}

#[test]
fn a_sample_is_a_part_of_the_whole() {
    for text in ["0", "1", "0.01", "1e-3"] {
        assert!(with("TESSERA_TRACING__SAMPLE", text).is_ok(), "{text}");
    }
    for text in ["", "1.1", "-0.1", "NaN", "inf", "1%", "half"] {
        let problem = with("TESSERA_TRACING__SAMPLE", text).unwrap_err();
        assert_eq!(problem, format!("{text:?} is no part of 1"));
    }
}

#[test]
fn a_prefix_has_2_to_4_or_7_to_9_characters() {
    for text in ["", "a_", "ab_", "a1b_", "abcdef_", "abcdefg_", "abcdefg8_"] {
        assert!(prefix(text).is_ok(), "{text}");
    }
    for text in ["_", "a", "1a_", "A_", "a-b_", "a__", "é_", "abcdefghi_"] {
        assert_eq!(prefix(text).unwrap_err().problem, format!("{text:?} is no prefix"));
    }
    for text in ["acme_", "acme1_"] {
        assert!(prefix(text).unwrap_err().problem.contains("another form of token"), "{text}");
    }
}
