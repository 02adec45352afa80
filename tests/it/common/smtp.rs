//! A mail server on this machine that keeps what it is given.

use std::sync::Arc;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Mutex, Notify},
};

/// The server, for as long as it is kept.
#[derive(Debug)]
pub struct MailServer {
    pub url: String,
    letters: Arc<Mutex<Vec<String>>>,
    came: Arc<Notify>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (letters, came) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let (kept, told) = (Arc::clone(&letters), Arc::clone(&came));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&told)));
            }
        });
        Self { url, letters, came }
    }

    /// The first letter, once it came.
    pub async fn letter(&self) -> String {
        loop {
            let came = self.came.notified();
            if let Some(letter) = self.letters.lock().await.pop() {
                return letter;
            }
            came.await;
        }
    }

    pub async fn count(&self) -> usize {
        self.letters.lock().await.len()
    }
}

async fn serve(stream: TcpStream, letters: Arc<Mutex<Vec<String>>>, came: Arc<Notify>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-here\r\n250 8BITMIME\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut letter = String::new();
                while !letter.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut letter).await.unwrap();
                }
                letters.lock().await.push(letter);
                came.notify_one();
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        if stream.write_all(answer).await.is_err() {
            return;
        }
        line.clear();
    }
}
