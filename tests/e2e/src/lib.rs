//! What the end-to-end programs share: deployments to speak to, a caller who speaks, and the suite. It
//! knows booking by its API alone.

pub mod browser;
pub mod caller;
pub mod deployment;
pub mod suite;

pub use training::keys::Failure;

/// How a program ends: silently where all went well, else with why, in words.
pub fn ended(outcome: Result<(), Failure>) -> std::process::ExitCode {
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            std::process::ExitCode::FAILURE
        }
    }
}
