//! A client small enough to know what it was told, and what it was not.

use std::{
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::TestClient;

/// A connection that stays open, for one request after the other.
pub struct HttpConnection<S = TcpStream>(BufReader<S>);

/// An answer that came whole.
#[derive(Debug)]
pub struct WholeAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl WholeAnswer {
    /// The value of a header, if there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

impl HttpConnection {
    pub async fn to(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> HttpConnection<S> {
    /// Speaks HTTP over a stream that stands already.
    pub fn over(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    pub fn stream(&self) -> &S {
        self.0.get_ref()
    }

    /// Asks with these headers.
    pub async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<WholeAnswer> {
        let mut request = format!("GET {path} HTTP/1.1\r\nhost: id.example\r\n");
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        self.ask(&(request + "\r\n")).await
    }

    /// Waits until the other side hangs up.
    pub async fn hung_up(&mut self) {
        let mut rest = Vec::new();
        // A reset is an end as well.
        let _ = self.0.read_to_end(&mut rest).await;
        assert_eq!(String::from_utf8_lossy(&rest), "", "it said something before");
    }

    /// Posts a form as `client`.
    ///
    /// An error means that the answer did not come whole: nothing was acknowledged.
    pub async fn post(
        &mut self,
        path: &str,
        client: &TestClient,
        form: &str,
    ) -> Result<WholeAnswer> {
        self.ask(&post_request(path, client, form)).await
    }

    /// Posts a form as `client` and hangs up after so long, whether there is an answer or not.
    pub async fn post_and_hang_up(
        mut self,
        path: &str,
        client: &TestClient,
        form: &str,
        patience: Duration,
    ) {
        let request = post_request(path, client, form);
        self.0.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(patience).await;
    }

    pub async fn get(&mut self, path: &str) -> Result<WholeAnswer> {
        self.get_with(path, &[]).await
    }

    /// Gets an access token by client credentials.
    pub async fn token(&mut self, client: &TestClient) -> Result<String> {
        let answer = self.post("/token", client, "grant_type=client_credentials").await?;
        assert_eq!(answer.status, 200, "{answer:?}");
        Ok(answer.json()["access_token"].as_str().unwrap().to_owned())
    }

    pub async fn revoke(&mut self, client: &TestClient, token: &str) -> Result<()> {
        let answer = self.post("/revoke", client, &format!("token={token}")).await?;
        assert_eq!(answer.status, 200, "{answer:?}");
        Ok(())
    }

    pub async fn is_active(&mut self, client: &TestClient, token: &str) -> Result<bool> {
        let answer = self.post("/introspect", client, &format!("token={token}")).await?;
        assert_eq!(answer.status, 200, "{answer:?}");
        Ok(answer.json()["active"].as_bool().unwrap())
    }

    /// Posts JSON with an access token.
    pub async fn post_json(
        &mut self,
        path: &str,
        bearer: &str,
        json: &Value,
    ) -> Result<WholeAnswer> {
        let body = json.to_string();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nhost: id.example\r\nauthorization: Bearer {bearer}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await
    }

    /// Sends a request as it is written.
    pub async fn ask(&mut self, request: &str) -> Result<WholeAnswer> {
        self.0.write_all(request.as_bytes()).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
        }
        let mut body = vec![0; content_length(&head)];
        self.0.read_exact(&mut body).await?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        Ok(WholeAnswer { status, head, body: String::from_utf8(body).unwrap() })
    }
}

fn post_request(path: &str, client: &TestClient, form: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: id.example\r\nauthorization: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        client.basic(),
        form.len()
    )
}

fn content_length(head: &str) -> usize {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}
