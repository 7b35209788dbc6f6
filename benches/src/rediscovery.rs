//! A second listing of a million rows, of which one in a hundred changed, beside a newline scan of its file.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use counterfoil_benches::measure;
use counterfoil_benches::workload::Workload;

use crate::arguments::Arguments;
use crate::contest::{CONNECTORS, FEW, NOW, digests};
use crate::reader::{files, pairs};
use crate::rivals::Rivals;
use crate::table;

/// The word by which the scan is started.
pub(crate) const SCAN: &str = "scan";

const ROWS: u32 = 1_000_000;
const BUFFER_BYTES: usize = 1 << 18;
const STORE: &str = "month.db";
const SETTLED: Duration = Duration::from_secs(4);

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workload = Workload {
        data: Rivals::data(arguments, ROWS, 2)?,
        rules: FEW.to_owned(),
    };
    let exports = files(&workload.snapshots())?;
    let [first, second] = exports.as_slice() else {
        bail!("{} has not two exports", workload.data.display());
    };
    let place = tempfile::tempdir_in(&arguments.work).context("make a folder")?;
    let folder = place.path();
    let granted = folder.join("exports");
    fs::create_dir(&granted).context("make the folder of exports")?;
    workload.write_pipeline_over(&granted, folder)?;
    let export = |file: &Path| -> Result<()> {
        let name = file.file_name().context("an export has a name")?;
        fs::copy(file, granted.join(name)).context("copy an export")?;
        Ok(())
    };
    let mut discover = Command::new(&arguments.binary);
    discover.args(["discover", "--json", "--now", NOW]);
    discover.env("COUNTERFOIL_CONNECTORS", &arguments.connectors);
    discover.current_dir(folder);
    export(first)?;
    // The digest of a file that was just written is not kept: an export of yesterday was not.
    std::thread::sleep(SETTLED);
    let (_, cost) = measure::run(&discover)?;
    println!(
        "the first listing of {ROWS} rows: {} ms",
        cost.cpu_us / 1000
    );
    let (store, kept) = (folder.join(STORE), folder.join("kept.db"));
    fs::copy(&store, &kept).context("keep the store")?;
    let digests_kept = digests(&folder.join(CONNECTORS))?;
    let digests_kept = digests_kept
        .into_iter()
        .map(|file| Ok((fs::read(&file)?, file)));
    let digests_kept: Vec<_> = digests_kept.collect::<Result<_>>()?;
    export(second)?;
    std::thread::sleep(SETTLED);
    let again = || {
        fs::copy(&kept, &store).context("bring the store back")?;
        // The first export was read before, the second one was not.
        for (content, file) in &digests_kept {
            fs::write(file, content).context("bring the digests back")?;
        }
        let (answer, cost) = measure::run(&discover)?;
        took_in_one(&answer.stdout)?;
        Ok(cost)
    };
    let mut scan = Command::new(std::env::current_exe().context("find this program")?);
    scan.arg(SCAN).arg(second);
    let pairs = pairs(arguments.pairs, again, || Ok(measure::run(&scan)?.1))?;
    println!(
        "{}",
        table::of_pairs(["re-discovery", "newline scan"], &pairs)
    );
    Ok(())
}

/// Nothing else may have been measured.
fn took_in_one(answer: &[u8]) -> Result<()> {
    let answer: serde_json::Value = serde_json::from_slice(answer).context("read the answer")?;
    let listings = answer["listings"].as_array().map_or(0, Vec::len);
    let unchanged = answer["listings"][0]["unchanged"].as_u64().unwrap_or(0);
    if listings != 1 || unchanged < u64::from(ROWS) * 9 / 10 || answer["known"] != 1 {
        bail!("another listing was expected: {answer}");
    }
    Ok(())
}

/// What `wc -l` does, as fast as it can be done.
pub(crate) fn scan(file: &Path) -> Result<()> {
    let mut open = File::open(file).with_context(|| format!("open {}", file.display()))?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut lines = 0;
    loop {
        let count = open.read(&mut buffer).context("read a file")?;
        if count == 0 {
            println!("{lines} lines");
            return Ok(());
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..count]).count();
    }
}
