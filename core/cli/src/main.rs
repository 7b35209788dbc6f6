//! The binary `counterfoil`: arguments, output, exit codes.

fn main() {}
