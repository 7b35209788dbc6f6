//! The nautobot source connector.
