//! A remote of our own on this machine: answers what a test wants and keeps what it was sent.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a remote does with a request.
pub(crate) enum Reply {
    /// Status, headers and body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Reads the request and hangs up.
    HangUp,
    /// Reads the request and says nothing.
    Silence,
}

pub(crate) fn ok(body: impl Into<String>) -> Reply {
    Reply::Answer(200, vec![], body.into())
}

pub(crate) struct Remote {
    pub(crate) url: String,
    /// Whole requests, as text.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Remote {
    /// Answers each request with what the function makes of it and of its number, from 0.
    pub(crate) async fn start(
        reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (requests.clone(), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), reply.clone()));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// One request a connection.
async fn serve(
    mut stream: TcpStream,
    kept: Arc<Mutex<Vec<String>>>,
    reply: Arc<impl Fn(usize, &str) -> Reply>,
) {
    let request = read(&mut stream).await;
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(request.clone());
        kept.len() - 1
    };
    match reply(number, &request) {
        Reply::Answer(status, headers, body) => {
            let lines = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"));
            let headers = lines.collect::<Vec<_>>().concat();
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
            );
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Reply::HangUp => {}
        Reply::Silence => std::future::pending().await,
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().unwrap())
            });
            if body.len() >= length.unwrap_or(0_usize) {
                return text;
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
