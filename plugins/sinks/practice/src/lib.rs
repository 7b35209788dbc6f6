//! The practice sink connector.
