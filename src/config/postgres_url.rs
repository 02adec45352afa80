//! The address of a PostgreSQL database: what may stand in it, and how it is shown.

use url::Url;

use crate::model::postgres_hosts::{MOST_HOSTS, PostgresHosts, split_port};

use super::fault::Wrong;

const MASK: &str = "****";

/// The parameters that a PostgreSQL address may have.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "target_session_attrs",
    "user",
];

const SSL_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// The parameters that name a host as well.
const PLACES: &[&str] = &["host", "hostaddr", "port"];

const REMEDY: &str = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters \
                      of the password as %XX";

/// Makes sure that the driver understands all of an address.
pub(super) fn check(text: &str) -> Result<(), Wrong> {
    let Some(hosts) = PostgresHosts::of(text) else {
        return Err(Wrong::new("has no // after its scheme", REMEDY));
    };
    if hosts.are_several() {
        check_hosts(&hosts)?;
    }
    // They differ in nothing else.
    let Ok(url) = Url::parse(&hosts.with_first_alone()) else {
        return Err(Wrong::new("is no URL", REMEDY));
    };
    // A #, / or ? in a password ends the host early; what follows would be shown unmasked.
    let rest = [url.path(), url.query().unwrap_or_default()];
    if url.fragment().is_some() || rest.iter().any(|part| part.contains('@')) {
        return Err(Wrong::new("has a # or an @ where none may stand", REMEDY));
    }
    check_parameters(&url, hosts.are_several())?;
    check_wanted(&hosts)
}

/// Makes sure that each of several hosts is one. What a host may be a part of a password is told
/// apart before any is shown.
fn check_hosts(hosts: &PostgresHosts<'_>) -> Result<(), Wrong> {
    if hosts.after().contains(['@', '#']) {
        return Err(Wrong::new("has a # or an @ where none may stand", REMEDY));
    }
    let count = hosts.hosts().len();
    if count > MOST_HOSTS {
        let problem = format!("names {count} hosts");
        return Err(Wrong::new(problem, format!("name at most {MOST_HOSTS}")));
    }
    for (number, host) in hosts.hosts().iter().enumerate() {
        check_host(host).map_err(|(problem, remedy)| {
            Wrong::new(format!("{problem} (number {} of {count})", number + 1), remedy)
        })?;
    }
    match hosts.twice() {
        None => Ok(()),
        Some(host) => {
            Err(Wrong::new(format!("names the host {host} twice"), "name each host once"))
        }
    }
}

fn check_host(host: &str) -> Result<(), (&'static str, &'static str)> {
    let (name, port) = split_port(host);
    if host.is_empty() {
        return Err(("has a comma without a host", "write HOST:PORT,HOST:PORT"));
    }
    if name.to_ascii_lowercase().starts_with("%2f") {
        let remedy = "a socket leads to one server: name it alone, or name hosts";
        return Err(("has a unix socket among several hosts", remedy));
    }
    if !name.starts_with('[') && port.contains(':') {
        return Err(("has an IPv6 address without brackets", "write [ADDRESS]:PORT"));
    }
    if !port.is_empty() && !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err(("has a port that is no number from 1 to 65535", "write HOST:PORT,HOST:PORT"));
    }
    if Url::parse(&format!("postgres://{host}/")).is_err() {
        return Err(("has a host that is none", "write HOST:PORT,HOST:PORT"));
    }
    Ok(())
}

fn check_parameters(url: &Url, has_several_hosts: bool) -> Result<(), Wrong> {
    // The driver would ignore what it does not know, and log it.
    let unknown = url.query_pairs().find(|(name, _)| !PARAMETERS.contains(&&**name));
    if let Some((name, _)) = unknown {
        let problem = format!("has a parameter {name:?} that PostgreSQL does not have here");
        return Err(Wrong::new(problem, format!("use one of: {}", PARAMETERS.join(", "))));
    }
    let modes = url.query_pairs().filter(|(name, _)| name == "sslmode");
    if modes.into_iter().any(|(_, mode)| !SSL_MODES.contains(&&*mode)) {
        let remedy = format!("use one of: {}", SSL_MODES.join(", "));
        return Err(Wrong::new("has an unknown sslmode", remedy));
    }
    let remedy = "write them before the path: postgres://USER@HOST:PORT,HOST:PORT/DATABASE";
    for (name, value) in url.query_pairs().filter(|(name, _)| PLACES.contains(&&**name)) {
        if has_several_hosts {
            let problem = format!("has several hosts, and a parameter {name:?} beside them");
            return Err(Wrong::new(problem, remedy));
        }
        if value.contains(',') {
            return Err(Wrong::new(format!("has several hosts in a parameter {name:?}"), remedy));
        }
    }
    Ok(())
}

/// Makes sure that the server that is wanted is one that we can work with.
fn check_wanted(hosts: &PostgresHosts<'_>) -> Result<(), Wrong> {
    let wanted: Vec<_> = hosts.wanted().collect();
    let usual = "leave out target_session_attrs, or use read-write";
    let problem = match wanted.as_slice() {
        [] | ["read-write" | "primary"] => return Ok(()),
        ["any"] if !hosts.are_several() => return Ok(()),
        // What was revoked is alive there for a while.
        ["any"] => "takes any of several hosts, and so a standby (target_session_attrs=any)",
        ["read-only" | "standby" | "prefer-standby"] => {
            "wants a server that takes no writes (target_session_attrs)"
        }
        [_] => "has an unknown target_session_attrs",
        _ => "has target_session_attrs more than once",
    };
    Err(Wrong::new(problem, usual))
}

/// The address as it may be shown. Nothing of one that is not understood may be.
pub(super) fn masked(url: &str) -> String {
    let understood = PostgresHosts::of(url).filter(|_| check(url).is_ok());
    let masked = understood.and_then(|hosts| {
        let url = Url::parse(&hosts.with_first_alone()).ok()?;
        hosts.spread_over(&mask_passwords(url))
    });
    masked.unwrap_or_else(|| format!("postgres://{MASK}"))
}

/// Whether a password stands in it.
pub(super) fn has_password(url: &str) -> bool {
    let first = PostgresHosts::of(url).map(|hosts| hosts.with_first_alone());
    first.and_then(|first| Url::parse(&first).ok()).is_some_and(|url| {
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
    })
}

/// PostgreSQL reads passwords, and private keys, from the query too.
fn mask_passwords(mut url: Url) -> String {
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return format!("postgres://{MASK}");
    }
    let Some(query) = url.query() else { return url.into() };
    let masked: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if !is_harmless(name) => format!("{name}={MASK}"),
            _ => pair.to_owned(),
        })
        .collect();
    url.set_query(Some(&masked.join("&")));
    url.into()
}

fn is_harmless(name: &str) -> bool {
    [
        "application_name",
        "dbname",
        "host",
        "hostaddr",
        "port",
        "sslmode",
        "target_session_attrs",
        "user",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests;
