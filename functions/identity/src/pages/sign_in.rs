//! Signing in: the choice between patients and staff, the way to the provider and back, the choice of a
//! commission, and silent renewal.

use askama::Template;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shared::audit;
use shared::cookie;
use shared::environment::Environment;
use shared::hsa_id::HsaId;
use shared::identifiers::SessionId;
use shared::page::{LocalPath, Viewer, follow_profile, go_to, is_opened, redirect, remember_name};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::rate_limit::RateLimit;
use shared::sealing::{IdentityIndex, Sealer};
use shared::session::{Session, SignedInPatient, Staff};
use shared::time::{MINUTE, Timestamp};
use shared::words::{Language, common, identity as words, portal};

use super::AnyVisitor;
use crate::open_id::Fault;
use crate::open_id::attempt::{Attempt, PATIENCE};
use crate::open_id::id_token::Claims;
use crate::open_id::provider::Discovery;
use crate::open_id::registration::{Audience, Registration};
use crate::patient;
use crate::refusal::Refusal;
use crate::sessions::{self, Bearer, Renewal};
use crate::staff::Claimed;
use crate::store::{self, Commission};

/// Starts per address. Whole hospitals stand behind one, so it is high: what it stops is machines.
const STARTS: RateLimit = RateLimit {
    name: "sign-in",
    most: 600,
    within: 10 * MINUTE,
};
/// Answers that did not hold, per address.
const FAILURES: RateLimit = RateLimit {
    name: "sign-in-failure",
    most: 60,
    within: 10 * MINUTE,
};
/// How long a person may take to choose a commission, in milliseconds.
const CHOOSING: i64 = 5 * MINUTE;
/// What the cookie with that choice is sealed for.
const CHOICE_USE: &str = "commission choice";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    language: Language,
    return_to: String,
}

/// The page where one chooses how to sign in.
pub async fn choose(visit: AnyVisitor) -> Result<Response, Problem> {
    let viewer = &visit.viewer;
    let content = SignInPage {
        language: viewer.language,
        return_to: visit.return_to().in_query(),
    };
    viewer.show(viewer.say(words::SIGN_IN), &content)
}

/// Begins a sign-in and leads to the provider. A link, not a form: a page's form may lead to this site alone.
pub async fn begin(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, ports) = (&visit.viewer, &visit.ports);
    let audience = Audience::named(visit.last_segment()).ok_or_else(Problem::not_found)?;
    STARTS.count(ports, &visit.address.0).await?;
    let registration = Registration::of(audience, ports)?;
    let return_to = visit.return_to();
    let discovery = match Discovery::of(ports, &registration).await {
        Ok(discovery) => discovery,
        Err(fault) => return refused(viewer, ports, audience, fault.into(), &return_to),
    };
    let attempt = Attempt::begin(ports, audience, &return_to)?;
    let mut answer = redirect(&attempt.address(&registration, &discovery, viewer.language)?);
    let kept = cookie::set(
        cookie::name::SIGN_IN,
        &attempt.sealed(ports)?,
        PATIENCE / 1000,
    );
    sessions::set(&mut answer, kept);
    Ok(answer)
}

/// Takes a provider's answer. Whatever ends here without a session is a page, an audit line, and a cookie
/// that no longer opens anything.
pub async fn answered(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, ports, headers) = (&visit.viewer, &visit.ports, &visit.headers);
    let address = &visit.address.0;
    let audience = Audience::named(visit.last_segment()).ok_or_else(Problem::not_found)?;
    FAILURES.check(ports, address).await?;
    let registration = Registration::of(audience, ports)?;
    // A parameter that comes twice can't be read as either.
    if ["code", "state", "iss", "error"]
        .iter()
        .any(|name| visit.repeats(name))
    {
        FAILURES.count(ports, address).await?;
        let start = LocalPath::start();
        return refused(viewer, ports, audience, Fault::Malformed.into(), &start);
    }
    let state = visit.parameter("state").unwrap_or_default();
    let attempt = cookie::read(headers, cookie::name::SIGN_IN);
    let attempt = match Attempt::answered(ports, attempt, audience, state) {
        Ok(attempt) => attempt,
        Err(fault) => {
            FAILURES.count(ports, address).await?;
            return refused(viewer, ports, audience, fault.into(), &LocalPath::start());
        }
    };
    let outcome = match claims(&visit, &registration, &attempt).await {
        Ok(claims) => match audience {
            Audience::Patient => {
                patient_signed_in(ports, &registration, &attempt, &claims, headers).await?
            }
            Audience::Staff => {
                staff_signed_in(ports, &registration, &attempt, &claims, headers).await?
            }
        },
        Err(fault) => Err(fault.into()),
    };
    match outcome {
        Ok(answer) => Ok(answer),
        Err(refusal) => {
            FAILURES.count(ports, address).await?;
            refused(viewer, ports, audience, refusal, &attempt.return_to())
        }
    }
}

async fn claims(
    visit: &AnyVisitor,
    registration: &Registration,
    attempt: &Attempt,
) -> Result<Claims, Fault> {
    let ports = &visit.ports;
    let discovery = Discovery::of(ports, registration).await?;
    discovery.answered(visit.parameter("iss"))?;
    match (visit.parameter("code"), visit.parameter("error")) {
        (Some(code), None) => discovery.claims(ports, registration, attempt, code).await,
        (None, Some("access_denied" | "interaction_required" | "login_required")) => {
            Err(Fault::Stopped)
        }
        (None, Some("server_error" | "temporarily_unavailable")) => Err(Fault::ProviderDown),
        (None, Some(_)) => Err(Fault::Refused),
        _ => Err(Fault::Malformed),
    }
}

async fn patient_signed_in(
    ports: &Ports,
    registration: &Registration,
    attempt: &Attempt,
    claims: &Claims,
    headers: &HeaderMap,
) -> Result<Result<Response, Refusal>, Problem> {
    let level = claims.text("acr").unwrap_or_default();
    if !registration.levels.is_empty()
        && registration.levels.iter().all(|demanded| demanded != level)
    {
        return Ok(Err(Refusal::TooWeak));
    }
    let identity = match patient::identity(
        claims,
        &registration.identity_claims,
        registration.environment,
    ) {
        Ok(identity) => identity,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let index = IdentityIndex::of(&*ports.secrets, &identity)?;
    let today = ports.clock.now().date_in_stockholm();
    if !patient::is_old_enough(&identity, today, None) {
        let found = ports.store.query(store::lowest_age_limit(&index)).await?;
        let lowered = store::only_row(&found.rows)?.optional_integer("age_limit")?;
        let lowered = lowered.and_then(|limit| i32::try_from(limit).ok());
        if !patient::is_old_enough(&identity, today, lowered) {
            return Ok(Err(Refusal::UnderAge));
        }
    }
    let found = ports
        .store
        .batch(vec![
            store::profile_language(&index),
            store::patient_name(&index),
        ])
        .await?;
    let name = store::opened_name(ports, &found[1], "patients.name")
        .or_else(|| claims.text("name").map(str::to_owned));
    // What was chosen in this browser goes before the profile, and the profile before what the browser says.
    let of_profile = match cookie::read(headers, cookie::name::LANGUAGE) {
        Some(_) => None,
        None => found[0]
            .rows
            .first()
            .map(|row| row.text("language").map(Language::from_tag))
            .transpose()?
            .flatten(),
    };
    let patient = SignedInPatient { identity: index };
    let session = Session::of_patient(&patient, SessionId::new(ports), registration.environment);
    signed_in(
        ports,
        &session,
        &attempt.hash(),
        &attempt.return_to(),
        headers,
        Shown { name, of_profile },
    )
    .await
}

async fn staff_signed_in(
    ports: &Ports,
    registration: &Registration,
    attempt: &Attempt,
    claims: &Claims,
    headers: &HeaderMap,
) -> Result<Result<Response, Refusal>, Problem> {
    let claimed = match Claimed::read(claims, &registration.levels) {
        Ok(claimed) => claimed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let choice = Choice {
        attempt_hash: attempt.hash(),
        practitioner: claimed.practitioner,
        commissions: claimed.commissions,
        return_to: attempt.return_to().as_str().to_owned(),
        until: ports.clock.now().plus(CHOOSING).millis(),
    };
    let standing = choice.standing(ports).await?;
    match standing.as_slice() {
        [] => Ok(Err(Refusal::NoCommission)),
        [commission] => choice.made(ports, commission, headers).await,
        _ => {
            let mut answer = redirect("/identity/commission");
            let kept = cookie::set(
                cookie::name::SIGN_IN,
                &choice.sealed(ports)?,
                CHOOSING / 1000,
            );
            sessions::set(&mut answer, kept);
            Ok(Ok(answer))
        }
    }
}

/// What every page shows from now on of who is signed in.
struct Shown {
    /// A patient's name; a practitioner's, and at which unit.
    name: Option<String>,
    /// The language of a patient's profile.
    of_profile: Option<Language>,
}

async fn signed_in(
    ports: &Ports,
    session: &Session,
    attempt_hash: &str,
    return_to: &LocalPath,
    headers: &HeaderMap,
    shown: Shown,
) -> Result<Result<Response, Refusal>, Problem> {
    let before = cookie::read(headers, cookie::name::REFRESH);
    let Some(tokens) = sessions::begin(ports, session, attempt_hash, None, before).await? else {
        return Ok(Err(Refusal::Replayed));
    };
    audit::line(ports, "signed-in", session.kind.as_str());
    let mut answer = go_to(return_to);
    // Also where there is none: whoever was signed in here before had another name, and may have read another language.
    remember_name(&mut answer, ports, shown.name, tokens.kept_for)?;
    follow_profile(answer.headers_mut(), shown.of_profile);
    tokens.into_cookies(&mut answer);
    sessions::set(&mut answer, cookie::forget(cookie::name::SIGN_IN));
    Ok(Ok(answer))
}

/// A practitioner who has signed in and must say under which commission.
#[derive(Serialize, Deserialize)]
struct Choice {
    attempt_hash: String,
    practitioner: HsaId,
    commissions: Vec<HsaId>,
    return_to: String,
    until: i64,
}

impl Choice {
    fn sealed(&self, ports: &Ports) -> Result<String, Problem> {
        let text = shared::json::text(self)?;
        Ok(Sealer::from_secrets(&*ports.secrets)?.seal_for(&*ports.random, CHOICE_USE, &text)?)
    }

    fn of(ports: &Ports, headers: &HeaderMap) -> Result<Self, Refusal> {
        let none = Refusal::OpenId(Fault::NoAttempt);
        let sealed = cookie::read(headers, cookie::name::SIGN_IN).ok_or(none)?;
        let sealer = Sealer::from_secrets(&*ports.secrets).map_err(|_| none)?;
        let text = sealer.open_for(CHOICE_USE, sealed).map_err(|_| none)?;
        let choice: Choice = serde_json::from_str(&text).map_err(|_| none)?;
        let until = Timestamp::from_millis(choice.until);
        (ports.clock.now() < until).then_some(choice).ok_or(none)
    }

    /// Those of the named commissions that our own tables know, at connected units.
    async fn standing(&self, ports: &Ports) -> Result<Vec<Commission>, Problem> {
        let found = ports
            .store
            .query(store::commissions(&self.practitioner))
            .await?;
        let mut standing = Vec::new();
        for row in found.rows.iter() {
            let commission = Commission::from_row(row)?;
            if self.commissions.contains(&commission.id) {
                standing.push(commission);
            }
        }
        Ok(standing)
    }

    async fn made(
        &self,
        ports: &Ports,
        commission: &Commission,
        headers: &HeaderMap,
    ) -> Result<Result<Response, Refusal>, Problem> {
        let staff = Staff {
            practitioner: self.practitioner.clone(),
            care_provider: commission.care_provider.clone(),
            care_unit: commission.care_unit.clone(),
            role: commission.role,
            commission: commission.id.clone(),
        };
        let environment = Environment::of(&*ports.secrets)?;
        let session = Session::of_staff(&staff, SessionId::new(ports), environment);
        let return_to = LocalPath::from_outside(&self.return_to);
        let found = store::practitioner_name(&self.practitioner);
        let found = ports.store.query(found).await?;
        let name = match store::opened_name(ports, &found, "practitioners.name") {
            Some(name) => Some(format!("{name}, {}", commission.unit_name)),
            None => Some(commission.unit_name.clone()),
        };
        signed_in(
            ports,
            &session,
            &self.attempt_hash,
            &return_to,
            headers,
            Shown {
                name,
                of_profile: None,
            },
        )
        .await
    }
}

/// One commission to choose.
struct Offered {
    id: String,
    text: String,
}

#[derive(Template)]
#[template(path = "commission.html")]
struct CommissionPage {
    language: Language,
    offered: Vec<Offered>,
}

/// The page where staff choose under which commission they work now.
pub async fn offer_commissions(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, ports, headers) = (&visit.viewer, &visit.ports, &visit.headers);
    let choice = match Choice::of(ports, headers) {
        Ok(choice) => choice,
        Err(refusal) => {
            return refused(viewer, ports, Audience::Staff, refusal, &LocalPath::start());
        }
    };
    let offered = choice
        .standing(ports)
        .await?
        .into_iter()
        .map(|one| Offered {
            text: words::role_at(viewer.language, one.role, &one.unit_name),
            id: one.id.to_string(),
        });
    let content = CommissionPage {
        language: viewer.language,
        offered: offered.collect(),
    };
    viewer.show(viewer.say(words::CHOOSE_COMMISSION), &content)
}

/// Begins the session under the chosen commission, which must be one of those offered, still.
pub async fn choose_commission(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, ports, headers) = (&visit.viewer, &visit.ports, &visit.headers);
    let chosen = visit.field("commission").unwrap_or_default();
    let refuse = |refusal| refused(viewer, ports, Audience::Staff, refusal, &LocalPath::start());
    let choice = match Choice::of(ports, headers) {
        Ok(choice) => choice,
        Err(refusal) => return refuse(refusal),
    };
    let standing = choice.standing(ports).await?;
    let Some(commission) = standing.iter().find(|one| one.id.as_str() == chosen) else {
        return refuse(Refusal::NoCommission);
    };
    match choice.made(ports, commission, headers).await? {
        Ok(answer) => Ok(answer),
        Err(refusal) => refuse(refusal),
    }
}

/// Renews a browser's session and goes on; where it has ended, without one: a page that is for everybody is shown,
/// and any other leads to the sign-in by itself. A page's script gets the sign-in, and the browser forgets nothing: by
/// the refresh token it is known whose the form is that is still being written there (`kept_form`).
pub async fn renew(visit: AnyVisitor) -> Result<Response, Problem> {
    let (ports, headers) = (&visit.ports, &visit.headers);
    let return_to = visit.return_to();
    let renewal = match cookie::read(headers, cookie::name::REFRESH) {
        Some(token) => {
            sessions::renew(ports, token, Bearer::Browser(sessions::spoken_of(headers))).await?
        }
        None => Renewal::Over,
    };
    Ok(match renewal {
        Renewal::Renewed(tokens) => {
            let mut answer = go_to(&return_to);
            tokens.into_cookies(&mut answer);
            answer
        }
        Renewal::ByAnotherTab => go_to(&return_to),
        Renewal::Over if !is_opened(headers) => redirect(&format!(
            "/identity/sign-in?return_to={}",
            return_to.in_query()
        )),
        Renewal::Over => {
            let mut answer = go_to(&return_to);
            sessions::forget_cookies(&mut answer);
            answer
        }
    })
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    language: Language,
    text: &'static str,
    again: Option<String>,
}

/// The page of a sign-in that failed, its audit line, and the end of its attempt.
fn refused(
    viewer: &Viewer,
    ports: &Ports,
    audience: Audience,
    refusal: Refusal,
    return_to: &LocalPath,
) -> Result<Response, Problem> {
    audit::line(ports, "sign-in-refused", refusal.why());
    let (title, text) = refusal.words(audience);
    let content = RefusedPage {
        language: viewer.language,
        text: viewer.say(text),
        again: refusal.may_try_again().then(|| {
            format!(
                "/identity/sign-in/{}?return_to={}",
                audience.as_str(),
                return_to.in_query()
            )
        }),
    };
    let status = refusal.status();
    let mut answer = viewer.show_as(status, viewer.say(title), &content)?;
    sessions::set(&mut answer, cookie::forget(cookie::name::SIGN_IN));
    answer
        .extensions_mut()
        .insert(shared::problem::Kind("sign-in-refused"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = http::HeaderValue::from_static("30");
        answer
            .headers_mut()
            .insert(http::header::RETRY_AFTER, seconds);
    }
    Ok(answer)
}
