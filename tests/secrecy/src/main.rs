//! Runs it all in a process of its own, so that a test can read every log line: they go to standard error. On
//! standard output: the secrets, one a line, an empty line, and the dump.

use secrecy::run::Traces;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let traces = Traces::of_everything().await;
    println!("{}", traces.secrets.to_lines());
    for line in traces.dump {
        println!("{line}");
    }
}
