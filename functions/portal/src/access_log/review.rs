//! The administrator's pages for the recurring check of the access log (HSLF-FS 2016:40 4:9): whether the chain
//! is whole, samples drawn at random, and what one found in them. Each form leads to what the JSON does.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::session::{Administrator, Staff};
use shared::text::Text;
use shared::words::{Language, access_log as words, dates};

use super::api::{
    EntryView, NewSampleView, SampleView, SignOff, VerificationView, draw, sample, samples,
    sign_off, verified,
};
use super::chain::Fault;

#[derive(Template)]
#[template(path = "access_log_review.html")]
struct ReviewPage {
    language: Language,
    key: String,
    samples: Vec<SampleView>,
    verification: Option<VerificationView>,
    from: String,
    to: String,
    size: String,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "access_log_sample.html")]
struct SamplePage {
    language: Language,
    key: String,
    sample: SampleView,
    remark: String,
    faults: Faults,
}

impl ReviewPage {
    /// Name, type, label and value of each field of the form that draws a sample.
    fn fields(&self) -> [(&'static str, &'static str, &'static str, &str); 3] {
        let say = |word| self.language.say(word);
        [
            ("from", "date", say(words::FROM_DAY), &self.from),
            ("to", "date", say(words::TO_DAY), &self.to),
            ("size", "text", say(words::HOW_MANY), &self.size),
        ]
    }

    fn fault(&self, fault: &Fault) -> String {
        let language = self.language;
        match *fault {
            Fault::Missing { from, to } | Fault::Cut { from, to } => {
                words::gone(language, from, to)
            }
            Fault::Changed { number } | Fault::Unlinked { number } => {
                words::changed(language, number)
            }
            Fault::Checkpoint { number } => words::foreign_checkpoint(language, number),
        }
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }
}

impl SamplePage {
    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }

    fn when(&self, entry: &EntryView) -> String {
        dates::moment(self.language, entry.at)
    }

    fn who<'a>(&self, entry: &'a EntryView) -> &'a str {
        let kind = words::user(&entry.user_kind);
        entry
            .user_name
            .as_deref()
            .unwrap_or(self.language.say(kind))
    }

    fn what(&self, entry: &EntryView) -> String {
        let what = self.language.say(words::activity(&entry.activity));
        let why = self.language.say(words::reason(&entry.purpose));
        let of = self.language.say(words::resource(&entry.resource));
        format!("{what} {of}, {why}")
    }

    fn entries(&self) -> &[EntryView] {
        self.sample.entries.as_deref().unwrap_or_default()
    }
}

impl SampleView {
    /// When it was drawn.
    fn drawn(&self, language: Language) -> String {
        dates::moment(language, self.drawn_at)
    }

    /// By whom it was drawn.
    fn drawer(&self, language: Language) -> String {
        let who = self.drawn_by_name.as_deref().unwrap_or(&self.drawn_by);
        format!("{} {who}", language.say(words::DRAWN_BY))
    }

    /// Of which time it is, and how many entries it has.
    fn told(&self, language: Language) -> String {
        let (from, to) = (
            dates::moment(language, self.from),
            dates::moment(language, self.to),
        );
        format!("{from} – {to} · {}", words::entries(language, self.size))
    }

    /// Whether it was signed off, when and by whom.
    fn outcome(&self, language: Language) -> String {
        match self.signed_off_at {
            Some(at) => {
                let signed = language.say(words::SIGNED_OFF);
                let name = self.signed_off_by_name.as_deref();
                let who = name.or(self.signed_off_by.as_deref()).unwrap_or_default();
                format!("{signed} {}: {who}", dates::moment(language, at))
            }
            None => language.say(words::NOT_SIGNED_OFF).to_owned(),
        }
    }
}

/// From which entry on the chain is to be verified, where it is.
#[derive(Deserialize)]
pub struct ReviewQuery {
    verify: Option<i64>,
}

/// The samples, the form that draws one, and the chain's verification where the address asks for it.
pub async fn page(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<ReviewQuery>,
) -> Result<Response, Problem> {
    let written = [String::new(), String::new(), "20".to_owned()];
    let verify = query.verify.filter(|after| *after >= 0);
    show(&staff, &ports, &viewer, written, Faults::none(), verify).await
}

async fn show(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    [from, to, size]: [String; 3],
    faults: Faults,
    verify: Option<i64>,
) -> Result<Response, Problem> {
    let status = faults.status();
    let verification = match verify {
        Some(after) => Some(verified(staff, ports, after).await?),
        None => None,
    };
    let content = ReviewPage {
        language: viewer.language,
        key: new_key(ports),
        samples: samples(staff, ports).await?.samples,
        verification,
        from,
        to,
        size,
        faults,
    };
    let viewer = viewer.clone().wide();
    viewer.show_as(status, viewer.say(words::REVIEW), &content)
}

/// Draws a sample as the form says, or shows the form again with what is wrong.
pub async fn draw_one(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    form: FormPost,
) -> Result<Response, Problem> {
    let written = ["from", "to", "size"].map(|name| form.text(name));
    let asked = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let wanted = NewSampleView {
        from: asked(&written[0]),
        to: asked(&written[1]),
        // What is no number is too small for a sample.
        size: asked(&written[2]).map(|size| size.parse().unwrap_or(0)),
    };
    match draw(&staff, &ports, &wanted, &form.identity).await {
        Ok(answer) => {
            let bytes = shared::post::whole(answer.into_body()).await?;
            let drawn: Drawn = serde_json::from_slice(&bytes)
                .map_err(|_| Problem::internal("a drawn sample has no id"))?;
            Ok(go_to(&path_of(&drawn.id)))
        }
        Err(problem) => {
            let mut faults = Faults::none();
            match problem.field() {
                Some("size") => faults.add("size", words::WRONG_SIZE),
                Some(field @ ("from" | "to")) => faults.add(field, words::WRONG_PERIOD),
                _ => return Err(problem),
            }
            show(&staff, &ports, &viewer, written, faults, None).await
        }
    }
}

#[derive(Deserialize)]
struct Drawn {
    id: String,
}

fn path_of(sample: &str) -> LocalPath {
    LocalPath::from_outside(&format!("/portal/access-log/review/{sample}"))
}

/// One sample with its entries. Looking at it is an entry, too.
pub async fn read(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let sample = sample(&staff, &ports, &id).await?;
    show_sample(&ports, &viewer, sample, String::new(), Faults::none())
}

fn show_sample(
    ports: &Ports,
    viewer: &Viewer,
    sample: SampleView,
    remark: String,
    faults: Faults,
) -> Result<Response, Problem> {
    let status = faults.status();
    let content = SamplePage {
        language: viewer.language,
        key: new_key(ports),
        sample,
        remark,
        faults,
    };
    let viewer = viewer.clone().wide();
    viewer.show_as(status, viewer.say(words::SAMPLE), &content)
}

/// Signs a sample off with a remark, or shows it again with what is wrong.
pub async fn sign(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    Path(id): Path<String>,
    form: FormPost,
) -> Result<Response, Problem> {
    let mut faults = Faults::none();
    match form.parsed::<Text<2000>>("remark") {
        Ok(remark) => {
            let signed = sign_off(&staff, &ports, &id, &SignOff { remark }, &form.identity).await;
            match signed {
                Ok(_) => return Ok(go_to(&path_of(&id))),
                Err(problem) if problem.kind() == "signed-off" => {
                    faults.add("content", words::SIGNED_OFF_ALREADY);
                }
                Err(problem) => return Err(problem),
            }
        }
        Err(_) => faults.add("remark", words::WRONG_REMARK),
    }
    let sample = sample(&staff, &ports, &id).await?;
    show_sample(&ports, &viewer, sample, form.text("remark"), faults)
}
