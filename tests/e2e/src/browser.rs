//! A browser as far as sign-in needs one: it keeps each site's cookies apart, follows where it is led, and
//! fills in forms. For real pages of the functions and of the identity providers.

use std::collections::{BTreeMap, HashMap};

use crate::Failure;
use crate::caller::{Answer, World};

/// More redirects than any sign-in has.
const MOST_STEPS: usize = 20;

/// One person's browser.
pub struct Browser {
    world: World,
    jars: HashMap<String, BTreeMap<String, String>>,
    /// Where it is now.
    pub address: String,
}

impl Browser {
    /// A new one, without cookies.
    pub fn new(world: &World) -> Self {
        Browser {
            world: world.clone(),
            jars: HashMap::new(),
            address: world.address().to_owned(),
        }
    }

    /// A cookie of the function's site.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let jar = self.jars.get(self.world.address())?;
        jar.get(name).map(String::as_str)
    }

    /// Puts a cookie of the function's site in, as a thief would.
    pub fn put_cookie(&mut self, name: &str, value: &str) {
        let jar = self
            .jars
            .entry(self.world.address().to_owned())
            .or_default();
        jar.insert(name.to_owned(), value.to_owned());
    }

    /// One request, with a form or without; follows nothing.
    pub async fn step(&mut self, address: &str, form: Option<&str>) -> Result<Answer, Failure> {
        let origin = origin_of(address)?;
        let jar = self.jars.entry(origin).or_default();
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = pairs.join("; ");
        let mut headers = vec![("accept", "text/html"), ("sec-fetch-mode", "navigate")];
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let method = match form {
            Some(_) => {
                headers.push(("content-type", "application/x-www-form-urlencoded"));
                headers.push(("sec-fetch-site", "same-origin"));
                "POST"
            }
            None => "GET",
        };
        let body = form.unwrap_or_default().to_owned();
        let answer = self.world.send(method, address, &headers, body).await?;
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str()?;
            let (name, value) = set
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .ok_or("a cookie without a name")?;
            if value.is_empty() || set.to_ascii_lowercase().contains("max-age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        self.address = address.to_owned();
        Ok(answer)
    }

    /// One request and wherever it leads. An address of the function's site whose path begins with `until`
    /// is where it stops, without going there.
    pub async fn follow(
        &mut self,
        address: &str,
        form: Option<&str>,
        until: &str,
    ) -> Result<Answer, Failure> {
        let mut form = form;
        let mut address = address.to_owned();
        for _ in 0..MOST_STEPS {
            let answer = self.step(&address, form).await?;
            let next = answer.header("location");
            if next.is_empty() {
                return Ok(answer);
            }
            form = None;
            address = match next.starts_with('/') {
                true => format!("{}{next}", origin_of(&address)?),
                false => next.to_owned(),
            };
            let own = address.strip_prefix(self.world.address());
            if own.is_some_and(|path| path.starts_with(until)) {
                self.address = address;
                return Ok(answer);
            }
        }
        Err(format!("{address}: the pages lead in a circle").into())
    }

    /// Goes to the provider's page and picks a person; ends on what is shown, or before `/start…`.
    pub async fn sign_in(&mut self, audience: &str, person: &str) -> Result<Answer, Failure> {
        let begin = format!(
            "{}/identity/sign-in/{audience}?return_to=%2Fstart",
            self.world.address()
        );
        let picking = self.follow(&begin, None, "/start").await?;
        if picking.status != 200 {
            return Err(format!("{}: {} {}", self.address, picking.status, picking.text).into());
        }
        let page = self.address.clone();
        self.follow(&page, Some(&format!("person={person}")), "/start")
            .await
    }
}

fn origin_of(address: &str) -> Result<String, Failure> {
    let mut parts = address.splitn(4, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(scheme), Some(""), Some(host)) => Ok(format!("{scheme}//{host}")),
        _ => Err(format!("{address} is no whole address").into()),
    }
}
