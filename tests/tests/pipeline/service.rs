//! What `run` serves: health, metrics and traces of the real binary over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{binary, repository};
use counterfoil_tests::practice::{block_on, client};

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
    company.place.now = "2026-04-03T22:00:00Z".to_owned();
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
        refused.stderr.contains("`here` is no address to listen on"),
        "{}",
        refused.stderr
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
