//! A source that tries what a connector may not do; its settings say what. The tests of `core/host` run it.

use counterfoil_sdk::source::{
    Completeness, Context, Coverage, Moment, Observation, Offer, SourceInfo,
};
use counterfoil_sdk::{Error, Listing, Request, Source, files, log, settings};

struct Hostile;

#[derive(serde::Deserialize)]
struct Settings {
    mode: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    header: String,
    #[serde(default)]
    rows: u32,
}

impl Source for Hostile {
    fn describe() -> Result<SourceInfo, Error> {
        Ok(SourceInfo {
            kinds: vec![],
            extras: vec![],
        })
    }

    fn check() -> Result<String, Error> {
        let settings: Settings = settings()?;
        match settings.mode.as_str() {
            "loop" => spin(),
            "memory" => Ok(format!("{} bytes", swell())),
            "recurse" => Ok(dive(0).to_string()),
            "trap" => panic!("as told"),
            "get" => get(Request::get(&settings.target).credential("api")),
            "get-plain" => get(Request::get(&settings.target)),
            "get-with-header" => get(Request::get(&settings.target).header(settings.header, "x")),
            "get-with-other-credential" => get(Request::get(&settings.target).credential("other")),
            "flood" => flood(&settings.target),
            "chatter" => Ok(chatter()),
            "read" => files::read(&settings.target)
                .map(|content| String::from_utf8_lossy(&content).into_owned()),
            "list" => {
                let entries = files::list()?;
                let paths: Vec<String> = entries.into_iter().map(|entry| entry.path).collect();
                Ok(paths.join(" "))
            }
            "ambient" => Ok(ambient()),
            other => Err(Error::misconfigured(format!("no mode {other:?}"))),
        }
    }

    fn offers(_: &Context) -> Result<Vec<Offer>, Error> {
        Ok(vec![Offer {
            scope: "rows".into(),
            kinds: vec!["row".into()],
            moment: Moment::Now,
            key: String::new(),
            fingerprint: String::new(),
        }])
    }

    fn discover(_: &Context, _: &Offer) -> Result<Coverage, Error> {
        let settings: Settings = settings()?;
        let mut listing = Listing::start();
        for number in 0..settings.rows {
            let id = format!("row {number}");
            listing.row(id.as_bytes(), || Observation {
                id: id.clone(),
                kind: "row".into(),
                name: id.clone(),
                parent: None,
                attributes: vec![],
                place: format!("row {number}"),
                hash: (0, 0),
            });
        }
        if settings.mode == "trap" {
            panic!("as told");
        }
        let totals = listing.finish();
        Ok(Coverage {
            completeness: Completeness::Complete,
            expected: Some(totals.rows()),
            reason: None,
            extras: vec![],
        })
    }
}

/// The counter keeps the compiler from seeing a loop without effect.
fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

fn swell() -> usize {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    for _ in 0..1024 {
        hoard.push(std::hint::black_box(vec![1; 1 << 20]));
    }
    hoard.iter().map(Vec::len).sum()
}

/// Each level keeps a buffer alive across the call, so that it cannot become a loop.
fn dive(depth: u64) -> u64 {
    let buffer = std::hint::black_box([depth; 64]);
    if depth == u64::MAX {
        0
    } else {
        dive(depth + 1) + buffer[1]
    }
}

fn get(request: Request) -> Result<String, Error> {
    let response = request.send()?;
    Ok(format!(
        "{} {} {}",
        response.status(),
        response.header("location").unwrap_or("-"),
        response.text()
    ))
}

fn flood(target: &str) -> Result<String, Error> {
    for _ in 0..100 {
        Request::get(target).never_retry().send()?;
    }
    Ok("100 requests".into())
}

fn chatter() -> String {
    for number in 0..10_000 {
        log::info(&format!("line {number} {}", "x".repeat(10_000)), &[]);
    }
    "10000 lines".into()
}

/// Everything that a process could see without a door.
fn ambient() -> String {
    format!(
        "variables: {}, arguments: {}, root: {}, temporary: {}",
        std::env::vars().count(),
        std::env::args().count(),
        std::fs::read_dir("/").is_ok(),
        std::fs::write("/tmp/counterfoil-hostile", "x").is_ok(),
    )
}

counterfoil_sdk::export_source!(
    Hostile,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);
