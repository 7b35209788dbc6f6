//! Messages for the admin, kept with the run. The host limits their number and length.

use crate::bindings::log::{Level, write};

/// Something that only helps when a problem is being looked into.
pub fn debug(message: &str, fields: &[(&str, &str)]) {
    write_owned(Level::Debug, message, fields);
}

/// Something worth knowing after a run.
pub fn info(message: &str, fields: &[(&str, &str)]) {
    write_owned(Level::Info, message, fields);
}

/// Something that an admin should look at some day.
pub fn warn(message: &str, fields: &[(&str, &str)]) {
    write_owned(Level::Warn, message, fields);
}

/// Something that an admin must look at.
pub fn error(message: &str, fields: &[(&str, &str)]) {
    write_owned(Level::Error, message, fields);
}

fn write_owned(level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    write(level, message, &fields);
}
