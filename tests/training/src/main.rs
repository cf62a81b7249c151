//! `training keys FILE` makes local keys where there are none; `training session FILE PERSON` prints a
//! token; `training reference FILE` prints the rows that a store needs first, `training data FILE` a whole
//! week around today; `training people` lists who
//! there is.

use std::path::Path;

use training::data;
use training::keys::{self, Failure, Keys, MachineRandom};
use training::people::{PATIENTS, PRACTITIONERS};
use training::reference::reference;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["keys", file] => make_keys(Path::new(file)),
        ["session", file, person] => {
            println!(
                "{}",
                Keys::read(Path::new(file))?.session(person, keys::now())?
            );
            Ok(())
        }
        ["reference", file] => {
            let rows = reference(&Keys::read(Path::new(file))?, &MachineRandom)?;
            println!("{}", rows.join("\n"));
            Ok(())
        }
        ["data", file] => make_data(Path::new(file), 1),
        ["data", file, "--seed", seed] => make_data(Path::new(file), seed.parse()?),
        ["people"] => {
            for one in &PRACTITIONERS {
                println!(
                    "{:16} {:16} {}",
                    one.key,
                    one.role.as_str(),
                    one.unit().name
                );
            }
            for one in &PATIENTS {
                println!("{:16} patient          {}", one.key, one.name);
            }
            Ok(())
        }
        _ => {
            Err("usage: training keys FILE | session FILE PERSON | reference FILE | data FILE [--seed N] | people".into())
        }
    }
}

fn make_keys(file: &Path) -> Result<(), Failure> {
    if file.exists() {
        return Ok(());
    }
    std::fs::write(file, Keys::generate(&MachineRandom)?.to_lines())?;
    Ok(())
}

fn make_data(file: &Path, seed: u64) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let monday = data::monday_of(keys::now());
    let made = runtime.block_on(data::make(&Keys::read(file)?, seed, monday))?;
    println!("{}", made.sql.join("\n"));
    let states: Vec<String> = made
        .states
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    eprintln!(
        "training data: {} slots; visits: {}",
        made.slots,
        states.join(", ")
    );
    Ok(())
}
