//! What a program that measures time is asked for: `[--quick] [name …]`.

use crate::Failure;

/// What was asked for.
pub struct Options {
    /// A short run, which says little.
    pub is_quick: bool,
    /// What is measured: everything, where nothing is named.
    names: Vec<String>,
}

impl Options {
    /// From the program's arguments.
    pub fn read() -> Result<Self, Failure> {
        let (options, names): (Vec<String>, Vec<String>) = std::env::args()
            .skip(1)
            .partition(|it| it.starts_with("--"));
        let is_quick = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => false,
            ["--quick"] => true,
            _ => return Err("usage: [--quick] [name …]".into()),
        };
        Ok(Options { is_quick, names })
    }

    /// Whether something is measured.
    pub fn names(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|it| it == name)
    }
}
