//! What a certificate says: for whom it stands, and for how long.

use std::{fmt, net::IpAddr, path::Path};

use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName},
    server::ParsedCertificate,
};
use x509_parser::{
    extensions::GeneralName,
    parse_x509_certificate,
    prelude::{ASN1Time, X509Certificate},
};

use crate::model::{issuer::Issuer, timestamp::Timestamp};

use super::TlsFault;

/// A certificate is renewed in good time; below so many days, something keeps it from being.
const FEW_DAYS: i64 = 14;

/// The certificate of this server, without those that vouch for it.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The names and addresses that it stands for.
    pub names: Vec<String>,
    /// The first second at which it is good.
    pub not_before: Timestamp,
    /// The last second at which it is good.
    pub not_after: Timestamp,
    der: CertificateDer<'static>,
}

impl Certificate {
    /// Reads what `der`, out of the file at `path`, says.
    pub(super) fn read(path: &Path, der: &CertificateDer<'static>) -> Result<Self, TlsFault> {
        let unsound = || {
            let problem = format!("{} holds a certificate that can't be read", path.display());
            TlsFault::cert(problem, "ask whoever issued it for an X.509 certificate, version 3")
        };
        let (_, parsed) = parse_x509_certificate(der).map_err(|_| unsound())?;
        let at = |time: &ASN1Time| Timestamp::from_seconds(time.timestamp());
        let validity = parsed.validity();
        Ok(Self {
            names: names(&parsed).ok_or_else(unsound)?,
            not_before: at(&validity.not_before),
            not_after: at(&validity.not_after),
            der: der.clone(),
        })
    }

    /// Refuses a certificate that is not good at `now`. `path` is the file it came from.
    pub(super) fn judge(&self, path: &Path, now: Timestamp) -> Result<(), TlsFault> {
        let (path, now) = (path.display(), now.floor_to_second());
        if now < self.not_before {
            let from = self.not_before.rfc3339();
            let problem = format!("{path} holds a certificate that is not good before {from}");
            return Err(TlsFault::cert(problem, "check this machine's clock, or wait with it"));
        }
        if now > self.not_after {
            let end = self.not_after.rfc3339();
            let problem = format!("{path} holds a certificate that ended at {end}");
            return Err(TlsFault::cert(problem, "renew it, or check this machine's clock"));
        }
        Ok(())
    }

    /// How many whole days it is still good for; negative once it has ended.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.seconds() - now.seconds()).div_euclid(86_400)
    }

    /// Whether it stands for the host of `issuer`, as clients compare names (RFC 9525 §6.3).
    #[must_use]
    pub fn covers(&self, issuer: &Issuer) -> bool {
        let parsed = ParsedCertificate::try_from(&self.der);
        let (Ok(parsed), Ok(host)) = (parsed, ServerName::try_from(issuer.host())) else {
            return false;
        };
        verify_server_name(&parsed, &host).is_ok()
    }

    /// What an operator should know of it: sentences without a full stop. Nothing in them keeps us
    /// from starting.
    #[must_use]
    pub fn remarks(&self, issuer: &Issuer, now: Timestamp) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.covers(issuer) {
            remarks.push(format!(
                "The certificate stands for {self}, and server.issuer is {}. Clients that go \
                 there will refuse it, unless a proxy in front has its own",
                issuer.as_str()
            ));
        }
        let days = self.days_left(now);
        if days < FEW_DAYS {
            remarks.push(format!("The certificate ends in {days} days. Renew it"));
        }
        remarks
    }
}

impl fmt::Display for Certificate {
    /// The names, or that there are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.as_slice() {
            [] => f.write_str("no name"),
            names => f.write_str(&names.join(", ")),
        }
    }
}

/// The subject's alternative names: the only ones that clients look at. `None` where they cannot
/// be read.
fn names(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let Some(names) = certificate.subject_alternative_name().ok()? else { return Some(Vec::new()) };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    Some(names.value.general_names.iter().filter_map(name).collect())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
