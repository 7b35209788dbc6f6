//! Inventory history, runs, effects and counterfoils in SQL.

pub mod practice;
