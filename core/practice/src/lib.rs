//! The practice invoicing API with its fault schedule.
