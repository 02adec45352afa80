//! Certificates of one's own, and a client that trusts them.

use std::{fs, io, net::SocketAddr, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tessera::{model::timestamp::Timestamp, server::Tls};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{http::HttpConnection, server::START};

/// Who signs the certificates of a test: a root that clients trust, and one below it that signs.
pub struct Authority {
    pub root: CertificateDer<'static>,
    pub root_pem: String,
    intermediate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with those that vouch for it, and its key, as files hold them.
#[derive(Clone)]
pub struct Pair {
    pub cert: String,
    pub key: String,
}

/// A certificate in files of its own.
pub struct PairOnDisk {
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new() -> Self {
        let authority = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            params
        };
        let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let root = authority("root").self_signed(&root_key).unwrap();
        let intermediate = authority("intermediate");
        let root_issuer = Issuer::new(authority("root"), root_key);
        let intermediate_pem = intermediate.signed_by(&key, &root_issuer).unwrap().pem();
        let issuer = Issuer::new(authority("intermediate"), key);
        let root_pem = root.pem();
        Self { root: root.der().clone(), root_pem, intermediate_pem, issuer }
    }

    /// A certificate for `names` that is good from 2020 to 2100.
    pub fn pair(&self, names: &[&str]) -> Pair {
        self.pair_with(names, |_| {})
    }

    pub fn pair_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2100, 1, 1);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap().pem();
        Pair { cert: format!("{leaf}{}", self.intermediate_pem), key: key.serialize_pem() }
    }

    /// What a client that trusts the root and speaks `versions` is set up with.
    pub fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

impl Pair {
    /// Writes both into the folder of a test, the key for its owner alone.
    pub fn write(&self, folder: &std::path::Path) -> PairOnDisk {
        let files = PairOnDisk { cert: folder.join("cert.pem"), key: folder.join("key.pem") };
        fs::write(&files.cert, &self.cert).unwrap();
        fs::write(&files.key, &self.key).unwrap();
        files.set_key_mode(0o600);
        files
    }
}

impl PairOnDisk {
    pub fn set_key_mode(&self, mode: u32) {
        fs::set_permissions(&self.key, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn load_at(&self, now: Timestamp) -> Result<Tls, tessera::server::TlsFault> {
        Tls::load(&self.cert, &self.key, now)
    }

    pub fn load(&self) -> Arc<Tls> {
        Arc::new(self.load_at(START).unwrap())
    }
}

impl Authority {
    /// Shakes hands over `stream`, with a server that is called `name`.
    pub async fn shake_hands_over(
        &self,
        stream: TcpStream,
        name: &'static str,
    ) -> io::Result<HttpConnection<TlsStream<TcpStream>>> {
        let client = self.client(rustls::DEFAULT_VERSIONS);
        let connector = TlsConnector::from(Arc::new(client));
        let name = ServerName::try_from(name).unwrap();
        Ok(HttpConnection::over(connector.connect(name, stream).await?))
    }
}

/// Shakes hands with the server at `address`, as a client that calls it `name`.
pub async fn shake_hands(
    client: &Arc<ClientConfig>,
    address: SocketAddr,
    name: &'static str,
) -> io::Result<HttpConnection<TlsStream<TcpStream>>> {
    let stream = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(Arc::clone(client));
    let name = ServerName::try_from(name).unwrap();
    Ok(HttpConnection::over(connector.connect(name, stream).await?))
}
