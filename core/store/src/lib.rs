//! Inventory history, runs, effects and counterfoils in SQL.
