//! Time zones by name: which there are, which a person may have meant, and which this machine says it is in.

use counterfoil_model::nearest::nearest;
use counterfoil_model::time::TimeZone;

/// Where nobody says and nobody can be asked.
pub(super) const DEFAULT: &str = "Europe/Stockholm";

/// The name as the tz database writes it.
pub(super) fn checked(text: &str) -> Result<String, String> {
    let text = text.trim();
    if let Ok(zone) = TimeZone::get(text) {
        return Ok(zone.iana_name().unwrap_or(text).to_owned());
    }
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // People write the city alone.
    let of_city = |name: &&&str| {
        name.rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(&text.replace(' ', "_")))
    };
    let meant = names
        .iter()
        .find(of_city)
        .copied()
        .or_else(|| nearest(text, &names));
    Err(match meant {
        Some(meant) => {
            format!("there is no time zone `{text}` in the tz database; did you mean `{meant}`?")
        }
        None => format!(
            "there is no time zone `{text}` in the tz database; expected a name such as {DEFAULT} or UTC"
        ),
    })
}

/// `TZ`, or where the machine's clock file leads; only for the default of a question.
pub(super) fn of_this_machine() -> Option<String> {
    let variable = std::env::var("TZ").ok();
    let link = || {
        let path = std::fs::read_link("/etc/localtime").ok()?;
        let path = path.to_string_lossy().into_owned();
        path.split_once("zoneinfo/")
            .map(|(_, name)| name.to_owned())
    };
    let name = variable.filter(|name| !name.is_empty()).or_else(link)?;
    checked(name.trim_start_matches(':')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name() {
        assert_eq!(checked("europe/stockholm").unwrap(), "Europe/Stockholm");
        assert_eq!(checked(" UTC ").unwrap(), "UTC");
    }

    #[test]
    fn what_was_meant_is_named() {
        let error = checked("Europe/Stokholm").unwrap_err();
        assert!(
            error.contains("did you mean `Europe/Stockholm`?"),
            "{error}"
        );
        let error = checked("new york").unwrap_err();
        assert!(
            error.contains("did you mean `America/New_York`?"),
            "{error}"
        );
        let error = checked("the moon, far side").unwrap_err();
        assert!(error.contains("such as Europe/Stockholm or UTC"), "{error}");
    }
}
