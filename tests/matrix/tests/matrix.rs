//! The walls' matrix: every route of every function, called as everybody, answers as `expected.txt` says,
//! and whoever is refused has changed nothing.

use axum::body::Body;
use http::Request;
use matrix::callers::CALLERS;
use matrix::ground::Ground;
use matrix::requests::{self, Asked};
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
            let Asked { target, body } = requests::request(&route, caller, &ground);
            let method = route.split(' ').next().expect("a method");
            let request = Request::builder().method(method).uri(target);
            let request = caller.authorize(&ground.world, &ground, request);
            let request = match body {
                None => request.body(Body::empty()),
                Some(requests::Body::Json(json)) => request
                    .header("content-type", "application/json")
                    .header("idempotency-key", ground.world.new_key())
                    .body(Body::from(json.to_string())),
                Some(requests::Body::Form(form)) => request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(Body::from(form)),
            };
            let answer = ground.world.send(request.expect("a request")).await;
            found.push(answer.status.as_u16());
            ground.world.clock.set(clock);
            if answer.status.is_client_error() || answer.status.is_server_error() {
                if ground.world.rows().await != before {
                    faults.push(format!(
                        "{route}: refused to {caller:?}, and yet something was written"
                    ));
                }
            } else if method != "GET" {
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
