//! An OpenTelemetry collector small enough to know what it was sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Takes traces by OTLP over HTTP, in protobuf.
pub(super) struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A span, as far as the tests look at it.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Span {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let body = receive(stream).await;
                received.lock().unwrap().push(body);
            }
        });
        Self { address, bodies }
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every span that came.
    pub(super) fn spans(&self) -> Vec<Span> {
        let bodies = self.bodies.lock().unwrap();
        let resources = bodies.iter().flat_map(|request| inner(request, 1));
        let scopes = resources.flat_map(|resource| inner(resource, 2));
        scopes.flat_map(|scope| inner(scope, 2)).map(span).collect()
    }

    pub(super) fn assert_holds_none_of(&self, secrets: &[&str]) {
        let bodies = self.bodies.lock().unwrap();
        let all = String::from_utf8_lossy(&bodies.concat()).into_owned();
        for secret in secrets {
            assert!(!all.contains(secret), "{secret}");
        }
    }
}

/// Reads one request and takes it.
async fn receive(stream: TcpStream) -> Vec<u8> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).await.unwrap(), 0, "{head}");
    }
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).await.unwrap();
    body
}

fn span(message: &[u8]) -> Span {
    let hex = |number| {
        let bytes = inner(message, number).into_iter().next().unwrap_or_default();
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    };
    let attributes = inner(message, 9).into_iter().map(|attribute| {
        let value = inner(attribute, 2).into_iter().next().unwrap_or_default();
        (text(attribute, 1), any_value(value))
    });
    Span {
        trace: hex(1),
        id: hex(2),
        parent: hex(4),
        name: text(message, 5),
        attributes: attributes.collect(),
    }
}

/// A text or a whole number, which is all that is asked for.
fn any_value(message: &[u8]) -> String {
    let number = fields(message).into_iter().find_map(|field| match field {
        (3, Field::Number(number)) => Some(number.to_string()),
        _ => None,
    });
    number.unwrap_or_else(|| text(message, 1))
}

fn text(message: &[u8], number: u64) -> String {
    let bytes = inner(message, number).into_iter().next().unwrap_or_default();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What stands under a number, as often as it does.
fn inner(message: &[u8], number: u64) -> Vec<&[u8]> {
    let found = fields(message).into_iter().filter_map(|(known, field)| match field {
        Field::Bytes(bytes) if known == number => Some(bytes),
        _ => None,
    });
    found.collect()
}

/// A field of protobuf's wire format.
enum Field<'m> {
    Number(u64),
    Bytes(&'m [u8]),
}

fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut message)),
            1 => Field::Bytes(take(&mut message, 8)),
            2 => {
                let length = usize::try_from(varint(&mut message)).unwrap();
                Field::Bytes(take(&mut message, length))
            }
            5 => Field::Bytes(take(&mut message, 4)),
            other => panic!("wire type {other}"),
        };
        found.push((key >> 3, field));
    }
    found
}

fn take<'m>(message: &mut &'m [u8], length: usize) -> &'m [u8] {
    let (taken, rest) = message.split_at(length);
    *message = rest;
    taken
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut number = 0;
    for place in 0.. {
        let byte = take(message, 1)[0];
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}
