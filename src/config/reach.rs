//! How we are reached: what must hold so that nothing travels in the clear (RFC 6749 §10.3).

use super::{fault::Wrong, rules::Rule, typed::Config};
use crate::model::issuer::Issuer;

pub(super) const RULES: &[Rule] = &[
    Rule { keys: &["server.tls.cert", "server.tls.key"], breach: a_key_needs_its_certificate },
    Rule { keys: &["server.tls.key", "server.tls.cert"], breach: a_certificate_needs_its_key },
    Rule { keys: &["server.issuer"], breach: a_public_issuer_is_https },
    Rule {
        keys: &["server.issuer", "server.tls.cert", "server.tls.key"],
        breach: an_issuer_says_what_we_speak,
    },
    Rule {
        keys: &["server.listen", "server.tls.cert", "server.tls.key", "server.trusted_proxies"],
        breach: a_public_address_needs_tls,
    },
    Rule { keys: &["server.listen", "server.issuer"], breach: a_public_address_needs_https },
];

fn a_key_needs_its_certificate(config: &Config) -> Option<Wrong> {
    let tls = &config.server.tls;
    let breach = tls.cert.is_none() && tls.key.is_some();
    breach.then(|| {
        let remedy = "name the PEM file with the certificate, or leave both empty";
        Wrong::new("is empty, while server.tls.key is set", remedy)
    })
}

fn a_certificate_needs_its_key(config: &Config) -> Option<Wrong> {
    let tls = &config.server.tls;
    let breach = tls.cert.is_some() && tls.key.is_none();
    breach.then(|| {
        let remedy = "name the PEM file with the private key, or leave both empty";
        Wrong::new("is empty, while server.tls.cert is set", remedy)
    })
}

/// RFC 8414 §2: an issuer is https. We allow http on this machine, for trying out.
fn a_public_issuer_is_https(config: &Config) -> Option<Wrong> {
    let issuer = config.server.issuer.as_ref()?;
    let breach = !issuer.is_https() && !issuer.is_loopback();
    breach.then(|| {
        Wrong::new(
            format!("is {}, and only an issuer on this machine may be http", issuer.as_str()),
            "write the https address clients use, even if a proxy speaks TLS for us",
        )
    })
}

/// Whoever follows an http address to a listener that speaks TLS only learns nothing.
fn an_issuer_says_what_we_speak(config: &Config) -> Option<Wrong> {
    let issuer = config.server.issuer.as_ref()?;
    // One that is not on this machine is refused already.
    let breach = config.server.tls.files().is_some() && !issuer.is_https() && issuer.is_loopback();
    breach.then(|| {
        Wrong::new(
            format!("is {}, while server.tls makes us speak TLS only", issuer.as_str()),
            "write https, or leave server.tls.cert and server.tls.key empty",
        )
    })
}

/// Clients are told our addresses by the issuer, and must be told https ones.
fn a_public_address_needs_https(config: &Config) -> Option<Wrong> {
    let listen = config.server.listen;
    let is_https = config.server.issuer.as_ref().is_some_and(Issuer::is_https);
    let breach = is_public(config) && !is_https;
    breach.then(|| {
        Wrong::new(
            format!("is {listen}, which others can reach, while server.issuer is not https"),
            "write the https address clients use into server.issuer, or listen on 127.0.0.1",
        )
    })
}

/// Secrets and tokens must not travel in the clear: either we speak TLS, or whoever comes by http
/// is a proxy that speaks it for us.
fn a_public_address_needs_tls(config: &Config) -> Option<Wrong> {
    let server = &config.server;
    let is_covered = server.tls.files().is_some() || !server.trusted_proxies.is_empty();
    let breach = is_public(config) && !is_covered;
    breach.then(|| {
        Wrong::new(
            format!("is {}, which others can reach by plain http", server.listen),
            "set server.tls.cert and server.tls.key, or name the proxy that speaks TLS for us in \
             server.trusted_proxies; server.issuer is then https; or listen on 127.0.0.1",
        )
    })
}

fn is_public(config: &Config) -> bool {
    !config.server.listen.ip().to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    const HTTPS: &str = "server.issuer = 'https://id.example'\n";
    const TLS: &str = "server.tls.cert = 'cert.pem'\nserver.tls.key = 'key.pem'\n";
    const PROXY: &str = "server.trusted_proxies = ['10.0.0.1']\n";

    /// Key and problem of every fault in these lines of TOML.
    fn breaches(lines: &[&str]) -> Vec<(String, String)> {
        match parse(Some(("config.toml", &lines.concat())), []) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.0.into_iter().map(|fault| (fault.key, fault.problem)).collect(),
        }
    }

    fn breach(key: &str, problem: &str) -> Vec<(String, String)> {
        vec![(key.to_owned(), problem.to_owned())]
    }

    #[test]
    fn an_http_issuer_must_be_this_machine() {
        assert_eq!(
            breaches(&["server.issuer = 'http://id.example'"]),
            breach(
                "server.issuer",
                "is http://id.example, and only an issuer on this machine may be http"
            )
        );
        assert_eq!(breaches(&["server.issuer = 'http://localhost:8080'"]), []);
        assert_eq!(breaches(&[HTTPS]), []);
    }

    #[test]
    fn an_address_that_others_reach_needs_an_https_issuer_and_tls_before_or_in_us() {
        for address in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            let listen = &format!("server.listen = '{address}'\n");
            let no_issuer =
                format!("is {address}, which others can reach, while server.issuer is not https");
            let in_the_clear = format!("is {address}, which others can reach by plain http");

            assert_eq!(breaches(&[listen, TLS]), breach("server.listen", &no_issuer));
            assert_eq!(
                breaches(&[listen, PROXY, "server.issuer = 'http://localhost'"]),
                breach("server.listen", &no_issuer)
            );
            assert_eq!(breaches(&[listen, HTTPS]), breach("server.listen", &in_the_clear));
            assert_eq!(breaches(&[listen]), breach("server.listen", &in_the_clear));
            assert_eq!(breaches(&[listen, HTTPS, PROXY]), []);
            assert_eq!(breaches(&[listen, HTTPS, TLS]), []);
        }
        assert_eq!(breaches(&["server.listen = '[::ffff:127.0.0.1]:80'"]), []);
    }

    #[test]
    fn certificate_and_key_come_together() {
        assert_eq!(
            breaches(&["server.tls.cert = 'cert.pem'"]),
            breach("server.tls.key", "is empty, while server.tls.cert is set")
        );
        assert_eq!(
            breaches(&["server.tls.key = 'key.pem'"]),
            breach("server.tls.cert", "is empty, while server.tls.key is set")
        );
        assert_eq!(breaches(&[TLS]), []);
    }

    #[test]
    fn who_speaks_tls_has_no_http_issuer() {
        assert_eq!(
            breaches(&[TLS, "server.issuer = 'http://localhost:8080'"]),
            breach(
                "server.issuer",
                "is http://localhost:8080, while server.tls makes us speak TLS only"
            )
        );
        assert_eq!(breaches(&[TLS, "server.issuer = 'https://localhost:8080'"]), []);
    }

    #[test]
    fn a_network_that_is_none_is_named() {
        assert_eq!(
            breaches(&["server.trusted_proxies = ['10.0.0.1', '10.0.0.1/8']"]),
            breach("server.trusted_proxies", "\"10.0.0.1/8\" has bits set behind its prefix")
        );
    }
}
