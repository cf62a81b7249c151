//! Where the suite runs: workerd through Miniflare, the Spin host, or a deployment that is up already.
//! What is started here ends with this program, however that ends.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use training::keys::{Keys, MachineRandom};
use training::provider_accounts::provider_accounts;
use training::reference::reference;

use crate::Failure;

/// The key with which what is started here seals; its first rows are sealed with an older one.
pub const PROMOTED_KEY: &str = "suite";

/// Which platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Cloudflare's.
    Workerd,
    /// The Spin host of `tests/spin-host`.
    Spin,
}

impl Runtime {
    /// Both.
    pub const ALL: [Runtime; 2] = [Runtime::Workerd, Runtime::Spin];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Runtime::ALL
            .into_iter()
            .find(|runtime| runtime.name() == name)
    }

    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Workerd => "workerd",
            Runtime::Spin => "spin",
        }
    }
}

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The application.
    Functions,
    /// The ports' contract.
    Contract,
}

/// A running deployment.
pub struct Deployment {
    /// Where it answers.
    pub address: String,
    /// Where the simulated SMS gateway answers, if one was started beside it.
    pub phone: Option<String>,
    started: Option<Started>,
    /// The identity providers and the SMS gateway beside it.
    beside: Vec<Child>,
    /// Who takes calls and says nothing.
    _silent: Option<std::net::TcpListener>,
}

/// What was started for it, and where it keeps its store.
struct Started {
    process: Child,
    _state: State,
}

/// A folder that goes when it is no longer needed.
struct State(PathBuf);

impl State {
    fn new(runtime: Runtime) -> Result<Self, Failure> {
        let name = format!("vardflode-{}-{}", runtime.name(), std::process::id());
        let folder = std::env::temp_dir().join(name);
        // A process of the same number may have been ended in the middle of its work.
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(State(folder))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // What stays behind lies among the machine's temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The local keys.
pub fn keys_file() -> PathBuf {
    workspace().join(".local/keys.env")
}

impl Deployment {
    /// One that is up already.
    pub fn at(address: &str) -> Self {
        Deployment {
            address: address.trim_end_matches('/').to_owned(),
            phone: None,
            started: None,
            beside: vec![],
            _silent: None,
        }
    }

    /// Starts a runtime over a fresh store that holds the reference rows.
    pub async fn start(runtime: Runtime, served: Served) -> Result<Self, Failure> {
        Self::start_with(runtime, served, "").await
    }

    /// As [`Deployment::start`], with more rows in the store (SQL).
    pub async fn start_with(runtime: Runtime, served: Served, more: &str) -> Result<Self, Failure> {
        let state = State::new(runtime)?;
        let mut keys = Keys::read(&keys_file())?;
        let rows = format!("{}\n{more}", reference(&keys, &MachineRandom)?.join("\n"));
        // What stands in the store was sealed before the last rotation.
        let promoted = keys.add_sealing_key(&MachineRandom, PROMOTED_KEY)?;
        keys.promote_sealing_key(&promoted)?;
        // Sign-in must know beforehand where it is reached, and where its providers are.
        let port = free_port()?;
        keys = keys.with("PUBLIC_ORIGIN", &format!("http://127.0.0.1:{port}"));
        // Bound and never answered: what the contract's patience is tried on.
        let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
        keys = keys.with(
            "SILENT_ADDRESS",
            &format!("http://{}", silent.local_addr()?),
        );
        let (mut beside, mut gateway) = (vec![], None);
        if served == Served::Functions {
            let (process, ready) = started(identity_providers(&state.0)?).await?;
            beside.push(process);
            for (name, word) in [
                ("PATIENT_OIDC_ISSUER", "patients"),
                ("STAFF_OIDC_ISSUER", "staff"),
            ] {
                keys = keys.with(name, &address_in(&ready, word)?);
            }
            let (process, ready) = started(phone(&state.0, &keys)?).await?;
            beside.push(process);
            let address = address_in(&ready, "phone")?;
            keys = keys.with("SMS_SIMULATOR_URL", &address);
            gateway = Some(address);
        }
        let command = match runtime {
            Runtime::Workerd => workerd(served, &state.0, &rows, &keys, port)?,
            Runtime::Spin => spin(served, &state.0, &rows, &keys, port)?,
        };
        let (process, ready) = started(command).await?;
        let wanted = match (runtime, served) {
            (Runtime::Spin, _) => "on",
            (Runtime::Workerd, Served::Functions) => "portal",
            (Runtime::Workerd, Served::Contract) => "contract",
        };
        let address = address_in(&ready.replace("on http", "on=http"), wanted)?;
        Ok(Deployment {
            address,
            phone: gateway,
            beside,
            _silent: Some(silent),
            started: Some(Started {
                process,
                _state: state,
            }),
        })
    }

    /// Ends what was started, and waits until it has ended.
    pub async fn stop(mut self) -> Result<(), Failure> {
        if let Some(started) = &mut self.started {
            if started.process.stdin.take().is_none() {
                started.process.start_kill()?;
            }
            started.process.wait().await?;
        }
        for process in &mut self.beside {
            process.start_kill()?;
            process.wait().await?;
        }
        Ok(())
    }
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

/// The address that a line gives for a name, as `portal=http://…`.
fn address_in(ready: &str, name: &str) -> Result<String, Failure> {
    ready
        .split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
        .map(str::to_owned)
        .ok_or_else(|| format!("no {name} in {ready:?}").into())
}

fn identity_providers(state: &Path) -> Result<Command, Failure> {
    let people = state.join("provider-accounts.json");
    std::fs::write(&people, provider_accounts()?.to_string())?;
    let mut command = Command::new("node");
    command
        .args(["tests/providers/serve.mjs", "--keys"])
        .arg(keys_file())
        .arg("--people")
        .arg(people)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// The SMS gateway, which reports to the deployment of these keys.
fn phone(state: &Path, keys: &Keys) -> Result<Command, Failure> {
    let settings = state.join("phone.env");
    std::fs::write(&settings, keys.to_lines())?;
    let mut command = Command::new("node");
    command
        .args(["tests/phone/serve.mjs", "--keys"])
        .arg(settings)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

fn workerd(
    served: Served,
    state: &Path,
    rows: &str,
    keys: &Keys,
    port: u16,
) -> Result<Command, Failure> {
    let load = state.join("reference.sql");
    std::fs::write(&load, rows)?;
    let settings = state.join("keys.env");
    std::fs::write(&settings, keys.to_lines())?;
    let mut command = Command::new("node");
    command
        .arg("tests/workerd/serve.mjs")
        .arg("--keys")
        .arg(settings)
        .arg("--port")
        .arg(port.to_string())
        .arg("--load")
        .arg(load)
        // Killed, Miniflare would leave its workerd behind: it ends with our end of the pipe instead.
        .arg("--while-input-lasts")
        .stdin(Stdio::piped());
    if served == Served::Contract {
        command.arg("--contract");
    }
    Ok(command)
}

fn spin(
    served: Served,
    state: &Path,
    rows: &str,
    keys: &Keys,
    port: u16,
) -> Result<Command, Failure> {
    std::fs::create_dir_all(state.join("sqlite"))?;
    let store = rusqlite::Connection::open(state.join("sqlite/default.db"))?;
    // Readers go on beside a writer; as docs/operations.md tells regions to set it.
    store.pragma_update(None, "journal_mode", "WAL")?;
    for migration in shared::platform::native::MIGRATIONS {
        store.execute_batch(migration)?;
    }
    store.execute_batch(rows)?;
    let variables = state.join("variables");
    std::fs::write(&variables, keys.spin_variables())?;
    let manifest = match served {
        Served::Functions => "spin.toml",
        Served::Contract => "tests/contract/spin.toml",
    };
    // Beside this very program: cargo builds both into one folder.
    let host = std::env::current_exe()?.with_file_name("spin-host");
    let mut command = Command::new(host);
    command
        .args([
            "--from",
            manifest,
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--quiet",
            "--state",
        ])
        .arg(state)
        .arg("--variables-file")
        .arg(variables)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

async fn started(mut command: Command) -> Result<(Child, String), Failure> {
    let mut process = command
        .current_dir(workspace())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?} did not start: {error}; run `make build` first"))?;
    let output = process.stdout.take().ok_or("no standard output")?;
    let mut lines = BufReader::new(output).lines();
    let ready = loop {
        match lines.next_line().await? {
            Some(line) if line.contains(" ready ") => break line,
            Some(_) => {}
            None => return Err("the runtime ended before it was ready; it said why above".into()),
        }
    };
    tokio::spawn(drain(lines));
    Ok((process, ready))
}

/// Reads what the functions log, so that a full pipe never holds them up.
async fn drain(mut lines: Lines<BufReader<ChildStdout>>) {
    // Log lines are nobody's here; what else a runtime says is of what went wrong in it.
    while let Ok(Some(line)) = lines.next_line().await {
        if !line.starts_with('{') {
            eprintln!("{line}");
        }
    }
}
