//! The certificate that we speak TLS with: read, judged, held, and exchanged while we run.
//!
//! Handshakes that begin after an exchange see the new certificate; connections that stand go on.
//! Each certificate has a configuration of its own, and with it its own memory of sessions: nobody
//! can resume one that began under another certificate.

mod certificate;
mod fault;
mod files;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use metrics::gauge;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::{
    app::Clock,
    model::{secret::Sha256, timestamp::Timestamp},
};

pub use certificate::Certificate;
pub use fault::TlsFault;

/// How often the files are looked at: whoever renews certificates sends no signal.
pub const LOOK_EVERY: Duration = Duration::from_mins(1);

/// A certificate and its key, and the files they come from.
#[derive(Debug)]
pub struct Tls {
    held: ArcSwap<Held>,
    /// Two at once could put the older certificate last.
    exchanging: Mutex<()>,
}

#[derive(Debug)]
struct Held {
    cert_path: PathBuf,
    key_path: PathBuf,
    /// What was read from them.
    content: [Sha256; 2],
    certificate: Arc<Certificate>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the PEM files `cert` (the server's certificate, then the intermediate ones) and `key`
    /// and judges them at `now`.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with the setting that it is about and a remedy.
    pub fn load(cert: &Path, key: &Path, now: Timestamp) -> Result<Self, TlsFault> {
        let held = ArcSwap::from_pointee(Held::load(cert, key, now)?);
        Ok(Self { held, exchanging: Mutex::new(()) })
    }

    /// Reads the files anew and takes what they hold, if it is another certificate and a sound one.
    /// Returns whether it did. It waits for the disk.
    ///
    /// # Errors
    ///
    /// What is wrong with the files. What was held stays in force.
    pub fn reload(&self, now: Timestamp) -> Result<bool, TlsFault> {
        let _turn = self.exchanging.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held.load();
        let fresh = Held::load(&held.cert_path, &held.key_path, now)?;
        Ok(self.hold(Arc::new(fresh)))
    }

    /// Takes what `other` holds, and its files from now on: for settings that were read anew and
    /// name others.
    pub fn adopt(&self, other: &Self) {
        let _turn = self.exchanging.lock().unwrap_or_else(PoisonError::into_inner);
        self.hold(other.held.load_full());
    }

    /// The certificate in force.
    #[must_use]
    pub fn certificate(&self) -> Arc<Certificate> {
        Arc::clone(&self.held.load().certificate)
    }

    /// Looks every `interval` whether the files changed, and takes what they hold then, until
    /// `stop` turns true. A fault is logged once, not each time.
    pub async fn keep_up(
        self: Arc<Self>,
        clock: Clock,
        interval: Duration,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut told = None;
        self.publish();
        while tokio::time::timeout(interval, stop.wait_for(|stop| *stop)).await.is_err() {
            let (tls, now) = (Arc::clone(&self), clock.now());
            let Ok(outcome) = tokio::task::spawn_blocking(move || tls.reload(now)).await else {
                continue;
            };
            let fault = outcome.err();
            if let Some(new) = fault.as_ref().filter(|_| told != fault) {
                let (key, next) = (new.key, &new.remedy);
                tracing::error!(
                    event = "certificate.not_taken",
                    key,
                    next,
                    "kept the certificate in force: {new}"
                );
            }
            told = fault;
        }
    }

    /// What shakes hands with the certificate in force.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.held.load().config))
    }

    /// Holds `fresh` from now on, if it is another. Returns whether it is.
    fn hold(&self, fresh: Arc<Held>) -> bool {
        if fresh.is_same(&self.held.load()) {
            return false;
        }
        self.held.store(fresh);
        self.publish();
        let certificate = self.certificate();
        let not_after = certificate.not_after.rfc3339();
        tracing::info!(
            event = "certificate.taken",
            not_after,
            "took another certificate, for {certificate}"
        );
        true
    }

    fn publish(&self) {
        let seconds = self.certificate().not_after.seconds();
        // A count of seconds has a precise `f64` for the next hundred million years.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        gauge!("tessera_tls_certificate_expiry_timestamp_seconds").set(seconds as f64);
    }
}

impl Held {
    /// Whether `other` holds the same, out of the same files.
    fn is_same(&self, other: &Self) -> bool {
        let mut contents = self.content.iter().zip(&other.content);
        contents.all(|(ours, theirs)| ours.matches(theirs.as_bytes()))
            && (&self.cert_path, &self.key_path) == (&other.cert_path, &other.key_path)
    }

    fn load(cert_path: &Path, key_path: &Path, now: Timestamp) -> Result<Self, TlsFault> {
        let (cert_pem, key_pem) = (files::read_cert(cert_path)?, files::read_key(key_path)?);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = files::chain(cert_path, &cert_pem)?;
        let certificate = Certificate::read(cert_path, &chain[0])?;
        let key = files::signing_key(key_path, &key_pem, provider.key_provider)?;
        let key = CertifiedKey::new(chain, key);
        match key.keys_match() {
            Ok(()) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(does_not_belong(cert_path, key_path));
            }
            Err(error) => {
                let path = cert_path.display();
                let problem = format!("{path} holds a certificate that can't be used: {error}");
                return Err(TlsFault::cert(problem, "ask whoever issued it for another"));
            }
        }
        certificate.judge(cert_path, now)?;
        Ok(Self {
            cert_path: cert_path.to_owned(),
            key_path: key_path.to_owned(),
            content: [Sha256::of(&cert_pem), Sha256::of(&key_pem)],
            certificate: Arc::new(certificate),
            config: Arc::new(config(provider, key)),
        })
    }
}

fn does_not_belong(cert: &Path, key: &Path) -> TlsFault {
    let (cert, key) = (cert.display(), key.display());
    let problem = format!("{key} doesn't belong to the first certificate in {cert}");
    let remedy = "name the key that the certificate was made for, and put the server's own \
                  certificate first";
    TlsFault::key(problem, remedy)
}

/// TLS 1.2 and 1.3 as rustls has them by default, HTTP/1.1 and nothing else inside.
///
/// # Panics
///
/// Never: the provider has cipher suites for both versions.
fn config(provider: Arc<CryptoProvider>, key: CertifiedKey) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("aws-lc-rs speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
