//! Runs the end-to-end suite on workerd and on the Spin host, or on a deployment that holds the reference
//! rows of the same keys. Ends with a `parity` line for each, and fails where a case did not hold.

use std::path::PathBuf;

use e2e::Failure;
use e2e::caller::World;
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use e2e::suite;
use training::keys::Keys;

const USAGE: &str = "e2e [--runtime workerd|spin] [--base-url URL [--keys FILE]] [--only TEXT]
  --runtime NAME   on this one alone, rather than on both
  --base-url URL   on a deployment that is up, rather than on one started here
  --keys FILE      whose keys the deployment has, rather than .local/keys.env
  --only TEXT      the cases whose name holds this";

#[tokio::main]
async fn main() -> std::process::ExitCode {
    e2e::ended(run().await)
}

async fn run() -> Result<(), Failure> {
    let (mut runtimes, mut address) = (Runtime::ALL.to_vec(), None);
    let (mut keys, mut only) = (keys_file(), String::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--runtime" => runtimes = vec![Runtime::named(&value).ok_or(USAGE)?],
            "--base-url" => address = Some(value),
            "--keys" => keys = PathBuf::from(value),
            "--only" => only = value,
            _ => return Err(USAGE.into()),
        }
    }
    let keys = Keys::read(&keys)?;
    let mut total = (0, 0);
    let mut judge = async |runtime: Option<Runtime>, deployment: &Deployment| {
        let world = World::new(&deployment.address, keys.clone()).on(runtime);
        let name = runtime.map_or("url", Runtime::name);
        let (passed, failed) = suite::run(&world, &only).await;
        println!("parity runtime={name} passed={passed} failed={failed}");
        total = (total.0 + passed, total.1 + failed);
    };
    match address {
        Some(address) => judge(None, &Deployment::at(&address)).await,
        None => {
            for runtime in runtimes {
                let deployment = Deployment::start(runtime, Served::Functions).await?;
                judge(Some(runtime), &deployment).await;
                deployment.stop().await?;
            }
        }
    }
    let (passed, failed) = total;
    println!("{passed} passed, {failed} failed");
    if failed > 0 || passed == 0 {
        Err("the suite did not hold".into())
    } else {
        Ok(())
    }
}
