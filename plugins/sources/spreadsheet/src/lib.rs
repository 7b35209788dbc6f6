//! The spreadsheet source connector.
