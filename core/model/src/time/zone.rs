//! Time zones by the names that people write.

use jiff::tz::TimeZone;

use crate::nearest::nearest;

/// The zone of an IANA name, or what is wrong with the name and what may have been meant.
pub fn find_zone(name: &str) -> Result<TimeZone, (String, String)> {
    if let Ok(zone) = TimeZone::get(name) {
        return Ok(zone);
    }
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|zone| zone.to_string())
        .collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = nearest(name, &known).map_or_else(
        || "an IANA name such as Europe/Stockholm or UTC".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("there is no time zone `{name}` in the tz database");
    Err((message, hint))
}
