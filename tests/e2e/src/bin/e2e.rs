//! Runs the end-to-end suite on workerd and on the Spin host, or on a deployment: `e2e [--runtime NAME]…
//! [--base-url URL]`. Ends with a `parity` line for each, and fails where a case did not hold.

use e2e::Failure;
use e2e::caller::World;
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use e2e::suite;
use training::keys::Keys;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let keys = Keys::read(&keys_file())?;
    let mut total = (0, 0);
    match arguments.as_slice() {
        ["--base-url", address] => {
            let deployment = Deployment::at(address);
            judge("url", &World::new(&deployment.address, keys), &mut total).await;
        }
        [] => {
            for runtime in Runtime::ALL {
                on(runtime, &keys, &mut total).await?;
            }
        }
        ["--runtime", "workerd"] => on(Runtime::Workerd, &keys, &mut total).await?,
        ["--runtime", "spin"] => on(Runtime::Spin, &keys, &mut total).await?,
        _ => return Err("usage: e2e [--runtime workerd|spin | --base-url URL]".into()),
    }
    let (passed, failed) = total;
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        Err("the suite did not hold".into())
    } else {
        Ok(())
    }
}

async fn on(runtime: Runtime, keys: &Keys, total: &mut (usize, usize)) -> Result<(), Failure> {
    let deployment = Deployment::start(runtime, Served::Functions).await?;
    judge(
        runtime.name(),
        &World::new(&deployment.address, keys.clone()),
        total,
    )
    .await;
    deployment.stop().await
}

async fn judge(name: &str, world: &World, total: &mut (usize, usize)) {
    let (passed, failed) = suite::run(world).await;
    println!("parity runtime={name} passed={passed} failed={failed}");
    total.0 += passed;
    total.1 += failed;
}
