//! A browser as far as sign-in needs one: it keeps cookies for as long as it is told, follows nothing by itself, and says where its
//! requests come from.
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use axum::body::Body;
use http::Request;
use shared::time::Timestamp;

use crate::provider::{Answer, PATIENTS, STAFF, World, form};

/// One person's browser.
pub struct Browser<'a> {
    pub world: &'a World,
    pub cookies: RefCell<BTreeMap<String, String>>,
    kept_until: RefCell<BTreeMap<String, Timestamp>>,
}

impl<'a> Browser<'a> {
    pub fn new(world: &'a World) -> Self {
        Browser {
            world,
            cookies: RefCell::default(),
            kept_until: RefCell::default(),
        }
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.drop_what_is_old();
        self.cookies.borrow().get(name).cloned()
    }

    fn drop_what_is_old(&self) {
        let now = self.world.ports.clock.now();
        let until = self.kept_until.borrow();
        let is_kept = |name: &String| until.get(name).is_none_or(|until| now < *until);
        self.cookies.borrow_mut().retain(|name, _| is_kept(name));
    }

    /// The token that its session cookie holds.
    pub fn token(&self) -> String {
        self.cookie("__Host-session").expect("a session")
    }

    pub fn is_signed_in(&self) -> bool {
        self.cookie("__Host-session").is_some() || self.cookie("__Host-refresh").is_some()
    }

    async fn send(&self, request: http::request::Builder, body: String) -> Answer {
        self.drop_what_is_old();
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header("accept", "text/html");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = self
            .world
            .send(request.body(Body::from(body)).expect("a request"))
            .await;
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().expect("text");
            assert!(
                set.contains("; Path=/;") && set.ends_with("; HttpOnly; Secure; SameSite=Lax"),
                "{set}"
            );
            let (name, value) = set
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a cookie");
            assert!(name.starts_with("__Host-"), "{name}");
            let seconds: i64 = set
                .split("; Max-Age=")
                .nth(1)
                .and_then(|rest| rest.split(';').next()?.parse().ok())
                .expect("how long it is kept");
            let until = self.world.ports.clock.now().plus(seconds * 1000);
            let (name, value) = (name.to_owned(), value.to_owned());
            self.kept_until.borrow_mut().insert(name.clone(), until);
            self.cookies.borrow_mut().insert(name, value);
        }
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), String::new()).await
    }

    /// As a page's script fetches it.
    pub async fn fetch(&self, path: &str) -> Answer {
        let request = Request::get(path).header("sec-fetch-mode", "cors");
        self.send(request, String::new()).await
    }

    /// Sends a form of a page of ours.
    pub async fn post(&self, path: &str, body: &str) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, body.to_owned()).await
    }

    /// Sends a form with a file, whose parts are divided by `b`.
    pub async fn post_with_file(&self, path: &str, body: String) -> Answer {
        let request = Request::post(path)
            .header("content-type", "multipart/form-data; boundary=b")
            .header("sec-fetch-site", "same-origin");
        self.send(request, body).await
    }

    /// Begins a sign-in; gives what the provider is asked.
    pub async fn begin(&self, audience: &str) -> HashMap<String, String> {
        let answer = self
            .get(&format!(
                "/identity/sign-in/{audience}?return_to=%2Fbooking%2Fx"
            ))
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let address = location(&answer);
        let (place, query) = address.split_once('?').expect("a query");
        assert_eq!(place, format!("{}/authorize", issuer(audience)));
        form(query.as_bytes())
    }

    /// Brings the provider's answer.
    pub async fn answer(&self, audience: &str, query: &str) -> Answer {
        self.get(&format!("/identity/callback/{audience}?{query}"))
            .await
    }

    /// The whole way, with whatever the provider now says.
    pub async fn sign_in(&self, audience: &str) -> Answer {
        let asked = self.begin(audience).await;
        let code = self.world.code_for(&asked, issuer(audience));
        let query = format!(
            "code={code}&state={}&iss={}",
            asked["state"],
            issuer(audience)
        );
        self.answer(audience, &query).await
    }
}

pub fn issuer(audience: &str) -> &'static str {
    match audience {
        "patient" => PATIENTS,
        _ => STAFF,
    }
}

pub fn location(answer: &Answer) -> String {
    answer
        .headers
        .get("location")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// Nobody was signed in: a page that says so, no session anywhere, and the attempt is over.
pub async fn refused(browser: &Browser<'_>, answer: &Answer, words: &str) {
    assert!(
        answer.status.is_client_error() || answer.status.is_server_error(),
        "{}",
        answer.status
    );
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert!(
        answer.text.contains(words),
        "{words:?} not in {}",
        answer.text
    );
    assert!(!browser.is_signed_in());
    assert_eq!(browser.cookie("__Host-sign-in"), None);
    let sessions = browser
        .world
        .number("SELECT count(*) AS n FROM sessions")
        .await;
    assert_eq!(sessions, 0);
}
