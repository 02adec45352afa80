//! The two files, and what they must hold.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
};

use rustls::{
    crypto::KeyProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::SigningKey,
};
use zeroize::Zeroizing;

use super::TlsFault;

/// The largest file that is read, in bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;

const CHAIN_REMEDY: &str = "name the PEM file with the server's certificate first and the \
     intermediate ones behind it";

/// Reads the file with the certificates.
pub(super) fn read_cert(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsFault> {
    let unreadable = |error| {
        let remedy = "name a file that is there and that the user Tessera runs as may read";
        TlsFault::cert(format!("{} can't be read: {error}", path.display()), remedy).unreadable()
    };
    read(path).map(|(bytes, _)| bytes).map_err(unreadable)
}

/// Reads the file with the key; refuses one that is open to every user.
pub(super) fn read_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsFault> {
    let unreadable = |error| {
        let remedy = "name a file that is there and that the user Tessera runs as may read";
        TlsFault::key(format!("{} can't be read: {error}", path.display()), remedy).unreadable()
    };
    let (bytes, metadata) = read(path).map_err(unreadable)?;
    if metadata.permissions().mode() & 0o007 != 0 {
        let problem = format!("{} is open to every user", path.display());
        let remedy =
            format!("chmod 640 {}; a key that others read is to be replaced", path.display());
        return Err(TlsFault::key(problem, remedy));
    }
    Ok(bytes)
}

/// The bytes of a file and what the system says about the very file that was read.
fn read(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, Metadata)> {
    // To open a pipe would wait until somebody writes into it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok((bytes, metadata))
}

/// The certificates in `pem`, at least one.
pub(super) fn chain(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => {
            let problem = format!("{} holds no certificate in PEM", path.display());
            Err(TlsFault::cert(problem, CHAIN_REMEDY))
        }
        Err(error) => {
            let problem = format!("{} is no sound PEM: {error}", path.display());
            Err(TlsFault::cert(problem, CHAIN_REMEDY))
        }
    }
}

/// The private key in `pem`, ready to sign.
pub(super) fn signing_key(
    path: &Path,
    pem: &[u8],
    provider: &dyn KeyProvider,
) -> Result<Arc<dyn SigningKey>, TlsFault> {
    let path = path.display();
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        if str::from_utf8(pem).is_ok_and(|text| text.contains("ENCRYPTED")) {
            let remedy = format!("take the password off: openssl pkey -in {path} -out NEW");
            return TlsFault::key(format!("{path} holds a key behind a password"), remedy);
        }
        let remedy = "name the PEM file with the private key (-----BEGIN PRIVATE KEY-----)";
        TlsFault::key(format!("{path} holds no private key in PEM"), remedy)
    })?;
    provider.load_private_key(key).map_err(|_| {
        let remedy = "use ECDSA (P-256, P-384 or P-521), Ed25519, or RSA of 2048 to 8192 bits";
        TlsFault::key(format!("{path} holds a key of a kind that can't be used"), remedy)
    })
}
