//! Digital colleagues (digitala kollegor): who is on, the matters that are offered to or by the reader, the unit's
//! pool, the reader's own matters with a form each that hands them over, and those into which they were brought. Every
//! form goes to messaging.

use askama::Template;
use axum::response::Response;
use shared::colleagues::{self, Colleague};
use shared::hsa_id::HsaId;
use shared::page::{Viewer, new_key};
use shared::platform::{Ports, Row, Rows};
use shared::problem::Problem;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, Staff};
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, messaging as chat_words, roles, workspace as words};

use crate::store;
use crate::tasks::patient_name;

/// A matter: whose it is may be offered, or open to all.
struct Matter {
    chat: String,
    subject: String,
    patient: Option<String>,
    at: Timestamp,
}

impl Matter {
    fn from_row(sealer: &Sealer, row: Row, chat: &str, at: &str) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let chat = row.text(chat)?;
        let place = Place {
            care_provider: &care_provider,
            column: "chats.subject",
            row: chat,
        };
        Ok(Matter {
            chat: chat.to_owned(),
            subject: sealer.open(place, row.text("subject")?)?,
            patient: patient_name(sealer, row)?,
            at: Timestamp::from_millis(row.integer(at)?),
        })
    }
}

/// Matters, as many as are shown.
struct Matters {
    shown: Vec<Matter>,
    has_more: bool,
}

impl Matters {
    fn from_rows(sealer: &Sealer, rows: &Rows) -> Result<Self, Problem> {
        let first = rows.iter().take(store::MATTERS_SHOWN);
        let shown = first.map(|row| Matter::from_row(sealer, row, "id", "closes_at"));
        Ok(Matters {
            shown: shown.collect::<Result<_, _>>()?,
            has_more: rows.len() > store::MATTERS_SHOWN,
        })
    }
}

/// A matter that waits for somebody's answer.
struct Offer {
    id: String,
    matter: Matter,
    /// Who offers it, or to whom it is offered.
    who: String,
    note: Option<String>,
}

#[derive(Template)]
#[template(path = "colleagues.html")]
struct ColleaguesPage {
    language: Language,
    key: String,
    me: HsaId,
    colleagues: Vec<Colleague>,
    to_me: Vec<Offer>,
    by_me: Vec<Offer>,
    pool: Matters,
    own: Matters,
    joined: Matters,
}

impl ColleaguesPage {
    fn patient<'a>(&'a self, matter: &'a Matter) -> &'a str {
        let name = matter.patient.as_deref();
        name.unwrap_or(self.language.say(words::PROTECTED))
    }

    fn at(&self, matter: &Matter) -> String {
        moment(self.language, matter.at)
    }

    fn role(&self, colleague: &Colleague) -> &'static str {
        self.language.say(roles::name(colleague.role))
    }

    fn others(&self) -> impl Iterator<Item = &Colleague> {
        self.colleagues.iter().filter(|one| one.id != self.me)
    }
}

/// The page.
pub async fn page(staff: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let [pool, own, log] = store::matters(&ports, &staff)?;
    let [joined, log_of_joined] = store::joined(&ports, &staff)?;
    let mut reading = vec![
        colleagues::colleagues(&staff, ports.clock.now()),
        pool,
        own,
        log,
        joined,
        log_of_joined,
    ];
    reading.extend(colleagues::offers(&ports, &staff)?);
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(reading)
        .await?;
    let [people, pool, own, _, joined, _, to_me, by_me, _] = found.as_slice() else {
        return Err(Problem::internal(
            "a batch answered with another number of outcomes",
        ));
    };
    let mut list = vec![];
    for row in people.rows.iter() {
        list.push(Colleague::from_row(&sealer, &staff.care_provider, row)?);
    }
    list.sort_by(|one, other| (!one.is_on, &one.name).cmp(&(!other.is_on, &other.name)));
    let offer = |row: Row, is_to_me: bool| -> Result<Offer, Problem> {
        let offer = colleagues::Offer::from_row(&sealer, row)?;
        Ok(Offer {
            id: offer.id,
            matter: Matter::from_row(&sealer, row, "chat_id", "offered_at")?,
            who: match is_to_me {
                true => offer.from_name,
                false => offer.to_name,
            },
            note: offer.note,
        })
    };
    let to_me: Result<_, Problem> = to_me.rows.iter().map(|row| offer(row, true)).collect();
    let by_me: Result<_, Problem> = by_me.rows.iter().map(|row| offer(row, false)).collect();
    let content = ColleaguesPage {
        language: viewer.language,
        key: new_key(&ports),
        me: staff.practitioner.clone(),
        to_me: to_me?,
        by_me: by_me?,
        colleagues: list,
        pool: Matters::from_rows(&sealer, &pool.rows)?,
        own: Matters::from_rows(&sealer, &own.rows)?,
        joined: Matters::from_rows(&sealer, &joined.rows)?,
    };
    let title = viewer.say(words::COLLEAGUES);
    viewer.wide().show(title, &content)
}
