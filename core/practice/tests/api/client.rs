//! A small HTTP client that shows what a library would hide: that a connection ended without an answer.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    /// Null where the body is empty.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in {}", self.body))
    }
}

impl Client {
    /// Sends a request; `None` where the connection ends without a byte.
    pub(crate) async fn attempt(&self, method: &str, path: &str, body: &str) -> Option<Answer> {
        let length = body.len();
        self.exchange(
            &format!("{method} {path} HTTP/1.1\r\nContent-Length: {length}\r\n"),
            body,
        )
        .await
    }

    /// Sends a head of one's own making, completed by what every request carries.
    pub(crate) async fn exchange(&self, head: &str, body: &str) -> Option<Answer> {
        let token = self.token.as_ref().map_or(String::new(), |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        let request = format!("{head}Host: practice\r\nConnection: close\r\n{token}\r\n{body}");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // A cut connection may end with a reset as well as in silence.
        let _ = stream.read_to_end(&mut bytes).await;
        if bytes.is_empty() {
            return None;
        }
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(body).unwrap()
        };
        Some(Answer {
            status,
            head: head.to_owned(),
            body,
        })
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.attempt(method, path, &body.to_string())
            .await
            .expect("the server answers")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.attempt("GET", path, "")
            .await
            .expect("the server answers")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body).await
    }

    /// A request that has no body.
    pub(crate) async fn act(&self, method: &str, path: &str) -> Answer {
        self.attempt(method, path, "")
            .await
            .expect("the server answers")
    }
}
