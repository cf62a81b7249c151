//! Two OpenID providers behind the Http port, one for patients and one for staff, which do what a test
//! wants: other claims, keys, answers, none at all. And identity's router before them.
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use http::{Request, Response, StatusCode};
use jwt_simple::prelude::{
    ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike,
    PS256KeyPair, RS256KeyPair, RSAKeyPairLike,
};
use serde_json::{Value, json};
use shared::platform::{Http, PortError, Ports, Secrets};
use shared::sealing::{decoded, encoded};
pub use world::{ALEX, ANNA, Answer, BO, EVA, NOA, STIG, at};

pub const PATIENTS: &str = "https://patients.example";
pub const STAFF: &str = "https://staff.example";
pub const CLIENT: &str = "vardflode-test";
pub const LEVEL: &str = "http://id.sambi.se/loa/loa3";
pub const NUMBER: &str = "https://id.oidc.se/claim/personalIdentityNumber";
pub const COORDINATION: &str = "https://id.oidc.se/claim/coordinationNumber";

/// A key that signs ID tokens.
pub enum Key {
    Edwards(Ed25519KeyPair),
    Elliptic(ES256KeyPair),
    Rsa(RS256KeyPair),
    RsaPss(PS256KeyPair),
}

impl Key {
    pub fn edwards() -> Self {
        Key::Edwards(Ed25519KeyPair::generate())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Key::Edwards(_) => "EdDSA",
            Key::Elliptic(_) => "ES256",
            Key::Rsa(_) => "RS256",
            Key::RsaPss(_) => "PS256",
        }
    }

    /// As the provider publishes it.
    pub fn public(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| encoded(bytes);
        let mut key = match self {
            Key::Edwards(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(&pair.public_key().to_bytes()) })
            }
            Key::Elliptic(pair) => {
                let point = pair.public_key().public_key().to_bytes_uncompressed();
                json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Key::Rsa(pair) => {
                let parts = pair.public_key().to_components();
                json!({ "kty": "RSA", "n": text(&parts.n), "e": text(&parts.e) })
            }
            Key::RsaPss(pair) => {
                let parts = pair.public_key().to_components();
                json!({ "kty": "RSA", "n": text(&parts.n), "e": text(&parts.e) })
            }
        };
        key["kid"] = json!(kid);
        key["use"] = json!("sig");
        key
    }

    /// A signature over header and claims as they are, whatever they say.
    fn signature(&self, signed: &str) -> String {
        // The library signs only tokens of its own making; what it signs is text, so it is lent ours.
        let bytes = match self {
            Key::Edwards(pair) => pair.key_pair().as_ref().sk.sign(signed, None).to_vec(),
            Key::Elliptic(_) | Key::Rsa(_) | Key::RsaPss(_) => {
                unreachable!("signed by the library")
            }
        };
        encoded(&bytes)
    }

    /// A token of these claims, named `kid`.
    pub fn sign(&self, kid: &str, claims: &Value) -> String {
        let claims: jwt_simple::claims::JWTClaims<Value> =
            serde_json::from_value(claims.clone()).expect("claims");
        let signed = match self {
            Key::Edwards(_) => {
                let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid });
                return self.sign_as(&header, &serde_json::to_value(&claims).expect("claims"));
            }
            Key::Elliptic(pair) => ES256KeyPair::from_bytes(&pair.to_bytes())
                .expect("a key")
                .with_key_id(kid)
                .sign(claims),
            Key::Rsa(pair) => pair.clone().with_key_id(kid).sign(claims),
            Key::RsaPss(pair) => pair.clone().with_key_id(kid).sign(claims),
        };
        signed.expect("a token")
    }

    /// A token under any header, well signed.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| encoded(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        format!("{signed}.{}", self.signature(&signed))
    }
}

/// How a provider answers with tokens.
pub enum Tokens {
    /// As it should.
    Signed,
    /// With this ID token.
    Forged(String),
    /// With a status and a body.
    Raw(u16, String),
    /// Not at all.
    Nothing,
}

/// One provider.
pub struct Provider {
    issuer: &'static str,
    pub key: Key,
    pub kid: String,
    pub keys: Option<Vec<Value>>,
    pub claims: Value,
    pub tokens: Tokens,
    pub layout: Option<(u16, String)>,
    pub iss_supported: bool,
    pub asked: HashMap<String, u32>,
    codes: HashMap<String, (String, String)>,
    pub now: i64,
}

impl Provider {
    fn new(issuer: &'static str, claims: Value) -> Self {
        Provider {
            issuer,
            key: Key::edwards(),
            kid: "first".into(),
            keys: None,
            claims,
            tokens: Tokens::Signed,
            layout: None,
            iss_supported: true,
            asked: HashMap::new(),
            codes: HashMap::new(),
            now: 0,
        }
    }

    /// All that an ID token says, for the sign-in of this nonce.
    pub fn token_claims(&self, nonce: &str) -> Value {
        let mut claims = json!({
            "iss": self.issuer, "sub": "pairwise-1", "aud": CLIENT, "nonce": nonce,
            "iat": self.now, "exp": self.now + 300,
        });
        for (name, value) in self.claims.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        claims
    }

    fn answer(&mut self, path: &str, body: &[u8]) -> Option<(u16, String)> {
        *self.asked.entry(path.to_owned()).or_default() += 1;
        let issuer = self.issuer;
        match path {
            "/.well-known/openid-configuration" => self.layout.clone().or_else(|| {
                let layout = json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/keys"),
                    "end_session_endpoint": format!("{issuer}/end"),
                    "authorization_response_iss_parameter_supported": self.iss_supported,
                    "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
                });
                Some((200, layout.to_string()))
            }),
            "/keys" => {
                let keys = self
                    .keys
                    .clone()
                    .unwrap_or_else(|| vec![self.key.public(&self.kid)]);
                Some((200, json!({ "keys": keys }).to_string()))
            }
            "/token" => self.redeem(&form(body)),
            _ => Some((404, "nothing here".into())),
        }
    }

    fn redeem(&mut self, form: &HashMap<String, String>) -> Option<(u16, String)> {
        let refused = |error: &str| Some((400, json!({ "error": error }).to_string()));
        // A code is good once, and only for who can show what its challenge was made of.
        let Some((nonce, challenge)) = self.codes.remove(&form["code"]) else {
            return refused("invalid_grant");
        };
        let made_of = hmac_sha256::Hash::hash(form["code_verifier"].as_bytes());
        if encoded(&made_of) != challenge
            || form["redirect_uri"].split("/identity/callback/").next()
                != Some("https://vard.example")
        {
            return refused("invalid_grant");
        }
        let payload = form["client_assertion"]
            .split('.')
            .nth(1)
            .expect("an assertion");
        let assertion: Value =
            serde_json::from_slice(&decoded(payload).expect("base64url")).expect("claims");
        if assertion["iss"] != CLIENT || assertion["exp"].as_i64() <= Some(self.now) {
            return Some((401, json!({ "error": "invalid_client" }).to_string()));
        }
        match &self.tokens {
            Tokens::Signed => {
                let token = self.key.sign(&self.kid, &self.token_claims(&nonce));
                Some((
                    200,
                    json!({ "id_token": token, "token_type": "Bearer" }).to_string(),
                ))
            }
            Tokens::Forged(token) => Some((
                200,
                json!({ "id_token": token, "token_type": "Bearer" }).to_string(),
            )),
            Tokens::Raw(status, body) => Some((*status, body.clone())),
            Tokens::Nothing => None,
        }
    }
}

/// The fields of a form.
pub fn form(bytes: &[u8]) -> HashMap<String, String> {
    let text = String::from_utf8(bytes.to_vec()).expect("a form");
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), percent_decoded(value)))
        .collect()
}

pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(&after[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(hex, 16).expect("hexadecimal"));
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

struct Network(Mutex<HashMap<&'static str, Provider>>);

#[async_trait]
impl Http for Network {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PortError> {
        let uri = request.uri().clone();
        let issuer = format!("https://{}", uri.host().expect("a host"));
        let mut providers = self.0.lock().expect("the providers");
        let answer = providers
            .get_mut(issuer.as_str())
            .and_then(|provider| provider.answer(uri.path(), request.body()));
        match answer {
            Some((status, body)) => {
                let mut answer = Response::new(body.into_bytes());
                *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
                Ok(answer)
            }
            None => Err(PortError {
                port: "http",
                cause: "no answer in ten seconds".into(),
            }),
        }
    }
}

/// Settings that a test changes, over those of the world.
struct Changed {
    values: Mutex<HashMap<String, String>>,
    others: Arc<dyn Secrets>,
}

impl Secrets for Changed {
    fn get(&self, name: &str) -> Option<String> {
        let values = self.values.lock().expect("the settings");
        values.get(name).cloned().or_else(|| self.others.get(name))
    }
}

/// Identity, its providers and its world.
pub struct World {
    world: world::World,
    network: Arc<Network>,
    settings: Arc<Changed>,
}

impl Deref for World {
    type Target = world::World;
    fn deref(&self) -> &world::World {
        &self.world
    }
}

impl World {
    pub async fn new() -> Self {
        Self::in_environment("training").await
    }

    pub async fn in_environment(environment: &str) -> Self {
        let functions: [world::Function; 2] =
            [("identity", identity::router), ("booking", booking::router)];
        let mut world = world::World::in_environment(&functions, environment).await;
        let patients = Provider::new(PATIENTS, json!({ NUMBER: ALEX }));
        let staff =
            json!({ "acr": LEVEL, "employeeHsaId": ANNA, "commissionHsaId": format!("{ANNA}C") });
        let staff = Provider::new(STAFF, staff);
        let network = Arc::new(Network(Mutex::new(HashMap::from([
            (PATIENTS, patients),
            (STAFF, staff),
        ]))));
        let settings = Arc::new(Changed {
            values: Mutex::default(),
            others: Arc::clone(&world.ports.secrets),
        });
        world.ports = Ports {
            http: network.clone(),
            secrets: settings.clone(),
            ..world.ports
        };
        let world = World {
            world,
            network,
            settings,
        };
        world.set_time("2026-11-23T09:00");
        world
    }

    /// Moves the clocks of all.
    pub fn set_time(&self, text: &str) {
        self.set_now(at(text));
    }

    pub fn set_now(&self, now: shared::time::Timestamp) {
        self.clock.set(now);
        for provider in self.network.0.lock().expect("the providers").values_mut() {
            provider.now = now.millis() / 1000;
        }
    }

    /// Later by so many milliseconds.
    pub fn wait(&self, millis: i64) {
        self.set_now(self.ports.clock.now().plus(millis));
    }

    pub fn change_setting(&self, name: &str, value: &str) {
        let mut values = self.settings.values.lock().expect("the settings");
        values.insert(name.to_owned(), value.to_owned());
    }

    /// Makes a provider another.
    pub fn provider(&self, issuer: &'static str, change: impl FnOnce(&mut Provider)) {
        let mut providers: MutexGuard<_> = self.network.0.lock().expect("the providers");
        change(providers.get_mut(issuer).expect("a provider"));
    }

    /// Sets one claim.
    pub fn claim(&self, issuer: &'static str, name: &str, value: Value) {
        self.provider(issuer, |provider| provider.claims[name] = value);
    }

    /// How often a provider was asked for something.
    pub fn asked(&self, issuer: &'static str, path: &str) -> u32 {
        let providers = self.network.0.lock().expect("the providers");
        providers[issuer]
            .asked
            .get(path)
            .copied()
            .unwrap_or_default()
    }

    /// The person signs in at the provider: gives a code for what the address asked.
    pub fn code_for(&self, asked: &HashMap<String, String>, issuer: &'static str) -> String {
        let mut code = String::new();
        self.provider(issuer, |provider| {
            code = format!("code-{}", provider.codes.len() + provider.asked.len() * 100);
            let kept = (asked["nonce"].clone(), asked["code_challenge"].clone());
            provider.codes.insert(code.clone(), kept);
        });
        code
    }
}
