//! Receivers of notifications for tests: a web server that answers what it is told to, and a mail server that speaks SMTP.
//! Both remember what they got.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

/// A free port of this machine.
const FREE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A server on a free port. It ends with the test's process.
#[derive(Debug)]
pub struct Receiver {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// A web server that answers with these statuses, one a request, and 204 after the last one.
    pub fn web(statuses: &[u16]) -> Result<Self> {
        Self::web_at(FREE, statuses)
    }

    /// The same at an address.
    pub fn web_at(address: SocketAddr, statuses: &[u16]) -> Result<Self> {
        let mut left: Vec<u16> = statuses.iter().rev().copied().collect();
        Self::start(address, move |stream, received| {
            let status = left.pop().unwrap_or(204);
            answer_web(stream, status, received)
        })
    }

    /// A mail server without TLS that takes every mail.
    pub fn mail() -> Result<Self> {
        Self::start(FREE, answer_mail)
    }

    fn start(
        address: SocketAddr,
        mut answer: impl FnMut(TcpStream, &Mutex<Vec<Received>>) -> std::io::Result<()> + Send + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is no failure of the server.
                let _ = answer(stream, &kept);
            }
        });
        Ok(Self { address, received })
    }

    /// Everything that came so far.
    pub fn received(&self) -> Vec<Received> {
        let received = self.received.lock();
        received.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn keep(received: &Mutex<Vec<Received>>, one: Received) {
    let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
    received.push(one);
}

fn answer_web(
    mut stream: TcpStream,
    status: u16,
    received: &Mutex<Vec<Received>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut one = Received::default();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let header = (name.to_ascii_lowercase(), value.trim().to_owned());
        one.headers.push(header);
    }
    let length = one
        .header("content-length")
        .and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    one.body = String::from_utf8_lossy(&body).into_owned();
    keep(received, one);
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes())
}

/// The commands of RFC 5321 that a client without extensions sends.
fn answer_mail(mut stream: TcpStream, received: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut one = Received::default();
    stream.write_all(b"220 test ready\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        let (verb, rest) = command
            .split_once([' ', ':'])
            .unwrap_or((command.as_str(), ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "MAIL" | "RCPT" => {
                one.headers
                    .push((verb.to_ascii_lowercase(), rest.to_owned()));
                "250 ok"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                loop {
                    line.clear();
                    reader.read_line(&mut line)?;
                    if line.trim_end() == "." {
                        break;
                    }
                    one.body.push_str(&line);
                }
                keep(received, std::mem::take(&mut one));
                "250 taken"
            }
            "QUIT" => {
                return stream.write_all(b"221 bye\r\n");
            }
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
}
