//! A practice invoicing API in a process of its own, and what it answers to questions of a test.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::binary::binary;
use crate::rest::Rest;

pub const TOKEN: &str = "practice-token";

#[derive(Debug)]
pub struct PracticeServer {
    pub address: SocketAddr,
    process: Child,
}

impl PracticeServer {
    /// Starts it on a free port and waits for the line that says which.
    pub fn start(folder: &Path, faults: Option<&str>) -> Result<Self> {
        let mut command = Command::new(binary());
        command.args([
            "practice",
            "--listen",
            "127.0.0.1:0",
            "--token",
            TOKEN,
            "--database",
        ]);
        command.arg(folder.join("practice.db"));
        if let Some(faults) = faults {
            let path = folder.join("faults.toml");
            std::fs::write(&path, faults)?;
            command.arg("--faults").arg(path);
        }
        // Neither stream of the test's own: whoever waits for their end would wait for a server left behind.
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting practice")?;
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            process,
        };
        let output = server.process.stdout.take();
        let output = output.context("its standard output is piped")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next().transpose()? {
            if let Some((_, url)) = line.split_once("http://") {
                let address = url
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(['/', ',']);
                server.address = address
                    .parse()
                    .with_context(|| format!("reading `{line}`"))?;
                // The rest of its output is drained, so that it never waits for a reader.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(server);
            }
        }
        bail!(
            "practice ended before it listened: {}",
            server.process.wait()?
        )
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn get(&self, path: &str) -> Result<Value> {
        self.rest().get(path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.rest().post(path, body)
    }

    fn rest(&self) -> Rest {
        Rest::new(&self.url(), format!("Bearer {TOKEN}"))
    }
}

impl Drop for PracticeServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client without options can be built")
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(future)
}
