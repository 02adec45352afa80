//! What the server under test logs in this thread.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;

/// The log, from when it began until it is dropped.
pub struct Logged {
    written: Written,
    _listening: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Logged {
    pub fn begin() -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber =
            tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        Self { written, _listening: tracing::subscriber::set_default(subscriber) }
    }

    /// The fields of every event whose name begins so.
    pub fn events(&self, prefix: &str) -> Vec<Value> {
        let text = String::from_utf8(self.written.0.lock().unwrap().clone()).unwrap();
        let fields =
            text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["fields"].clone());
        let is_one =
            |fields: &Value| fields["event"].as_str().is_some_and(|name| name.starts_with(prefix));
        fields.filter(is_one).collect()
    }
}
