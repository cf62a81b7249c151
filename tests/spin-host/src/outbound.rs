//! Outgoing requests of a component: what its manifest allows, and the way to
//! another component of the same application, which needs no network.

use std::sync::Arc;

use http::Uri;
use http::header::HOST;
use wasmtime::error::{Context, Result};
use wasmtime::{bail, ensure};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::routes::Match;
use crate::serve::Server;

const CHAINING_SUFFIX: &str = ".spin.internal";

/// The address that Spin reports as the caller's between components.
const CHAINED_CLIENT: &str = "0.0.0.0:0";

/// The `allowed_outbound_hosts` of a component, with Spin's rules: an entry
/// without a port means the scheme's own port, not any port.
#[derive(Debug)]
pub struct AllowedHosts(Vec<AllowedHost>);

#[derive(Debug)]
struct AllowedHost {
    scheme: Option<String>,
    host: Host,
    port: Option<u16>,
}

#[derive(Debug)]
enum Host {
    Any,
    Subdomain(String),
    OneOf(Vec<String>),
}

impl AllowedHosts {
    /// Parses the entries; `components` are the names that `*.spin.internal`
    /// stands for.
    pub fn parse(entries: &[String], components: &[String]) -> Result<Self> {
        entries
            .iter()
            .map(|entry| entry.trim())
            .map(|entry| {
                AllowedHost::parse(entry, components)
                    .with_context(|| format!("{entry:?} is not valid in allowed_outbound_hosts"))
            })
            .collect::<Result<_>>()
            .map(Self)
    }

    pub fn allow(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        let port = uri.port_u16().or(default_port(scheme));
        self.0.iter().any(|allowed| {
            allowed.scheme.as_deref().is_none_or(|s| s == scheme)
                && allowed.port.is_none_or(|p| Some(p) == port)
                && match &allowed.host {
                    Host::Any => true,
                    Host::Subdomain(suffix) => host.ends_with(suffix),
                    Host::OneOf(names) => names.contains(&host),
                }
        })
    }
}

impl AllowedHost {
    fn parse(entry: &str, components: &[String]) -> Result<Self> {
        let (scheme, rest) = entry
            .split_once("://")
            .context("it must have the form <scheme>://<host>[:<port>]")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        ensure!(!rest.contains('/'), "it must not have a path");
        // The last colon of a bare IPv6 address is inside the brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (rest, ""),
        };
        let port = match port {
            "*" => None,
            "" => Some(default_port(scheme).context("its scheme has no port of its own")?),
            port => Some(port.parse::<u16>().context("its port is not a number")?),
        };
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: Host::parse(&host.to_ascii_lowercase(), components)?,
            port,
        })
    }
}

impl Host {
    fn parse(host: &str, components: &[String]) -> Result<Self> {
        if host == "*" {
            return Ok(Self::Any);
        }
        let Some(suffix) = host.strip_prefix('*') else {
            ensure!(!host.is_empty(), "it has no host");
            ensure!(!host.contains('*'), "a wildcard must come first");
            return Ok(Self::OneOf(vec![host.to_owned()]));
        };
        if !suffix.starts_with('.') || suffix.contains('*') {
            bail!("a wildcard must stand for a whole subdomain");
        }
        if suffix == CHAINING_SUFFIX {
            let names = components.iter().map(|name| format!("{name}{suffix}"));
            return Ok(Self::OneOf(names.collect()));
        }
        Ok(Self::Subdomain(suffix.to_owned()))
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "mqtt" => Some(1883),
        "mysql" => Some(3306),
        "postgres" => Some(5432),
        "redis" => Some(6379),
        _ => None,
    }
}

/// Sends the outgoing requests of one instance.
pub struct Outbound {
    pub server: Arc<Server>,
    pub component: String,
}

type Response = http::Response<WasiBody>;
type Transfer = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        mut request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Transfer,
    ) -> Box<dyn Future<Output = Result<(Response, Transfer), Error>> + Send> {
        let server = self.server.clone();
        let component = self.component.clone();
        Box::new(async move {
            let uri = request.uri();
            if !server.allowed_hosts(&component).allow(uri) {
                eprintln!("spin-host: {component} may not send a request to {uri}");
                return Err(Error::HttpRequestDenied);
            }
            let target = uri.host().and_then(|h| h.strip_suffix(CHAINING_SUFFIX));
            if let Some(target) = target {
                let matched = Match::chained(target, uri.path());
                // Spin drops it before it looks where the request goes.
                request.headers_mut().remove(HOST);
                let response = server
                    .answer(matched, request, CHAINED_CLIENT)
                    .await
                    .ok_or(Error::DestinationNotFound)?;
                let done: Transfer = Box::new(async { Ok(()) });
                return Ok((response, done));
            }
            let (response, transfer) = default_send_request(request, options).await?;
            let response = response.map(http_body_util::BodyExt::boxed_unsync);
            Ok((response, Box::new(transfer) as Transfer))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        let components = ["a".to_owned(), "b".to_owned()];
        AllowedHosts::parse(&[entry.to_owned()], &components)
            .expect("the entry is valid")
            .allow(&uri.parse().expect("the address is valid"))
    }

    #[test]
    fn an_entry_with_a_port_allows_that_port_alone() {
        let entry = "http://127.0.0.1:8080";
        assert!(allows(entry, "http://127.0.0.1:8080/x"));
        assert!(!allows(entry, "http://127.0.0.1:8081/x"));
        assert!(!allows(entry, "http://127.0.0.1/x"));
        assert!(!allows(entry, "https://127.0.0.1:8080/x"));
    }

    #[test]
    fn an_entry_without_a_port_allows_the_port_of_its_scheme() {
        assert!(allows("https://vard.example", "https://vard.example/x"));
        assert!(allows("https://vard.example", "https://VARD.example:443/"));
        assert!(!allows(
            "https://vard.example",
            "https://vard.example:8443/"
        ));
        assert!(allows("http://*", "http://vard.example/"));
        assert!(!allows("http://*", "http://vard.example:8080/"));
    }

    #[test]
    fn stars_for_scheme_host_and_port_allow_everything() {
        assert!(allows("*://*:*", "https://vard.example:8443/"));
        assert!(allows("http://*:*", "http://127.0.0.1:9/"));
        assert!(!allows("http://*:*", "https://127.0.0.1:9/"));
    }

    #[test]
    fn a_star_before_a_domain_allows_its_subdomains_only() {
        assert!(allows("https://*.vard.example", "https://a.vard.example/"));
        assert!(!allows("https://*.vard.example", "https://vard.example/"));
        assert!(!allows("https://*.vard.example", "https://xvard.example/"));
    }

    #[test]
    fn components_of_the_application_are_reached_by_name() {
        assert!(allows("http://a.spin.internal", "http://a.spin.internal/x"));
        assert!(!allows("http://a.spin.internal", "http://b.spin.internal/"));
        assert!(allows("http://*.spin.internal", "http://b.spin.internal/"));
        assert!(!allows("http://*.spin.internal", "http://c.spin.internal/"));
    }

    #[test]
    fn an_entry_that_spin_refuses_is_refused_with_its_reason() {
        for (entry, reason) in [
            ("vard.example", "<scheme>://<host>"),
            ("*://*", "no port of its own"),
            ("https://vard.example/path", "must not have a path"),
            ("https://vard.*", "wildcard must come first"),
            ("https://*vard.example", "whole subdomain"),
            ("https://vard.example:x", "not a number"),
            // What an empty variable leaves.
            ("", "<scheme>://<host>"),
            ("https://", "it has no host"),
        ] {
            let refused = AllowedHosts::parse(&[entry.to_owned()], &[]).expect_err(entry);
            let text = format!("{refused:#}");
            assert!(text.contains(reason), "{text}");
        }
    }
}
