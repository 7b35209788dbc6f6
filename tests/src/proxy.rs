//! A proxy on loopback that passes requests on, and on a chosen one kills a process and drops the answer, or lets the
//! test do something first.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::{Context, Result, bail};

/// What it does with the request that is its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The upstream gets the request and answers; then the process is killed and the answer dropped.
    KillAfterAnswer,
    /// The answer is dropped, and nobody is killed.
    DropAnswer,
}

#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    seen: AtomicU32,
    stop: AtomicBool,
    plan: Mutex<Option<Plan>>,
    interlude: Mutex<Option<Interlude>>,
}

#[derive(Debug)]
struct Plan {
    turn: Turn,
    strike: Strike,
    process: u32,
}

/// What happens before a request is passed on.
struct Interlude {
    at: u32,
    act: Box<dyn FnOnce() -> Result<()> + Send>,
}

impl fmt::Debug for Interlude {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Interlude at {}", self.at)
    }
}

/// Which request it strikes at.
#[derive(Debug)]
enum Turn {
    Number(u32),
    /// The next one with this in its path.
    Path(String),
}

impl Turn {
    fn has_come(&self, number: u32, request: &[u8]) -> bool {
        match self {
            Self::Number(at) => *at == number,
            Self::Path(part) => {
                let line = request.split(|byte| *byte == b'\r').next();
                line.is_some_and(|line| String::from_utf8_lossy(line).contains(part))
            }
        }
    }
}

impl Proxy {
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("binding the proxy")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            seen: AtomicU32::new(0),
            stop: AtomicBool::new(false),
            plan: Mutex::new(None),
            interlude: Mutex::new(None),
        });
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Strikes at the request with this number from now on (1 is the next one).
    pub fn arm(&self, number: u32, strike: Strike, process: u32) {
        let at = self.shared.seen.load(Ordering::SeqCst) + number;
        self.plan(Turn::Number(at), strike, process);
    }

    /// Strikes at the next request with this in its path.
    pub fn arm_at_path(&self, part: &str, strike: Strike, process: u32) {
        self.plan(Turn::Path(part.to_owned()), strike, process);
    }

    fn plan(&self, turn: Turn, strike: Strike, process: u32) {
        *self
            .shared
            .plan
            .lock()
            .expect("no thread panics while it holds the plan") = Some(Plan {
            turn,
            strike,
            process,
        });
    }

    /// Does something before the request with this number from now on is passed on (1 is the next one). If it fails,
    /// the request is dropped.
    pub fn before(&self, number: u32, act: impl FnOnce() -> Result<()> + Send + 'static) {
        let at = self.shared.seen.load(Ordering::SeqCst) + number;
        let act = Box::new(act);
        *self
            .shared
            .interlude
            .lock()
            .expect("no thread panics while it holds the interlude") = Some(Interlude { at, act });
    }

    /// Was there no request left to strike at?
    pub fn disarm(&self) -> bool {
        self.shared
            .plan
            .lock()
            .expect("no thread panics while it holds the plan")
            .take()
            .is_some()
    }

    /// How many requests came through so far.
    pub fn seen(&self) -> u32 {
        self.shared.seen.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // A last connection wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(stream) = stream {
            let shared = Arc::clone(shared);
            // A client that goes away in the middle is what these tests are about.
            std::thread::spawn(move || drop(serve(stream, &shared)));
        }
    }
}

/// One request for each connection: the answer says `Connection: close`.
fn serve(mut client: TcpStream, shared: &Shared) -> Result<()> {
    let Some(request) = read_request(&mut client)? else {
        return Ok(());
    };
    let number = shared.seen.fetch_add(1, Ordering::SeqCst) + 1;
    let interlude = shared
        .interlude
        .lock()
        .expect("no thread panics while it holds the interlude")
        .take_if(|interlude| interlude.at == number);
    if let Some(interlude) = interlude {
        (interlude.act)()?;
    }
    let mut upstream = TcpStream::connect(shared.upstream).context("reaching the upstream")?;
    upstream.write_all(&request)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let plan = {
        let mut plan = shared
            .plan
            .lock()
            .expect("no thread panics while it holds the plan");
        plan.take_if(|plan| plan.turn.has_come(number, &request))
    };
    match plan {
        Some(Plan {
            strike: Strike::KillAfterAnswer,
            process,
            ..
        }) => kill(process),
        Some(Plan {
            strike: Strike::DropAnswer,
            ..
        }) => Ok(()),
        None => Ok(client.write_all(&answer)?),
    }
}

fn kill(process: u32) -> Result<()> {
    let status = Command::new("kill")
        .args(["-9", &process.to_string()])
        .status()
        .context("running kill")?;
    if !status.success() {
        bail!("kill -9 {process} answered {status}");
    }
    Ok(())
}

/// Reads head and body, and asks the upstream to close the connection after its answer.
fn read_request(client: &mut TcpStream) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match client.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    };
    let head =
        String::from_utf8(bytes[..head_end].to_vec()).context("the head of a request is text")?;
    let header = |name: &str| {
        let found = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        found
            .clone()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").map_or(Ok(0), |text| text.parse())?;
    let mut body = bytes[head_end + 4..].to_vec();
    while body.len() < length {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        body.extend_from_slice(&buffer[..count]);
    }
    let kept = head
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut request = kept.collect::<Vec<_>>().join("\r\n");
    request.push_str("\r\nConnection: close\r\n\r\n");
    let mut request = request.into_bytes();
    request.extend_from_slice(&body);
    Ok(Some(request))
}
