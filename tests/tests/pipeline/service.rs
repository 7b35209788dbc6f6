//! What `run` serves: health, metrics and traces of the real binary over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use counterfoil_tests::binary::{binary, repository};
use counterfoil_tests::practice::{block_on, client};
use serde_json::{Value, json};

use crate::small::{Company, machines};

/// A scheduler that has discovered, and the address that it told.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start(company: &Company) -> Result<Self> {
        let mut command = company.place.command(&["run", "--listen", "127.0.0.1:0"]);
        let spawned = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut service = Self {
            process: spawned?,
            address: String::new(),
        };
        let stderr = service.process.stderr.take().context("it is piped")?;
        let mut lines = BufReader::new(stderr).lines();
        while let Some(line) = lines.next().transpose()? {
            if let Some((_, told)) = line.split_once("health and metrics at http://") {
                let address = told.split('/').next().unwrap_or_default();
                address.clone_into(&mut service.address);
            }
            if line.contains("discover of main") {
                // The rest is drained, so that it never waits for a reader.
                std::thread::spawn(move || lines.for_each(drop));
                break;
            }
        }
        assert!(!service.address.is_empty(), "it said where it listens");
        Ok(service)
    }

    fn get(&self, path: &str) -> Result<(u16, String)> {
        let url = format!("http://{}{path}", self.address);
        block_on(async {
            let answer = client().get(url).send().await?;
            Ok((answer.status().as_u16(), answer.text().await?))
        })
    }

    fn terminate(mut self) -> Result<Option<i32>> {
        let process = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &process]).status()?;
        Ok(self.process.wait()?.code())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn company() -> Result<Company> {
    let mut company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(4))?;
    }
    company.bill()?;
    company.write_with("discover = \"0 0 3 * * *\"", "", "")?;
    "2026-04-03T22:00:00Z".clone_into(&mut company.place.now);
    Ok(company)
}

#[test]
fn health_and_metrics_are_served_while_it_runs() -> Result<()> {
    let company = company()?;
    let service = Service::start(&company)?;
    let (code, health) = service.get("/healthz")?;
    assert_eq!((code, health.as_str()), (200, "{\"status\":\"ok\"}"));
    let (code, metrics) = service.get("/metrics")?;
    assert_eq!(code, 200);
    for line in [
        "# TYPE counterfoil_stage_runs counter",
        "counterfoil_stage_runs_total{pipeline=\"main\",stage=\"discover\",outcome=\"complete\"} 2",
        "counterfoil_stage_runs_total{pipeline=\"main\",stage=\"apply\",outcome=\"complete\"} 1",
        "counterfoil_deliveries{pipeline=\"main\",sink=\"books\",state=\"confirmed\"} 2",
        "counterfoil_pipeline_paused{pipeline=\"main\"} 0",
        "counterfoil_job_failures{pipeline=\"main\",job=\"discover\"} 0",
        "counterfoil_build_info{version=\"0.1.0\"} 1",
        // 4 April at 03:00 in Stockholm.
        "counterfoil_job_next_timestamp_seconds{pipeline=\"main\",job=\"discover\"} 1775264400",
        // Four machines with two CPUs, presumed for April: what is beyond 31 March is.
        "counterfoil_revenue_at_risk_minor_units{pipeline=\"main\",reason=\"stale\",currency=\"EUR\"} 8000",
        "# EOF",
    ] {
        assert!(
            metrics.lines().any(|told| told == line),
            "`{line}` in {metrics}"
        );
    }
    let staleness = metrics
        .lines()
        .find_map(|line| {
            line.strip_prefix(
                "counterfoil_source_staleness_seconds{pipeline=\"main\",source=\"exports\"} ",
            )
        })
        .context("the source is behind")?;
    // Covered until the end of 31 March, in Stockholm: three days less two hours ago, and what passed since the start.
    let staleness: i64 = staleness.parse()?;
    assert!((259_200..259_260).contains(&staleness), "{staleness}");
    assert_eq!(service.get("/elsewhere")?.0, 404);
    assert_eq!(service.terminate()?, Some(0));
    Ok(())
}

#[test]
fn an_edit_that_is_wrong_is_told_and_the_one_before_stays() -> Result<()> {
    let company = company()?;
    let refused = company.place.expect(2, &["run", "--listen", "here"])?;
    assert!(
        refused.stderr.contains("invalid value 'here'"),
        "{}",
        refused.stderr
    );
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, format!("{text}\n[listen]\naddress = \"here\"\n"))?;
    let refused = company.place.expect(2, &["check"])?;
    assert!(
        refused.stdout.contains("`here` is no address to listen on"),
        "{}",
        refused.stdout
    );
    Ok(())
}

/// Where there is no systemd, nobody can ask it.
#[test]
fn systemd_takes_the_units_of_the_example() -> Result<()> {
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mut units = Vec::new();
    for entry in std::fs::read_dir(repository().join("examples/systemd"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending != "md") {
            let text = std::fs::read_to_string(&path)?;
            let ours = binary().display().to_string();
            let unit = folder
                .path()
                .join(path.file_name().context("a file has a name")?);
            std::fs::write(&unit, text.replace("/usr/bin/counterfoil", &ours))?;
            units.push(unit);
        }
    }
    assert_eq!(units.len(), 3);
    let checked = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(&units)
        .output()?;
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && said.is_empty(), "{said}");
    Ok(())
}

#[test]
fn spans_of_jobs_and_stages_reach_a_collector() -> Result<()> {
    let mut company = company()?;
    let (collector, batches) = collector()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let telemetry = format!("\n[telemetry]\notlp = \"http://{collector}\"\n");
    std::fs::write(&path, format!("{text}{telemetry}"))?;
    company.place.now = "2026-04-04T06:00:00Z".to_owned();
    company.place.expect(0, &["run", "--once"])?;
    let batch: Value = serde_json::from_str(&batches.recv_timeout(WAIT)?)?;
    let resource = &batch["resourceSpans"][0];
    assert_eq!(
        resource["resource"]["attributes"][0],
        json!({ "key": "service.name", "value": { "stringValue": "counterfoil" } })
    );
    let spans = resource["scopeSpans"][0]["spans"]
        .as_array()
        .context("a batch has spans")?;
    let named = |name: &str| {
        let found = spans.iter().find(|span| span["name"] == name);
        found.with_context(|| format!("{name} in {spans:#?}"))
    };
    let (job, stage) = (named("job")?, named("discover")?);
    assert_eq!(stage["parentSpanId"], job["spanId"]);
    assert_eq!(stage["traceId"], job["traceId"]);
    assert_eq!(job["traceId"].as_str().map(str::len), Some(32));
    assert_eq!(job["spanId"].as_str().map(str::len), Some(16));
    assert_eq!(job["parentSpanId"], "");
    let attributes = job["attributes"].as_array().context("it has attributes")?;
    let pipeline = json!({ "key": "pipeline.name", "value": { "stringValue": "main" } });
    assert!(attributes.contains(&pipeline), "{attributes:#?}");
    let run = stage["attributes"]
        .as_array()
        .context("it has attributes")?;
    assert!(run.iter().any(|one| one["key"] == "run.id"), "{run:#?}");
    let message = job["events"][0]["name"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("discover of main, for the first time: "),
        "{message}"
    );
    // A collector that is away costs one line, and nothing else.
    drop(batches);
    let gone = "http://127.0.0.1:9";
    let away = telemetry.replace(&format!("http://{collector}"), gone);
    std::fs::write(&path, format!("{text}{away}"))?;
    company.place.now = "2026-04-05T06:00:00Z".to_owned();
    let answer = company.place.expect(0, &["run", "--once"])?;
    assert!(
        answer
            .stderr
            .contains("traces are lost: failed to reach the collector"),
        "{}",
        answer.stderr
    );
    Ok(())
}

const WAIT: Duration = Duration::from_secs(20);

/// Takes one request after the other, and answers each with what a collector answers.
fn collector() -> Result<(SocketAddr, Receiver<String>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if take(stream).is_ok_and(|body| tell.send(body).is_err()) {
                return;
            }
        }
    });
    Ok((address, told))
}

fn take(stream: TcpStream) -> Result<String> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            bail!("the request ended early");
        }
    }
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    let length = head.to_lowercase();
    let length = length
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .context("it says how long it is")?
        .parse()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    reader.get_mut().write_all(answer.as_bytes())?;
    Ok(String::from_utf8(body)?)
}
