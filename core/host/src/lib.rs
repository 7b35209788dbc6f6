//! Runs connectors: sandbox, grants, the two doors, record and replay.
