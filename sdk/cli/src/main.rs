//! The `aim` command.
fn main() {}
