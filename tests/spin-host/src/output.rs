//! Where a component's standard output and error go: to the host's standard
//! error, line by line, after the component's name.

use std::io::Write;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// How much a component may write at a time.
const PERMIT: usize = 64 * 1024;

#[derive(Clone)]
pub struct Lines {
    component: String,
    unfinished: Vec<u8>,
}

impl Lines {
    pub fn new(component: &str) -> Self {
        Self {
            component: component.to_owned(),
            unfinished: Vec::new(),
        }
    }

    /// Takes what is complete out of the text, each line after the name.
    fn take_lines(&mut self) -> Vec<u8> {
        let Some(end) = self.unfinished.iter().rposition(|byte| *byte == b'\n') else {
            return Vec::new();
        };
        let rest = self.unfinished.split_off(end + 1);
        let complete = std::mem::replace(&mut self.unfinished, rest);
        let prefix = format!("{}: ", self.component);
        let lines = complete.split_inclusive(|byte| *byte == b'\n');
        lines
            .flat_map(|line| [prefix.as_bytes(), line])
            .flatten()
            .copied()
            .collect()
    }

    fn print(&mut self) {
        // With its standard error closed the host has nowhere to complain.
        let _ = std::io::stderr().write_all(&self.take_lines());
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.unfinished.is_empty() {
            self.unfinished.push(b'\n');
            self.print();
        }
    }
}

#[async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.unfinished.extend_from_slice(&bytes);
        self.print();
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    // Components of WASI 0.2 never ask for this kind of stream.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_shown_each_after_the_name() {
        let mut lines = Lines::new("booking");
        lines.unfinished.extend_from_slice(b"one\ntwo\nthr");
        assert_eq!(lines.take_lines(), b"booking: one\nbooking: two\n");
        assert_eq!(lines.take_lines(), b"");
        lines.unfinished.extend_from_slice(b"ee\n");
        assert_eq!(lines.take_lines(), b"booking: three\n");
    }
}
