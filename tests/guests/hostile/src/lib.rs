//! A source that tries what a connector may not do, or answers nonsense; its settings say what. The tests of `core/host` and
//! of the pipeline run it.

mod attempts;
mod nonsense;

use counterfoil_sdk::source::{
    AttributeClass, AttributeDeclaration, Completeness, Context, Coverage, KindDeclaration, Moment,
    Observation, Offer, SourceInfo, ValueType,
};
use counterfoil_sdk::{Error, Listing, Request, Source, files, settings};

use attempts::{ambient, chatter, dive, flood, get, spin, swell};

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
        let attribute = |name: &str, value_type| AttributeDeclaration {
            name: name.into(),
            value_type,
            class: AttributeClass::Configuration,
            unit: None,
            description: String::new(),
        };
        Ok(SourceInfo {
            kinds: vec![KindDeclaration {
                name: "row".into(),
                description: "A row.".into(),
                attributes: vec![
                    attribute("owner", ValueType::Text),
                    attribute("cpu", ValueType::Decimal),
                ],
                correlation: vec![],
            }],
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
        let settings: Settings = settings()?;
        let moment = match settings.mode.as_str() {
            "no-day" => Moment::Day("2026-02-30".into()),
            _ => Moment::Now,
        };
        Ok(vec![Offer {
            scope: "rows".into(),
            kinds: vec!["row".into()],
            moment,
            key: String::new(),
            fingerprint: String::new(),
        }])
    }

    fn discover(_: &Context, _: &Offer) -> Result<Coverage, Error> {
        let settings: Settings = settings()?;
        let mut listing = Listing::start();
        for number in 0..settings.rows {
            let row = row(number);
            listing.row(row.id.clone().as_bytes(), || row);
        }
        match settings.mode.as_str() {
            "trap" => panic!("as told"),
            "loop" => spin(),
            "memory" => drop(swell()),
            "recurse" => drop(dive(0)),
            "get-plain" => drop(get(Request::get(&settings.target))?),
            "flood" => drop(flood(&settings.target)?),
            "escape" => {
                return Err(Error::unavailable(
                    "\u{1b}[2J\u{1b}[31mall is well\r\u{7}\nexit 0",
                ));
            }
            mode => {
                if let Some(row) = nonsense::row(mode, row(settings.rows)) {
                    listing.row(mode.as_bytes(), || row);
                }
                nonsense::report(mode, settings.rows);
            }
        }
        let expected = listing.finish().rows() + nonsense::rows_unseen(&settings.mode);
        Ok(Coverage {
            completeness: Completeness::Complete,
            expected: Some(expected),
            reason: None,
            extras: vec![],
        })
    }
}

/// Every second one is Blue's.
fn row(number: u32) -> Observation {
    let id = format!("row {number}");
    let owner = if number.is_multiple_of(2) {
        "acme"
    } else {
        "blue"
    };
    Observation {
        id: id.clone(),
        kind: "row".into(),
        name: id.clone(),
        parent: None,
        attributes: vec![("owner".into(), owner.into()), ("cpu".into(), "2".into())],
        place: id,
        hash: (0, 0),
    }
}

counterfoil_sdk::export_source!(
    Hostile,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);
