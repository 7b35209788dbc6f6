//! The practice invoicing API as a process of its own, and the few requests that the story makes to it by hand.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::story;
use crate::process;

const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Ends with the story: the process is killed when this is dropped. What it holds is in its database.
#[derive(Debug)]
pub(crate) struct Practice {
    child: Child,
    /// `127.0.0.1:PORT`.
    address: String,
}

impl Practice {
    /// Starts it at a free port; the first line that it prints holds its address.
    pub(crate) fn start(mut counterfoil: Command, state: &Path) -> Result<Self> {
        let log = File::create(state.join("practice.log"))?;
        let mut child = counterfoil
            .args(["practice", "--now", story::NOW, "--token", story::TOKEN])
            .args(["--listen", "127.0.0.1:0", "--database"])
            .arg(state.join("practice.db"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("start `counterfoil practice`")?;
        let stdout = child
            .stdout
            .take()
            .expect("it was asked for with Stdio::piped");
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        // From here on, dropping it ends the process.
        let mut practice = Self {
            child,
            address: String::new(),
        };
        read.context("read the address of `counterfoil practice`")?;
        practice.address = address_in(&line).with_context(|| {
            format!(
                "`counterfoil practice` printed no address but {line:?}; its log is {}",
                state.join("practice.log").display()
            )
        })?;
        process::say(&format!(
            "the practice invoicing API listens at {}",
            practice.url()
        ));
        Ok(practice)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Raises the price of the first line of the first invoice, as a person at the other side might, and says so.
    pub(crate) fn edit_an_invoice(&self) -> Result<String> {
        let page = self.request("GET", "/api/v1/documents?limit=1", None)?;
        let document = page["items"]
            .get(0)
            .context("the practice API holds no document to edit")?;
        let id = document["id"].as_str().context("the document has no id")?;
        let edit = json!({ "document": id, "line": 1, "field": "unit_price", "value": "1.00" });
        self.request("POST", "/api/v1/admin/edit", Some(&edit))?;
        Ok(format!(
            "document {id}: the unit price of its first line is now 1.00"
        ))
    }

    /// One request on a connection of its own: all that is needed of HTTP against a server of ours on this machine.
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let what = || format!("{method} {}{path}", self.url());
        let mut stream = TcpStream::connect(&self.address).with_context(what)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            story::TOKEN,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).with_context(what)?;
        read_answer(&answer).with_context(what)
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        // Neither can fail in a way that matters: it has ended already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<String> {
    let rest = &line[line.find("127.0.0.1:")?..];
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != ':')
        .unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// HTTP/1.0 answers end with the connection, so that the body needs no decoding.
fn read_answer(answer: &str) -> Result<Value> {
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    let status = head.split(' ').nth(1).context("no status")?;
    if !status.starts_with('2') {
        bail!("status {status}: {body}");
    }
    Ok(serde_json::from_str(if body.is_empty() {
        "null"
    } else {
        body
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_is_printed() {
        let found = address_in("listening on http://127.0.0.1:41235/ (sqlite)\n");
        assert_eq!(found.as_deref(), Some("127.0.0.1:41235"));
        assert_eq!(address_in("error: port in use"), None);
    }

    #[test]
    fn answers_other_than_success_are_errors() {
        assert_eq!(
            read_answer("HTTP/1.0 200 OK\r\nA: b\r\n\r\n{\"a\":1}").unwrap(),
            json!({"a": 1})
        );
        assert_eq!(
            read_answer("HTTP/1.0 204 No Content\r\n\r\n").unwrap(),
            Value::Null
        );
        let error = read_answer("HTTP/1.0 409 Conflict\r\n\r\nposted").unwrap_err();
        assert_eq!(error.to_string(), "status 409: posted");
    }
}
