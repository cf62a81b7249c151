//! Protected identity: of whoever has one, no list, search or stream of any function shows staff the name or the
//! number. Every route is asked that names no single matter, so that a list that comes later is asked, too.

use matrix::callers::CalledBy;
use matrix::ground::Ground;
use matrix::requests;
use matrix::routes;
use world::ALEX;

/// As the ground's patient is named.
const NAME: &str = "Blom";

#[tokio::test]
async fn no_list_shows_staff_who_has_a_protected_identity() {
    let ground = Ground::lay().await;
    let lists: Vec<String> = routes()
        .into_iter()
        .filter(|route| {
            let is_list = route.starts_with("GET ") && !route.contains('{');
            is_list || route == "POST /workspace/find-patient"
        })
        .collect();
    let shown = async || {
        let mut shown = vec![];
        for route in &lists {
            for caller in [CalledBy::SameUnit, CalledBy::Administrator] {
                let request = requests::sent(route, caller, &ground);
                let answer = ground.world.send(request).await;
                if answer.text.contains(NAME) || answer.text.contains(ALEX) {
                    shown.push(format!("{route} to {caller:?}"));
                }
            }
        }
        shown
    };
    assert!(shown().await.len() > 5, "lists name who isn't protected");
    ground
        .world
        .run("UPDATE patients SET protected_identity = 1", [])
        .await;
    assert_eq!(shown().await, [""; 0]);
}
