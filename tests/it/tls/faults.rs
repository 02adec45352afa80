//! Certificates and keys that are refused, each with what to do, and never taken over.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::date_time_ymd;
use tessera::model::{issuer::Issuer, timestamp::Timestamp};

use super::{Front, HOST, client_of, tempdir};
use crate::common::{
    certificates::{Authority, Pair, PairOnDisk, shake_hands},
    server::START,
};

/// A private key of a kind that is not for TLS here: Ed448 (RFC 8410 §7).
fn odd_key() -> String {
    let head = [0x30, 0x47, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x71, 4, 0x3b, 4, 0x39];
    let key = STANDARD.encode([&head[..], &[7; 57]].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n")
}

/// What breaks a sound pair of files, and the fault that tells of it: the setting, part of the
/// problem, part of the remedy, and whether the file could not be read at all.
type Case = (&'static str, fn(&Authority, &PairOnDisk), [&'static str; 3], bool);

const CASES: &[Case] = &[
    (
        "no certificate file",
        |_, files| fs::remove_file(&files.cert).unwrap(),
        ["server.tls.cert", "cert.pem can't be read: No such file", "name a file that is there"],
        true,
    ),
    (
        "no key file",
        |_, files| fs::remove_file(&files.key).unwrap(),
        ["server.tls.key", "key.pem can't be read: No such file", "name a file that is there"],
        true,
    ),
    (
        "a folder",
        |_, files| {
            fs::remove_file(&files.cert).unwrap();
            fs::create_dir(&files.cert).unwrap();
        },
        ["server.tls.cert", "can't be read: it is no regular file", "name a file that is there"],
        true,
    ),
    (
        "a pipe that nobody writes into",
        |_, files| {
            fs::remove_file(&files.key).unwrap();
            let made = std::process::Command::new("mkfifo").arg(&files.key).status().unwrap();
            assert!(made.success());
        },
        ["server.tls.key", "can't be read: it is no regular file", "name a file that is there"],
        true,
    ),
    (
        "a file without end",
        |_, files| fs::write(&files.cert, vec![b'a'; 1024 * 1024 + 1]).unwrap(),
        ["server.tls.cert", "it is larger than 1 MiB", "name a file that is there"],
        true,
    ),
    (
        "an empty certificate file",
        |_, files| fs::write(&files.cert, "").unwrap(),
        ["server.tls.cert", "cert.pem holds no certificate in PEM", "name the PEM file"],
        false,
    ),
    (
        "a half-written certificate",
        |_, files| cut(&files.cert, 0.2),
        ["server.tls.cert", "cert.pem is no sound PEM", "the server's certificate first"],
        false,
    ),
    (
        "PEM around something else",
        |_, files| {
            let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
            fs::write(&files.cert, pem).unwrap();
        },
        ["server.tls.cert", "holds a certificate that can't be read", "X.509 certificate"],
        false,
    ),
    (
        "the key in both files",
        |_, files| fs::write(&files.cert, fs::read(&files.key).unwrap()).unwrap(),
        ["server.tls.cert", "holds no certificate in PEM", "name the PEM file"],
        false,
    ),
    (
        "the certificate in both files",
        |_, files| fs::write(&files.key, fs::read(&files.cert).unwrap()).unwrap(),
        ["server.tls.key", "key.pem holds no private key in PEM", "BEGIN PRIVATE KEY"],
        false,
    ),
    (
        "a half-written key",
        |_, files| cut(&files.key, 0.5),
        ["server.tls.key", "holds no private key in PEM", "BEGIN PRIVATE KEY"],
        false,
    ),
    (
        "a key behind a password",
        |_, files| {
            let pem = fs::read_to_string(&files.key).unwrap();
            fs::write(&files.key, pem.replace(" PRIVATE", " ENCRYPTED PRIVATE")).unwrap();
        },
        ["server.tls.key", "holds a key behind a password", "openssl pkey -in"],
        false,
    ),
    (
        "a key of another kind",
        |_, files| fs::write(&files.key, odd_key()).unwrap(),
        ["server.tls.key", "of a kind that can't be used", "use ECDSA"],
        false,
    ),
    (
        "a key that others may read",
        |_, files| files.set_key_mode(0o644),
        ["server.tls.key", "key.pem is open to every user", "chmod 640 "],
        false,
    ),
    (
        "a key that others may write",
        |_, files| files.set_key_mode(0o602),
        ["server.tls.key", "key.pem is open to every user", "chmod 640 "],
        false,
    ),
    (
        "a key of another certificate",
        |authority, files| fs::write(&files.key, authority.pair(&[HOST]).key).unwrap(),
        ["server.tls.key", "doesn't belong to the first certificate in", "name the key that"],
        false,
    ),
    (
        "the intermediate certificate first",
        |_, files| {
            let pem = fs::read_to_string(&files.cert).unwrap();
            let (leaf, rest) = pem.split_at(pem.rfind("-----BEGIN").unwrap());
            fs::write(&files.cert, format!("{rest}{leaf}")).unwrap();
        },
        ["server.tls.key", "doesn't belong to the first certificate", "own certificate first"],
        false,
    ),
    (
        "a certificate that ended",
        |authority, files| {
            let ended = |params: &mut rcgen::CertificateParams| {
                params.not_after = date_time_ymd(2027, 1, 15);
            };
            overwrite(files, &authority.pair_with(&[HOST], ended));
        },
        ["server.tls.cert", "ended at 2027-01-15T00:00:00Z", "renew it, or check this"],
        false,
    ),
    (
        "a certificate from tomorrow",
        |authority, files| {
            let early = |params: &mut rcgen::CertificateParams| {
                params.not_before = date_time_ymd(2027, 1, 16);
            };
            overwrite(files, &authority.pair_with(&[HOST], early));
        },
        ["server.tls.cert", "not good before 2027-01-16T00:00:00Z", "check this machine's"],
        false,
    ),
];

fn cut(path: &std::path::Path, share: f64) {
    let text = fs::read_to_string(path).unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a share")]
    #[expect(clippy::cast_precision_loss, reason = "it is a short text")]
    let length = (text.len() as f64 * share) as usize;
    fs::write(path, &text[..length]).unwrap();
}

fn overwrite(files: &PairOnDisk, pair: &Pair) {
    fs::write(&files.cert, &pair.cert).unwrap();
    fs::write(&files.key, &pair.key).unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_named_at_a_start_and_leaves_the_old_one_in_force_later() {
    let authority = Authority::new();
    let client = client_of(&authority);
    for (number, (case, break_it, [key, problem, remedy], is_unreadable)) in
        CASES.iter().enumerate()
    {
        let folder = tempdir(&format!("fault-{number}"));
        // What an earlier run left, of which one is a pipe that could not be written.
        let _ = fs::remove_dir_all(folder.join("cert.pem"));
        let _ = fs::remove_file(folder.join("key.pem"));
        let files = authority.pair(&[HOST]).write(&folder);
        let tls = files.load();

        break_it(&authority, &files);
        let fault = files.load_at(START).map(drop).unwrap_err();

        assert_eq!(fault.key, *key, "{case}");
        assert!(fault.problem.contains(problem), "{case}: {fault}");
        assert!(fault.remedy.contains(remedy), "{case}: {}", fault.remedy);
        assert_eq!(fault.is_unreadable, *is_unreadable, "{case}");
        assert_eq!(tls.reload(START), Err(fault), "{case}");
        if number == 0 {
            let front = Front::with(tls).await;
            let mut connection = shake_hands(&client, front.address, HOST).await.unwrap();
            assert_eq!(connection.get("/healthz").await.unwrap().status, 200);
            front.remove().await;
        }
    }
}

#[test]
fn a_certificate_is_good_from_its_first_second_to_its_last() {
    let pair = Authority::new().pair_with(&[HOST], |params| {
        params.not_before = date_time_ymd(2027, 1, 15);
        params.not_after = date_time_ymd(2027, 1, 16);
    });
    let files = pair.write(&tempdir("seconds"));
    let (first, last) = (Timestamp(1_799_971_200_000), Timestamp(1_800_057_600_000));

    assert!(files.load_at(Timestamp(first.0 - 1)).is_err());
    assert!(files.load_at(first).is_ok());
    assert!(files.load_at(Timestamp(last.0 + 999)).is_ok());
    assert!(files.load_at(Timestamp(last.0 + 1000)).is_err());
    assert_eq!(files.load_at(first).unwrap().certificate().days_left(first), 1);
}

#[test]
fn a_certificate_tells_whom_it_stands_for_and_what_is_odd_about_it() {
    let authority = Authority::new();
    let pair = authority.pair(&["id.example", "*.wild.example", "192.0.2.7", "2001:db8::7"]);
    let certificate = pair.write(&tempdir("names")).load().certificate();

    let names = ["id.example", "*.wild.example", "192.0.2.7", "2001:db8::7"];
    assert_eq!(certificate.names, names);
    for (issuer, is_covered) in [
        ("https://id.example", true),
        ("https://id.example:8443/tenant", true),
        ("https://a.wild.example", true),
        ("https://192.0.2.7", true),
        ("https://[2001:db8::7]", true),
        ("https://www.id.example", false),
        ("https://a.b.wild.example", false),
        ("https://wild.example", false),
        ("https://192.0.2.8", false),
    ] {
        let issuer = Issuer::parse(issuer).unwrap();

        assert_eq!(certificate.covers(&issuer), is_covered, "{issuer:?}");
        assert_eq!(certificate.remarks(&issuer, START).is_empty(), is_covered, "{issuer:?}");
    }
    let nobody = authority.pair(&[]).write(&tempdir("no-names")).load().certificate();
    assert!(!nobody.covers(&Issuer::parse("https://id.example").unwrap()));
    let remarks = nobody.remarks(&Issuer::parse("https://id.example").unwrap(), START);
    assert!(remarks[0].contains("stands for no name"), "{remarks:?}");
}

#[test]
fn a_certificate_that_ends_soon_is_remarked_upon() {
    let pair = Authority::new().pair_with(&[HOST], |params| {
        params.not_after = date_time_ymd(2027, 1, 28);
    });
    let certificate = pair.write(&tempdir("soon")).load().certificate();
    let issuer = Issuer::parse("https://id.example").unwrap();

    assert_eq!(certificate.days_left(START), 12);
    assert_eq!(certificate.remarks(&issuer, START), ["The certificate ends in 12 days. Renew it"]);
}
