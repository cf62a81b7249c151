//! The walls' matrix: every route of every function, called as everybody, answers as `expected.txt` says,
//! and whoever is refused has changed nothing.

use matrix::callers::{CALLERS, CalledBy};
use matrix::ground::Ground;
use matrix::requests;
use matrix::{expected, routes};

#[test]
fn the_matrix_has_a_row_for_every_route_and_no_other() {
    let mut laid = routes();
    laid.sort();
    laid.dedup();
    let listed: Vec<String> = expected().into_keys().collect();
    assert_eq!(laid, listed);
}

#[tokio::test]
async fn the_matrix_holds_for_every_route_and_every_caller() {
    let mut faults = vec![];
    for (route, statuses) in expected() {
        let mut found = vec![];
        let mut ground = Ground::lay().await;
        for caller in CALLERS {
            let before = ground.world.rows().await;
            let clock = ground.world.ports.clock.now();
            let request = requests::sent(&route, caller, &ground);
            let answer = ground.world.send(request).await;
            found.push(answer.status.as_u16());
            ground.world.clock.set(clock);
            if answer.status.is_client_error() || answer.status.is_server_error() {
                // Whoever tries another patient's code leaves one trace: an entry in that patient's log.
                let traces = i64::from(
                    matches!(route.as_str(), "POST /tickets/v1/open" | "GET /t/{code}")
                        && caller == CalledBy::OtherPatient,
                );
                if ground.world.rows().await != before + traces {
                    faults.push(format!(
                        "{route}: refused to {caller:?}, and yet something was written"
                    ));
                }
            } else if !route.starts_with("GET ") {
                ground = Ground::lay().await;
            }
        }
        if found != statuses {
            faults.push(format!(
                "{route}\n  expected {statuses:?}\n  found    {found:?}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
