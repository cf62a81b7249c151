//! Routing: which component answers a path, and the headers by which Spin tells
//! the component how its route was matched.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use routefinder::{RouteSpec, Router};
use wasmtime::error::Result;
use wasmtime::format_err;

/// The public routes of an application. The matching itself is done by the same
/// library as in Spin, so that precedence and trailing slashes agree.
#[derive(Default)]
pub struct Routes {
    router: Router<Target>,
}

#[derive(Clone)]
struct Target {
    route: String,
    component: String,
}

/// How a request came to its component.
#[derive(Debug, PartialEq)]
pub struct Match {
    pub component: String,
    route: String,
    path_info: String,
    named: Vec<(String, String)>,
}

impl Routes {
    pub fn add(&mut self, route: &str, component: &str) -> Result<()> {
        let pattern = match route.strip_suffix("/...") {
            Some(prefix) => format!("{prefix}/*"),
            None => route.to_owned(),
        };
        let pattern: RouteSpec = pattern
            .parse()
            .map_err(|reason| format_err!("the route {route:?} is not valid: {reason}"))?;
        let target = Target {
            route: route.to_owned(),
            component: component.to_owned(),
        };
        self.router
            .add(pattern, target)
            .map_err(|reason| format_err!("the route {route:?} is not valid: {reason}"))
    }

    pub fn find(&self, path: &str) -> Option<Match> {
        let best = self.router.best_match(path)?;
        let captures = best.captures();
        let slash = if path.ends_with('/') { "/" } else { "" };
        // The library drops a trailing slash from what a wildcard captures; Spin
        // hands it to the component.
        let path_info = match captures.wildcard() {
            None => String::new(),
            Some("") => slash.to_owned(),
            Some(rest) => format!("/{rest}{slash}"),
        };
        let named = captures.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        Some(Match {
            component: best.handler().component.clone(),
            route: best.handler().route.clone(),
            path_info,
            named: named.collect(),
        })
    }
}

impl Match {
    /// A request from one component to another has no route: Spin treats it as
    /// if the component were mounted at the root.
    pub fn chained(component: &str, path: &str) -> Self {
        Self {
            component: component.to_owned(),
            route: "/...".to_owned(),
            path_info: path.to_owned(),
            named: Vec::new(),
        }
    }

    /// Adds the headers that Spin adds. They are appended, not set, since that
    /// is what Spin does: what the caller sent under the same name stays first.
    pub fn append_headers(
        &self,
        headers: &mut HeaderMap,
        full_url: &str,
        client_addr: &str,
    ) -> Result<()> {
        let prefix = self.route.strip_suffix("/...").unwrap_or(&self.route);
        let fixed = [
            ("spin-path-info", self.path_info.as_str()),
            ("spin-full-url", full_url),
            ("spin-matched-route", &self.route),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", &self.route),
            ("spin-component-route", prefix),
            ("spin-client-addr", client_addr),
        ];
        for (name, value) in fixed {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        }
        for (name, value) in &self.named {
            let name = format!("spin-path-match-{}", name.replace('_', "-"));
            let name = HeaderName::try_from(name)?;
            headers.append(name, HeaderValue::from_str(value)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(list: &[(&str, &str)]) -> Routes {
        let mut routes = Routes::default();
        for (route, component) in list {
            routes.add(route, component).expect("the route is valid");
        }
        routes
    }

    fn component(routes: &Routes, path: &str) -> Option<String> {
        routes.find(path).map(|found| found.component)
    }

    #[test]
    fn an_exact_route_wins_over_a_named_one_and_that_over_a_wildcard() {
        let routes = routes(&[
            ("/...", "site"),
            ("/x/...", "x"),
            ("/x/:id", "item"),
            ("/x/new", "new"),
        ]);
        assert_eq!(component(&routes, "/x/new").as_deref(), Some("new"));
        assert_eq!(component(&routes, "/x/7").as_deref(), Some("item"));
        assert_eq!(component(&routes, "/x/7/edit").as_deref(), Some("x"));
        assert_eq!(component(&routes, "/x").as_deref(), Some("x"));
        assert_eq!(component(&routes, "/y/7").as_deref(), Some("site"));
        assert_eq!(component(&routes, "/").as_deref(), Some("site"));
    }

    #[test]
    fn the_longest_wildcard_prefix_wins_in_whatever_order_routes_are_listed() {
        for list in [
            [("/a/...", "a"), ("/a/b/...", "b")],
            [("/a/b/...", "b"), ("/a/...", "a")],
        ] {
            assert_eq!(component(&routes(&list), "/a/b/c").as_deref(), Some("b"));
        }
    }

    #[test]
    fn a_path_outside_every_route_has_no_component() {
        let routes = routes(&[("/x", "x"), ("/y/...", "y")]);
        assert_eq!(component(&routes, "/x/1"), None);
        assert_eq!(component(&routes, "/"), None);
    }

    #[test]
    fn the_component_is_told_the_rest_of_the_path_and_what_the_names_matched() {
        let routes = routes(&[("/x/...", "x"), ("/person/:person_id", "person")]);
        let mut headers = HeaderMap::new();
        let found = routes.find("/x/a/b/").expect("the path has a route");
        found
            .append_headers(&mut headers, "http://h/x/a/b/", "127.0.0.1:9")
            .expect("the values are valid");
        assert_eq!(headers["spin-path-info"], "/a/b/");
        assert_eq!(headers["spin-matched-route"], "/x/...");
        assert_eq!(headers["spin-component-route"], "/x");
        assert_eq!(headers["spin-full-url"], "http://h/x/a/b/");
        assert_eq!(headers["spin-client-addr"], "127.0.0.1:9");

        let found = routes.find("/person/7").expect("the path has a route");
        found
            .append_headers(&mut headers, "http://h/person/7", "127.0.0.1:9")
            .expect("the values are valid");
        assert_eq!(headers["spin-path-match-person-id"], "7");
    }
}
