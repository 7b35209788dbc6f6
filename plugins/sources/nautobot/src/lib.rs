//! The nautobot source: lists Nautobot's REST API page by page. Joins the contract to the pure modules below it; each
//! decision is theirs.

mod discover;
mod fields;
mod observe;
mod paging;
mod scope;
mod settings;

use counterfoil_sdk::source::{Context, Coverage, Offer, SourceInfo};
use counterfoil_sdk::{Error, Listing, Request, Response, Source};
use serde::Deserialize;
use serde_json::Value;

use crate::paging::{Detail, Page, PageRequest};
use crate::scope::Scope;
use crate::settings::Settings;

/// How much of the remote's own words an error repeats.
const EXPLANATION_CHARACTERS_MAX: usize = 200;

/// The source.
#[derive(Debug)]
pub struct Nautobot;

counterfoil_sdk::export_source!(
    Nautobot,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);

impl Source for Nautobot {
    fn describe() -> Result<SourceInfo, Error> {
        Ok(scope::declare(&counterfoil_sdk::settings()?))
    }

    fn check() -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Status {
            #[serde(rename = "nautobot-version")]
            version: String,
        }
        let settings: Settings = counterfoil_sdk::settings()?;
        let status: Status = answered(request(&settings, "status"))?.json()?;
        let one = PageRequest {
            offset: 0,
            limit: 1,
            detail: Detail::Ids,
        };
        let mut counts = Vec::new();
        for scope in Scope::wanted(&settings) {
            // The machines of the disks are not counted as disks.
            if scope != Scope::Disks {
                let page = fetch(&settings, scope, one)?;
                counts.push(format!("{} {}", page.count, scope.name()));
            }
        }
        Ok(format!(
            "Nautobot {}: {}",
            status.version,
            counts.join(", ")
        ))
    }

    fn offers(_: &Context) -> Result<Vec<Offer>, Error> {
        let settings = counterfoil_sdk::settings()?;
        Ok(Scope::wanted(&settings)
            .into_iter()
            .map(Scope::offer)
            .collect())
    }

    fn discover(_: &Context, offer: &Offer) -> Result<Coverage, Error> {
        let settings: Settings = counterfoil_sdk::settings()?;
        let scope = Scope::named(&offer.scope)
            .ok_or_else(|| Error::not_found(format!("there is no scope {:?}", offer.scope)))?;
        let mut pages = |page: PageRequest| fetch(&settings, scope, page);
        discover::discover(scope, &settings, &mut pages, Listing::start())
    }
}

fn fetch(settings: &Settings, scope: Scope, page: PageRequest) -> Result<Page, Error> {
    let mut request = request(settings, scope.path())
        .query("limit", &page.limit.to_string())
        .query("offset", &page.offset.to_string())
        // Any order would do that rows keep while others change.
        .query("sort", "id");
    request = match page.detail {
        Detail::Whole => request.query("depth", scope.depth()),
        Detail::Ids => request.query("depth", "0").query("exclude_m2m", "true"),
    };
    for (name, value) in scope.filter(settings).parameters() {
        request = request.query(name, value);
    }
    answered(request)?.json()
}

fn request(settings: &Settings, path: &str) -> Request {
    let base = settings.url.trim_end_matches('/');
    Request::get(format!("{base}/api/{path}/"))
        .header("accept", "application/json")
        .credential("api")
}

fn answered(request: Request) -> Result<Response, Error> {
    request
        .send()?
        .error_for_status_with(|response| (explanation(response.bytes()), None))
}

/// What Nautobot says is wrong: `{"detail": "Invalid token"}` or `{"cluser": ["Unknown filter field"]}`.
fn explanation(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let parts = answer.as_object()?.iter().filter_map(|(key, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(texts) => texts
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        };
        Some(if key == "detail" {
            text
        } else {
            format!("{key}: {text}")
        })
    });
    let text: String = parts.collect::<Vec<_>>().join("; ");
    (!text.is_empty()).then(|| text.chars().take(EXPLANATION_CHARACTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::explanation;

    #[test]
    fn repeats_what_nautobot_says_and_no_more() {
        let explained = |body: &str| explanation(body.as_bytes());
        assert_eq!(
            explained(r#"{"detail":"Invalid token"}"#).as_deref(),
            Some("Invalid token")
        );
        assert_eq!(
            explained(r#"{"cluser":["Unknown filter field"]}"#).as_deref(),
            Some("cluser: Unknown filter field")
        );
        assert_eq!(explained("<html>"), None);
        let long = format!(r#"{{"detail":"{}"}}"#, "x".repeat(5000));
        assert_eq!(explained(&long).map(|text| text.len()), Some(200));
    }
}
