//! A server with one listing of machines, paged by offset as Nautobot pages it. A test changes the rows between pages.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use counterfoil_tests::binary::repository;
use serde_json::{Value, json};

pub(crate) struct Paged {
    pub(crate) address: SocketAddr,
    pub(crate) world: Arc<World>,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

/// What it answers from.
pub(crate) struct World {
    sample: Value,
    numbers: Mutex<Vec<u32>>,
    pub(crate) token_expired: AtomicBool,
}

impl World {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<u32>)) {
        let mut numbers = self.numbers.lock().expect("no thread panics holding it");
        change(&mut numbers);
        numbers.sort_unstable();
    }

    fn answer(&self, offset: usize, limit: usize) -> (&'static str, Value) {
        if self.token_expired.load(Ordering::SeqCst) {
            return ("403 Forbidden", json!({ "detail": "Token expired" }));
        }
        let numbers = self.numbers.lock().expect("no thread panics holding it");
        let page = numbers.iter().skip(offset).take(limit).map(|number| {
            let mut row = self.sample.clone();
            row["id"] = json!(id(*number));
            row["name"] = json!(format!("machine-{number}"));
            row
        });
        let results: Vec<Value> = page.collect();
        (
            "200 OK",
            json!({ "count": numbers.len(), "results": results }),
        )
    }
}

pub(crate) fn id(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

impl Paged {
    pub(crate) fn start(machines: u32) -> Result<Self> {
        let samples = "plugins/sources/nautobot/src/samples/virtual-machines.json";
        let sample: Value =
            serde_json::from_str(&std::fs::read_to_string(repository().join(samples))?)?;
        let world = Arc::new(World {
            sample: sample["results"][0].clone(),
            numbers: Mutex::new((1..=machines).collect()),
            token_expired: AtomicBool::new(false),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("binding the listing")?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let acceptor = std::thread::spawn({
            let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    // A request that cannot be read gets no answer, which the test notices.
                    drop(stream.map(|stream| serve(stream, &world)));
                }
            }
        });
        Ok(Self {
            address,
            world,
            stop,
            acceptor: Some(acceptor),
        })
    }
}

impl Drop for Paged {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // A last connection wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

/// One request for each connection.
fn serve(mut stream: TcpStream, world: &World) -> Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let first = lines.next().context("a request has a first line")??;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let query = first.split(['?', '&', ' ']);
    let number = |name: &str| -> Result<usize> {
        let mut pairs = query.clone().filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| *key == name);
        let (_, value) = found.with_context(|| format!("`{first}` says no {name}"))?;
        Ok(value.parse()?)
    };
    let (status, body) = world.answer(number("offset")?, number("limit")?);
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(())
}
