//! Runs the ports' contract on workerd and on the Spin host; natively it is a test of its own crate.

use e2e::Failure;
use e2e::caller::World;
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use training::keys::Keys;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    e2e::ended(run().await)
}

async fn run() -> Result<(), Failure> {
    let keys = Keys::read(&keys_file())?;
    let mut held = true;
    for runtime in Runtime::ALL {
        let deployment = Deployment::start(runtime, Served::Contract).await?;
        let world = World::new(&deployment.address, keys.clone());
        let answer = world.send("GET", "/contract", &[], String::new()).await?;
        let document = answer.json();
        let count = |member: &str| document[member].as_array().map_or(0, Vec::len);
        let (passed, failed) = (count("passed"), count("failed"));
        for case in document["failed"].as_array().into_iter().flatten() {
            println!("  did not hold: {case}");
        }
        println!(
            "contract runtime={} passed={passed} failed={failed}",
            runtime.name()
        );
        held &= failed == 0 && passed >= 24;
        deployment.stop().await?;
    }
    if held {
        Ok(())
    } else {
        Err("the contract did not hold".into())
    }
}
