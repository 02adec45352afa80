//! Where it listens, and what it logs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Reading, Section};
use crate::config::import::set;

/// Where the first version has its port.
const FIRST: &str = "bind_address";

/// Where Auth-O-Tron shows metrics, unless it is told otherwise.
const METRICS_PORT: u16 = 9090;

/// An address to listen at, as the old settings state it.
struct Stated<'s> {
    /// The key and its line.
    at: (&'s str, usize),
    host: Option<&'s str>,
    port: u16,
}

impl Reading<'_> {
    pub(super) fn server(&mut self, whole: &mut Section<'_>, is_first: bool) {
        let first = whole.text(FIRST, &mut self.remarks);
        let server = whole.section("server", &mut self.remarks);
        let listen = match (server, first) {
            (Some(mut server), None) if !is_first => {
                let host = server.text("host", &mut self.remarks);
                server.require("port", &mut self.remarks);
                let port = server.number("port", &mut self.remarks);
                let line = host.map_or(server.line, |(_, line)| line);
                server.finish(&mut self.remarks, ["host", "port"]);
                let port = port.and_then(|port| self.port("server.port", port));
                let host = host.map(|(host, _)| host);
                port.map(|port| Stated { at: ("server.host", line), host, port })
            }
            (None, Some((text, line))) => self.bind_address(text, line),
            (Some(server), _) => {
                let problem = "is of version 2.0.0, and bind_address of 1.0.0";
                let remedy = "keep the one that belongs to the version";
                self.remarks.refuse(("server", server.line), problem, remedy);
                None
            }
            (None, None) => None,
        };
        let address = listen.map(|listen| self.listen(&listen));
        self.metrics(whole, address);
    }

    fn port(&mut self, key: &str, (port, line): (i64, usize)) -> Option<u16> {
        let sound = u16::try_from(port).ok();
        if sound.is_none() {
            let problem = format!("is {port}, which is no port");
            self.remarks.refuse((key, line), problem, "write 1 to 65535");
        }
        sound
    }

    /// `host:port`, where an IPv6 address may stand in brackets or not.
    fn bind_address<'t>(&mut self, text: &'t str, line: usize) -> Option<Stated<'t>> {
        let parted = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        let parted = parted.and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let Some((host, port)) = parted else {
            let remedy = "write it as 127.0.0.1:8080";
            self.remarks.refuse((FIRST, line), "is no host and port", remedy);
            return None;
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(Stated { at: (FIRST, line), host: Some(host), port })
    }

    /// Sets where we listen: on this machine alone, until somebody says who speaks TLS.
    fn listen(&mut self, stated: &Stated<'_>) -> SocketAddr {
        let host = match stated.host {
            None => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            Some("localhost") => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Some(host) => host.parse().ok(),
        };
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, stated.port));
        let remedy = |address: &str| {
            format!(
                "to be reached from elsewhere, set server.listen = \"{address}\", server.issuer, \
                 and server.tls or server.trusted_proxies"
            )
        };
        let address = match host {
            Some(host) if host.is_loopback() => SocketAddr::from((host, stated.port)),
            Some(host) => {
                let wanted = SocketAddr::from((host, stated.port)).to_string();
                let problem = match stated.host {
                    Some(_) => format!("is {host}: other machines are not answered by plain http"),
                    None => format!(
                        "is not there, which means {host}: other machines are not answered by \
                         plain http"
                    ),
                };
                match stated.host {
                    Some(_) => self.remarks.leave_out(stated.at, problem, remedy(&wanted)),
                    None => self.remarks.note(stated.at, problem, remedy(&wanted)),
                }
                here
            }
            None => {
                let problem = "is a name, and an address is needed here";
                self.remarks.leave_out(
                    stated.at,
                    problem,
                    remedy(&format!("0.0.0.0:{}", stated.port)),
                );
                here
            }
        };
        self.settings.push(set("server.listen", address.to_string(), ""));
        address
    }

    fn metrics(&mut self, whole: &mut Section<'_>, address: Option<SocketAddr>) {
        let Some(mut metrics) = whole.section("metrics", &mut self.remarks) else {
            if let Some(address) = address {
                let problem = "is not there: Auth-O-Tron shows metrics at port 9090 then";
                let remedy = "nothing; here they are at 127.0.0.1:9464";
                self.remarks.note(("metrics", 1), problem, remedy);
                self.differ(METRICS_PORT, address.port(), ("metrics.port", 1));
            }
            return;
        };
        let enabled = metrics.boolean("enabled", &mut self.remarks);
        let line = metrics.line;
        if enabled.is_some_and(|(enabled, _)| !enabled) {
            let remedy = "nothing, as long as no metrics are wanted; else set metrics.listen";
            self.unused(&mut metrics, "port", ("metrics.enabled", remedy));
            metrics.finish(&mut self.remarks, ["enabled", "port"]);
            self.settings.push(set("metrics.listen", "", ""));
            return;
        }
        let port = metrics.number("port", &mut self.remarks);
        metrics.finish(&mut self.remarks, ["enabled", "port"]);
        let stated = port.unwrap_or((METRICS_PORT.into(), line));
        let Some(port) = self.port("metrics.port", stated) else { return };
        if address
            .is_none_or(|address| self.differ(port, address.port(), ("metrics.port", stated.1)))
        {
            let host = address.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip());
            self.settings.push(set(
                "metrics.listen",
                SocketAddr::from((host, port)).to_string(),
                "",
            ));
        }
    }

    /// Whether metrics and everything else have ports of their own.
    fn differ(&mut self, metrics: u16, server: u16, at: (&str, usize)) -> bool {
        if metrics == server {
            let problem = format!("is {metrics}, as the port for everything else is");
            self.remarks.refuse(
                at,
                problem,
                "choose another one: Auth-O-Tron would not start either",
            );
        }
        metrics != server
    }

    pub(super) fn logging(&mut self, whole: &mut Section<'_>) {
        let Some(mut logging) = whole.section("logging", &mut self.remarks) else { return };
        if let Some((level, line)) = logging.text("level", &mut self.remarks) {
            let folded = level.to_ascii_lowercase();
            if ["error", "warn", "info", "debug", "trace"].contains(&folded.as_str()) {
                self.settings.push(set("log.level", folded, ""));
            } else {
                let problem = "is no level but a filter by module";
                let remedy = "set log.level to error, warn, info, debug or trace";
                self.remarks.leave_out(("logging.level", line), problem, remedy);
            }
        }
        if let Some((format, line)) = logging.text("format", &mut self.remarks) {
            match format {
                "json" => self.settings.push(set("log.format", "json", "")),
                "console" => self.settings.push(set("log.format", "text", "")),
                _ => {
                    let problem = "is no format that Auth-O-Tron has";
                    let remedy = "set log.format to text or json";
                    self.remarks.leave_out(("logging.format", line), problem, remedy);
                }
            }
        }
        for key in ["service_name", "service_version"] {
            if let Some(entry) = logging.entry(key) {
                let problem = "has no counterpart: the log names itself";
                let remedy = "add a label where logs are collected";
                self.remarks.leave_out((&logging.name(key), entry.line), problem, remedy);
            }
        }
        logging.finish(&mut self.remarks, ["level", "format", "service_name", "service_version"]);
    }

    pub(super) fn legacy_headers(&mut self, whole: &mut Section<'_>) {
        if let Some((true, _)) = whole.boolean("include_legacy_headers", &mut self.remarks) {
            let why = "X-Auth-Username, X-Auth-Realm and X-Auth-Roles beside the JWT.";
            self.settings.push(set("forward_auth.headers", true, why));
        }
    }
}
