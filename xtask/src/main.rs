//! Set-up and development tasks.

fn main() {}
