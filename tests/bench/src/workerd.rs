//! workerd with the functions on it, for as long as one measurement takes. Served by
//! tests/workerd/serve.mjs on Miniflare's own API; stops when dropped.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::Failure;

/// The workspace's folder, where everything else is found from.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The keys that every local runtime shares.
pub fn keys_file() -> PathBuf {
    workspace().join(".local/keys.env")
}

/// A running workerd.
pub struct Workerd {
    process: Child,
    /// Booking's own address, past the front door.
    pub booking: String,
    /// That of tickets.
    pub tickets: String,
    /// That of messaging.
    pub messaging: String,
    /// The front door's.
    pub portal: String,
    /// The workspace's.
    pub workspace: String,
    /// The floor Worker's address, if it was asked for.
    pub floor: Option<String>,
}

impl Workerd {
    /// Serves the built functions over a fresh store in memory that holds what `load` says.
    pub async fn start(load: &str, with_floor: bool) -> Result<Self, Failure> {
        let folder = workspace().join("target/bench");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("load-{}.sql", std::process::id()));
        std::fs::write(&file, load)?;
        let mut command = Command::new("node");
        command
            .current_dir(workspace())
            .args(["tests/workerd/serve.mjs", "--port", "0", "--keys"])
            .arg(keys_file())
            .arg("--load")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if with_floor {
            command.arg("--floor");
        }
        let mut process = command
            .spawn()
            .map_err(|error| format!("node did not start: {error}; run `make setup` first"))?;
        let output = process.stdout.take().ok_or("node has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = ready_line(&mut lines).await;
        std::fs::remove_file(&file)?;
        let ready = ready?;
        tokio::spawn(drain(lines));
        let address = |name: &str| {
            ready
                .split_whitespace()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        let needed = |name: &str| address(name).ok_or_else(|| format!("no {name}= in {ready:?}"));
        Ok(Workerd {
            process,
            booking: needed("booking")?,
            tickets: needed("tickets")?,
            messaging: needed("messaging")?,
            portal: needed("portal")?,
            workspace: needed("workspace")?,
            floor: address("floor"),
        })
    }

    /// Stops it, and waits until it has.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.ask_to_stop();
        self.process.wait().await?;
        Ok(())
    }

    /// Asks, rather than kills: a killed serve.mjs leaves its workerd running.
    fn ask_to_stop(&self) {
        if let Some(id) = self.process.id() {
            // Where it has ended by itself there is nobody left to ask.
            let _ = std::process::Command::new("kill")
                .arg(id.to_string())
                .status();
        }
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        self.ask_to_stop();
    }
}

async fn ready_line(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<String, Failure> {
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("workerd ready") {
            return Ok(line);
        }
    }
    Err("tests/workerd/serve.mjs ended before it was ready; what it wrote above says why".into())
}

/// Reads what the functions log, so that a full pipe never holds them up.
async fn drain(mut lines: Lines<BufReader<ChildStdout>>) {
    while let Ok(Some(_)) = lines.next_line().await {}
}
