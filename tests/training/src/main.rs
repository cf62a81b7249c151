//! `training keys FILE` makes local keys where there are none; `training session FILE PERSON` prints a
//! token; `training reference FILE` prints the rows that a store needs first; `training people` lists who
//! there is.

use std::path::Path;

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
            Err("usage: training keys FILE | session FILE PERSON | reference FILE | people".into())
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
