//! The training environment from the command line: keys, sessions, people, and rows as SQL. Without
//! arguments it says what there is.

use std::path::Path;

use training::keys::{self, Failure, Keys, MachineRandom};
use training::people::{PATIENTS, PRACTITIONERS};
use training::provider_accounts::provider_accounts;
use training::reference::reference;
use training::rows::{rows_as_sql, summary};
use training::unit_week::{DEFAULT_SEED, monday_of, unit_week};

const USAGE: &str = "training keys FILE                                makes local keys, those that are missing
training add-key FILE                             adds a sealing key that only opens, and prints its id
training promote-key FILE ID                      makes it the one that seals
training drop-key FILE ID                         takes one that no longer seals out of the ring
training people                                   lists who there is
training provider-accounts                        prints what the local identity providers know, as JSON
training reference FILE                           prints the rows that a store needs first, as SQL
training data FILE [--seed N] [--from DATE]       prints the unit week of that date (this week), as SQL
FILE is where the keys are: .local/keys.env";

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("training: {failure}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<(), Failure> {
    match arguments {
        ["keys", file] => make_keys(Path::new(file)),
        ["add-key", file] => {
            let today = keys::now().date_in_stockholm().to_string();
            let id = changed(file, |keys| keys.add_sealing_key(&MachineRandom, &today))?;
            println!("{id}");
            Ok(())
        }
        ["promote-key", file, id] => changed(file, |keys| keys.promote_sealing_key(id)),
        ["drop-key", file, id] => changed(file, |keys| keys.drop_sealing_key(id)),
        ["people"] => {
            print!("{}", people());
            Ok(())
        }
        ["provider-accounts"] => {
            println!("{}", provider_accounts()?);
            Ok(())
        }
        ["reference", file] => {
            let rows = reference(&Keys::read(Path::new(file))?, &MachineRandom)?;
            println!("{}", rows.join("\n"));
            Ok(())
        }
        ["data", file, options @ ..] => {
            let (seed, date) = seed_and_date(options)?;
            let desk = unit_week(&Keys::read(Path::new(file))?, seed, date).await?;
            println!("{}", rows_as_sql(&desk.store).await?.join("\n"));
            eprintln!("{}", summary(&desk.store).await?);
            Ok(())
        }
        _ => Err(format!("there are these commands:\n{USAGE}").into()),
    }
}

fn make_keys(file: &Path) -> Result<(), Failure> {
    let made = Keys::generate(&MachineRandom)?;
    if !file.exists() {
        std::fs::write(file, made.to_lines())?;
        return Ok(());
    }
    // A checkout from before some of them were needed keeps those it has: its data is sealed with them.
    let mut kept = Keys::read(file)?;
    if kept.add_missing(made) {
        std::fs::write(file, kept.to_lines())?;
    }
    Ok(())
}

/// Changes the keys of a file, which is replaced whole or not at all.
fn changed<T>(
    file: &str,
    change: impl FnOnce(&mut Keys) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut keys = Keys::read(Path::new(file))?;
    let changed = change(&mut keys)?;
    let beside = format!("{file}.new");
    std::fs::write(&beside, keys.to_lines())?;
    std::fs::rename(&beside, file)?;
    Ok(changed)
}

fn people() -> String {
    let staff = PRACTITIONERS.iter().map(|one| {
        format!(
            "{:16} {:16} {}\n",
            one.key,
            one.role.as_str(),
            one.unit().name
        )
    });
    let patients = PATIENTS.iter().map(|one| {
        format!(
            "{:16} patient          {} ({})\n",
            one.key, one.name, one.identity
        )
    });
    staff.chain(patients).collect()
}

fn seed_and_date(options: &[&str]) -> Result<(u64, chrono::NaiveDate), Failure> {
    let (mut seed, mut date) = (DEFAULT_SEED, monday_of(keys::now()));
    let mut ahead = options;
    while let [name, value, rest @ ..] = ahead {
        match *name {
            "--seed" => {
                let parsed = value.parse();
                seed = parsed.map_err(|_| format!("--seed {value}: write a whole number"))?;
            }
            "--from" => {
                let parsed = value.parse();
                date = parsed.map_err(|_| format!("--from {value}: write a date as 2026-11-30"))?;
            }
            other => {
                return Err(format!(
                    "there is no option {other}; there are these commands:\n{USAGE}"
                )
                .into());
            }
        }
        ahead = rest;
    }
    match ahead {
        [] => Ok((seed, date)),
        [lonely, ..] => Err(format!("{lonely} needs a value").into()),
    }
}
