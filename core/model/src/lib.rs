//! The vocabulary and the pure stages: classify, rate, plan, reconcile.
