//! Servers that answer as none should: a redirect, too much, nothing, something else.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tessera::{
    model::{clock::Clock, issuer::Issuer, secret::Secret},
    validation::{BadServer, HttpClient, Introspection, Jwks, Refused, ValidToken, Validator, Way},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Mutex,
};

use crate::common::server::{ISSUER, START};

use super::{ORDERS, base};

/// A server that says the same to everybody, and keeps what it was asked.
struct Liar {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Liar {
    async fn saying(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let hearing = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, hearing) = (answer.clone(), Arc::clone(&hearing));
                tokio::spawn(async move {
                    let mut asked = vec![0; 8192];
                    let length = stream.read(&mut asked).await.unwrap_or(0);
                    let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
                    hearing.lock().await.push(asked);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if answer.is_empty() {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { address, heard }
    }

    async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
        Self::saying(head + body).await
    }

    async fn asked_by_introspection(&self) -> Result<ValidToken, Refused> {
        let client = HttpClient::new(&base(self.address)).unwrap();
        let asking = Introspection::new(client, "api", &Secret::new("secret".to_owned()));
        validator(Way::Introspection(asking)).validate("a-token", None).await
    }

    async fn asked_for_keys(&self) -> Result<ValidToken, Refused> {
        let keys = Jwks::new(HttpClient::new(&base(self.address)).unwrap(), clock());
        // {"alg":"ES256","typ":"at+jwt","kid":"a"}
        let header = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEifQ";
        validator(Way::Jwts(keys)).validate(&format!("{header}.e30.AAAA"), None).await
    }
}

fn clock() -> Clock {
    Clock::new(|| START)
}

fn validator(way: Way) -> Validator {
    Validator::new((Issuer::parse(ISSUER).unwrap(), ORDERS), way, clock())
}

fn active(more: &str) -> String {
    let at = START.seconds();
    format!(
        r#"{{"active":true,"token_type":"Bearer","iss":"{ISSUER}","sub":"a","aud":"{ORDERS}",
            "client_id":"a","iat":{at},"exp":{},"jti":"a","scope":"read"{more}}}"#,
        at + 60
    )
}

#[tokio::test]
async fn the_question_names_the_token_and_who_asks() {
    let liar = Liar::answering("200 OK", "", &active("")).await;

    let valid = liar.asked_by_introspection().await.unwrap();

    assert_eq!((valid.subject(), valid.scope().to_string().as_str()), ("a", "read"));
    let heard = liar.heard.lock().await.join("");
    assert!(heard.starts_with("POST /introspect HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("authorization: Basic YXBpOnNlY3JldA==\r\n"), "{heard}");
    assert!(heard.contains(&format!("host: {}\r\n", liar.address)), "{heard}");
    assert!(heard.ends_with("\r\n\r\ntoken=a-token&token_type_hint=access_token"), "{heard}");
}

#[tokio::test]
async fn a_redirect_is_followed_by_nobody() {
    let elsewhere = Liar::answering("200 OK", "", &active("")).await;
    let to = format!("location: http://{}/introspect\r\n", elsewhere.address);

    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let liar = Liar::answering(status, &to, &active("")).await;
        assert_eq!(liar.asked_by_introspection().await.unwrap_err(), Refused::Unavailable);
        assert_eq!(liar.asked_for_keys().await.unwrap_err(), Refused::Unavailable);
    }
    assert!(elsewhere.heard.lock().await.is_empty(), "neither token nor secret went there");
}

#[tokio::test]
async fn an_answer_that_is_none_lets_nobody_pass() {
    let endless = active(&format!(r#","more":"{}""#, "a".repeat(64 * 1024)));
    let cut =
        "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\nconnection: close\r\n\r\n{\"active\":true";
    let liars = [
        Liar::answering("200 OK", "", &endless).await,
        Liar::answering("200 OK", "", "<html>active: true</html>").await,
        Liar::answering("200 OK", "", r#"{"active":"true"}"#).await,
        Liar::answering("200 OK", "", "").await,
        Liar::answering("204 No Content", "", "").await,
        Liar::answering("201 Created", "", &active("")).await,
        Liar::answering("401 Unauthorized", "", &active("")).await,
        Liar::answering("500 Oh", "", &active("")).await,
        Liar::saying(cut.to_owned()).await,
        Liar::saying("no HTTP at all\r\n\r\n".to_owned()).await,
    ];

    for liar in &liars {
        let heard = format!("{:?}", liar.heard.lock().await);
        assert_eq!(
            liar.asked_by_introspection().await.map(|_| ()),
            Err(Refused::Unavailable),
            "{heard}"
        );
        assert_eq!(liar.asked_for_keys().await.map(|_| ()), Err(Refused::Unavailable), "{heard}");
    }
    // An answer that says all that matters twice says nothing.
    let twice = Liar::answering("200 OK", "", &active(r#","active":true"#)).await;
    assert!(twice.asked_by_introspection().await.is_err());
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_none() {
    let symmetric = r#"{"keys":[{"kty":"oct","kid":"a","alg":"HS256","k":"AAAA"}]}"#;
    for keys in ["", "[]", "{}", r#"{"keys":[]}"#, symmetric] {
        let liar = Liar::answering("200 OK", "", keys).await;
        assert_eq!(liar.asked_for_keys().await.map(|_| ()), Err(Refused::Unavailable), "{keys}");
    }
}

#[tokio::test]
async fn somebody_who_listens_and_says_nothing_is_not_waited_for_for_ever() {
    let liar = Liar::saying(String::new()).await;

    let asked = tokio::time::timeout(Duration::from_secs(15), liar.asked_by_introspection());

    assert_eq!(asked.await.expect("in five seconds").map(|_| ()), Err(Refused::Unavailable));
}

#[tokio::test]
async fn nobody_is_asked_over_plain_http_across_a_network() {
    let server = Issuer::parse("http://id.internal:8080").unwrap();

    assert!(matches!(HttpClient::new(&server), Err(BadServer::PlainHttp(_))));
}

/// Answers once on its first connection, reads what comes next and hangs up without a word. Says
/// whatever was asked.
async fn hangs_up_on_a_second(body: String) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let hearing = Arc::clone(&heard);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            for at in 0..2 {
                let mut asked = vec![0; 8192];
                let length = stream.read(&mut asked).await.unwrap_or(0);
                if length == 0 {
                    break;
                }
                let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
                hearing.lock().await.push(asked);
                if at == 0 {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        }
    });
    (address, heard)
}

#[tokio::test]
async fn what_may_have_been_heard_is_not_asked_again_where_it_may_spend_a_use() {
    let (address, heard) = hangs_up_on_a_second(active("")).await;
    let client = HttpClient::new(&base(address)).unwrap();
    let asking = Introspection::new(client, "api", &Secret::new("secret".to_owned()));
    let asking = validator(Way::Introspection(asking));

    assert!(asking.validate("first", None).await.is_ok());
    assert_eq!(asking.validate("second", None).await.unwrap_err(), Refused::Unavailable);

    let heard = heard.lock().await;
    let second = heard.iter().filter(|asked| asked.contains("token=second"));
    assert_eq!(second.count(), 1, "{heard:?}");
}
