//! What crosses crates: end to end, faults, hostile connectors, tidy.
