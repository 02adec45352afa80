//! The smallest HTTP/1.1 client that will do: one request at a time on a connection that stays.

use std::{net::SocketAddr, ops::Range};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Result;

/// A connection to the server, and what it last received.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects to the server.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(4096) })
    }

    /// Sends a whole request and returns its answer, whatever the status.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server closed a connection".into());
            }
            let Some((head, body)) = split(&self.received)? else { continue };
            let status = head.get(9..12).ok_or("an answer without a status")?.parse()?;
            let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            let headers =
                headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
            let body = str::from_utf8(&self.received[body])?.to_owned();
            return Ok(Answer { status, headers: headers.collect(), body });
        }
    }

    /// Sends a whole request and returns the body of its answer.
    ///
    /// # Errors
    ///
    /// If the answer is anything but a 200 or 201 with a `Content-Length`.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server closed a connection".into());
            }
            if let Some(body) = find_body(&self.received)? {
                return Ok(&self.received[body]);
            }
        }
    }
}

/// An answer of any status.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Every value of a header, whose name is written in lower case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let here = self.headers.iter().filter(move |(known, _)| known == name);
        here.map(|(_, value)| value.as_str())
    }

    /// Where it sends the browser.
    pub fn location(&self) -> Option<&str> {
        self.all("location").next()
    }
}

/// Where the body stands in an answer. `None` if more is to come.
fn find_body(received: &[u8]) -> Result<Option<Range<usize>>> {
    let Some((head, body)) = split(received)? else { return Ok(None) };
    if !["HTTP/1.1 200 ", "HTTP/1.1 201 "].iter().any(|line| head.starts_with(line)) {
        let text = String::from_utf8_lossy(received);
        return Err(format!("the server answered:\n{text}").into());
    }
    Ok(Some(body))
}

/// The head of an answer, and where its body stands. `None` if more is to come.
fn split(received: &[u8]) -> Result<Option<(&str, Range<usize>)>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = str::from_utf8(&received[..end])?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    let length: usize = length.ok_or("an answer has no content-length")?.parse()?;
    let body = end + 4..end + 4 + length;
    Ok((received.len() >= body.end).then_some((head, body)))
}

/// A request for a page.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// A request for a page, with the value of its `Authorization` header.
pub fn get_as(path: &str, authorization: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {authorization}\r\n\r\n")
        .into_bytes()
}

/// A request for a page, with the value of its `Cookie` header.
pub fn get_with(path: &str, cookies: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\n\r\n").into_bytes()
}

/// A request that posts a form, with the value of its `Cookie` header.
pub fn post_with(path: &str, cookies: &str, form: &str) -> Vec<u8> {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// A request that posts a form, with the value of its `Authorization` header.
pub fn post(path: &str, authorization: &str, form: &str) -> Vec<u8> {
    post_body((path, authorization), "application/x-www-form-urlencoded", form)
}

/// The same of JSON.
pub fn post_json(path: &str, authorization: &str, json: &str) -> Vec<u8> {
    post_body((path, authorization), "application/json", json)
}

fn post_body((path, authorization): (&str, &str), kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {authorization}\r\n\
         content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
