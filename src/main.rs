//! The `git-tend` binary.

fn main() {}
