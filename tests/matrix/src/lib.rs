//! Who reaches what. `expected.txt` is the one table: a line a route, a column a caller. `callers` knows how
//! each caller comes, `requests` what each route is asked, `ground` what stands in the store before.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose ground is missing stops at once"
)]

pub mod callers;
pub mod ground;
pub mod requests;

use std::collections::BTreeMap;

use callers::CALLERS;
use shared::walls::Routes;

/// A function as its crate gives it.
pub struct Function {
    /// Its name, which is the prefix of its paths.
    pub name: &'static str,
    /// What it lays.
    pub routes: fn() -> Routes,
    /// What it serves.
    pub router: fn() -> axum::Router,
}

/// Every function. The front door comes first: it answers what has no other's prefix.
pub const FUNCTIONS: [Function; 9] = [
    Function {
        name: "portal",
        routes: portal::routes,
        router: portal::router,
    },
    Function {
        name: "booking",
        routes: booking::routes,
        router: booking::router,
    },
    Function {
        name: "identity",
        routes: identity::routes,
        router: identity::router,
    },
    Function {
        name: "messaging",
        routes: messaging::routes,
        router: messaging::router,
    },
    Function {
        name: "workspace",
        routes: workspace::routes,
        router: workspace::router,
    },
    Function {
        name: "administration",
        routes: administration::routes,
        router: administration::router,
    },
    Function {
        name: "attachments",
        routes: attachments::routes,
        router: attachments::router,
    },
    Function {
        name: "tickets",
        routes: tickets::routes,
        router: tickets::router,
    },
    Function {
        name: "sms",
        routes: sms::routes,
        router: sms::router,
    },
];

/// A route as `expected.txt` names it: method and pattern.
pub type RouteName = String;

/// Every route of every function.
pub fn routes() -> Vec<RouteName> {
    let mut names = vec![];
    for function in FUNCTIONS {
        for route in (function.routes)().laid() {
            names.push(format!("{} {}", route.method, route.path));
        }
    }
    names
}

/// The table: for each route the status that each caller gets, in the order of [`CALLERS`].
pub fn expected() -> BTreeMap<RouteName, Vec<u16>> {
    let mut lines = include_str!("expected.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let head: Vec<&str> = lines
        .next()
        .expect("a head")
        .split_whitespace()
        .skip(2)
        .collect();
    assert_eq!(head, CALLERS.map(|caller| caller.column()), "the columns");
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let method = words.next().expect("a method");
            let path = words.next().expect("a path");
            let statuses: Vec<u16> = words.map(|word| word.parse().expect("a status")).collect();
            assert_eq!(statuses.len(), CALLERS.len(), "{line}");
            (format!("{method} {path}"), statuses)
        })
        .collect()
}
