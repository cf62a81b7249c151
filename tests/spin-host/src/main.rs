//! The command line: reads the arguments, starts the server, and ends it at
//! Ctrl-C or SIGTERM.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use spin_host::manifest::Application;
use spin_host::serve::Server;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use wasmtime::error::{Context, Result};

/// How long work in progress may hold up the end.
const GRACE: Duration = Duration::from_secs(1);

/// Serves the components of a spin.toml as Spin does, for tests.
#[derive(Parser)]
struct Arguments {
    /// The manifest
    #[arg(long, value_name = "FILE", default_value = "spin.toml")]
    from: PathBuf,
    /// The address to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The folder for databases and key-value stores
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// A value of one of the application's variables
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    variable: Vec<(String, String)>,
    /// A file with a NAME=VALUE on each line; --variable takes precedence
    #[arg(long, value_name = "FILE")]
    variables_file: Option<PathBuf>,
    /// Drop what components write to standard output and error
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spin-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let variables = variables(arguments)?;
    let application = Application::read(&arguments.from, &variables)?;
    let server = Server::new(application, &arguments.state, arguments.quiet)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(serve(Arc::new(server), arguments.listen));
    runtime.shutdown_timeout(GRACE);
    result
}

async fn serve(server: Arc<Server>, address: SocketAddr) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    println!("spin-host ready on http://{}", listener.local_addr()?);
    tokio::select! {
        ended = server.listen(listener) => ended,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

fn variables(arguments: &Arguments) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    if let Some(path) = &arguments.variables_file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let blank = |line: &str| line.trim().is_empty() || line.starts_with('#');
        for line in text.lines().filter(|line| !blank(line)) {
            let (name, value) =
                pair(line).with_context(|| format!("in {}, the line {line:?}", path.display()))?;
            variables.insert(name, value);
        }
    }
    variables.extend(arguments.variable.iter().cloned());
    Ok(variables)
}

fn pair(text: &str) -> Result<(String, String)> {
    let (name, value) = text
        .split_once('=')
        .context("it must have the form NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
