//! What a text message says, and whether it may say it. Pure: the state of what it tells of comes in, a text or
//! the reason for silence goes out. The words themselves are in `shared::words::sms`.

use shared::appointment::AppointmentState;
use shared::sms_outbox::{SmsTemplate, TICKET_EXPIRES_WITHIN};
use shared::time::{HOUR, Timestamp};
use shared::words::sms as words;
use shared::words::sms::{Filling, filled};
use shared::words::{Language, Word};

/// Characters of GSM 03.38's basic table.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Those of its extension, each of which takes two places.
const GSM_EXTENSION: &str = "^{}\\[~]|€";
/// Parts of words by which a unit's name tells what it treats (Socialstyrelsen: a unit's name can itself
/// reveal the specialty). In lower case.
const TELLING: [&str; 159] = [
    "psyk",
    "beroende",
    "missbruk",
    "rehab",
    "onkolog",
    "cancer",
    "tumör",
    "gyn",
    "barnmorske",
    "mödravård",
    "abort",
    "fertil",
    "ivf",
    "hiv",
    "infektion",
    "hud",
    "köns",
    "venereo",
    "sex",
    "ungdomsmottagning",
    "kurator",
    "äts",
    "diabet",
    "hjärt",
    "njur",
    "dialys",
    "neuro",
    "minnes",
    "demens",
    "smärt",
    "reuma",
    "urolog",
    "ortoped",
    "ögon",
    "öron",
    "allergi",
    "lung",
    "blodtryck",
    "trauma",
    "autism",
    "kirurg",
    "kvinno",
    "bup",
    "habilitering",
    "geriatri",
    "palliativ",
    "hospice",
    "hematolog",
    "gastro",
    "endokrin",
    "stroke",
    "obesitas",
    "övervikt",
    "astma",
    "kardiolog",
    "logoped",
    "hörsel",
    "epilep",
    "prostata",
    "bröst",
    "mammografi",
    "alkohol",
    "suicid",
    "transplant",
    "adhd",
    "affektiv",
    "aids",
    "alzheimer",
    "amput",
    "androlog",
    "ångest",
    "anorexi",
    "apné",
    "arytmi",
    "asperger",
    "audiolog",
    "bariatri",
    "bipolär",
    "bulimi",
    "cellgift",
    "celiaki",
    "cytostatika",
    "depression",
    "dermatolog",
    "dietist",
    "dövblind",
    "endometrios",
    "fibromyalgi",
    "foster",
    "förlossning",
    "genetik",
    "hemofili",
    "hepat",
    "huvudvärk",
    "hypertoni",
    "hypofys",
    "immun",
    "impotens",
    "inkontinens",
    "klimakteri",
    "koagulation",
    "kol-mott",
    "kolmott",
    "koronar",
    "krismott",
    "kärlmott",
    "laro",
    "leukemi",
    "lymf",
    "magtarm",
    "mage-tarm",
    "menopaus",
    "metadon",
    "migrän",
    "ms-mott",
    "mvc",
    "mödrahälsovård",
    "narkotika",
    "nefro",
    "neonatal",
    "npf-mott",
    "nutrition",
    "obstetri",
    "oftalm",
    "opioid",
    "osteoporos",
    "parkinson",
    "plastik",
    "pneumo",
    "preventivmedel",
    "proktolog",
    "reproduktion",
    "ryggmärg",
    "självskade",
    "skleros",
    "sköldkörtel",
    "smittskydd",
    "spinal",
    "stomi",
    "stress",
    "strålbehandl",
    "struma",
    "sår-mott",
    "sårcent",
    "sårmott",
    "syncentral",
    "synmott",
    "sömn",
    "tinnitus",
    "torax",
    "thorax",
    "tortyr",
    "tuberkul",
    "utmattning",
    "vulva",
    "våldtäkt",
    "våldsutsatt",
    "yrsel",
    "ätstörning",
];
/// Places whose names hold such a part and tell nothing.
const PLACES: [&str; 5] = ["huddinge", "hudiksvall", "njurunda", "hjärtum", "sexdrega"];

/// What is known of a message's occasion when it leaves.
#[derive(Debug, Clone)]
pub struct Occasion {
    /// Which text.
    pub template: SmsTemplate,
    /// In which language.
    pub language: Language,
    /// To somebody who is invited, rather than the patient.
    pub to_guest: bool,
    /// The unit's neutral name.
    pub unit: String,
    /// Whether the patient's identity is protected.
    pub protected: bool,
    /// Whether the patient is as old as the unit asks, today.
    pub of_age: bool,
    /// Whether there is a number, and consent to use it.
    pub reachable: bool,
    /// Whether the unit still has this reminder sent; true of whatever is no reminder of a visit.
    pub unit_reminds: bool,
    /// Whether the same was written once more since.
    pub told_anew: bool,
    /// What it tells of, as it is now.
    pub matter: Matter,
    /// Our own address.
    pub origin: String,
    /// The address that the message carries, if it has its own.
    pub link: Option<String>,
}

/// What a message tells of, as it is when the message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// A visit: how far it has come, and when it begins.
    Visit(AppointmentState, Timestamp),
    /// A ticket: whether it is open, and until when.
    Ticket(bool, Timestamp),
    /// A chat: whether it is open, whether something is unread, from when its end is told of, and until when it is open.
    Chat(bool, bool, Timestamp, Timestamp),
    /// It is no longer there.
    Gone,
}

/// Why a message doesn't leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// No number, or no consent.
    Unreachable,
    /// Under the unit's age limit.
    UnderAge,
    /// What it tells of is no longer so.
    Outdated,
    /// The text holds what no text may: a fault of ours or of a unit's settings.
    Forbidden,
}

impl Silence {
    /// As the outbox keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Silence::Unreachable => "unreachable",
            Silence::UnderAge => "under-age",
            Silence::Outdated => "outdated",
            Silence::Forbidden => "forbidden",
        }
    }
}

/// What a message says now, or why it stays silent.
pub fn text_of(occasion: &Occasion, now: Timestamp) -> Result<String, Silence> {
    if !occasion.reachable {
        return Err(Silence::Unreachable);
    }
    if !occasion.of_age && !occasion.to_guest {
        return Err(Silence::UnderAge);
    }
    let (word, at) = word_of(occasion, now).ok_or(Silence::Outdated)?;
    let unit = (!occasion.protected && !tells_specialty(&occasion.unit)).then_some(&*occasion.unit);
    let filling = Filling {
        at,
        unit,
        link: occasion.link.as_deref().unwrap_or(&occasion.origin),
    };
    let mut text = filled(word, occasion.language, &filling);
    // One part, if leaving out the unit's name makes it one.
    if parts(&text) > 1 {
        text = filled(
            word,
            occasion.language,
            &Filling {
                unit: None,
                ..filling
            },
        );
    }
    if holds_identity(&text) {
        return Err(Silence::Forbidden);
    }
    Ok(text)
}

/// Which text fits what stands now, and the time in it.
fn word_of(occasion: &Occasion, now: Timestamp) -> Option<(Word, Timestamp)> {
    use AppointmentState::{Booked, Cancelled};
    use SmsTemplate as Is;
    // Of two reminders of the same, which a moved end or a night gave, the newer one speaks.
    let is_reminder = matches!(
        occasion.template,
        Is::ReminderDay | Is::ReminderHour | Is::TicketExpiring | Is::CaseClosing
    );
    if is_reminder && (occasion.told_anew || !occasion.unit_reminds) {
        return None;
    }
    let word = match (occasion.template, occasion.matter) {
        (Is::Booked, Matter::Visit(Booked, at)) if at > now => (words::BOOKED, at),
        (Is::Changed, Matter::Visit(Booked, at)) if at > now => match occasion.to_guest {
            true => (words::GUEST_CHANGED, at),
            false => (words::CHANGED, at),
        },
        (Is::Cancelled, Matter::Visit(Cancelled, at)) if at > now.plus(-HOUR) => {
            match occasion.to_guest {
                true => (words::GUEST_CANCELLED, at),
                false => (words::CANCELLED, at),
            }
        }
        (
            Is::VideoLink,
            Matter::Visit(Booked | AppointmentState::Arrived | AppointmentState::Started, at),
        ) if at > now.plus(-HOUR) && occasion.link.is_some() => (words::VIDEO_LINK, at),
        // A reminder that comes too late to be one, or of a visit that was moved away, is none.
        (Is::ReminderDay, Matter::Visit(Booked, at))
            if at > now.plus(2 * HOUR) && at <= now.plus(25 * HOUR) =>
        {
            (words::REMINDER_DAY, at)
        }
        (Is::ReminderHour, Matter::Visit(Booked, at)) if at > now && at <= now.plus(2 * HOUR) => {
            (words::REMINDER_HOUR, at)
        }
        (Is::Ticket, Matter::Ticket(true, until)) if until > now => (words::TICKET, until),
        // An end that was put off is told of when it comes near again.
        (Is::TicketExpiring, Matter::Ticket(true, until))
            if until > now && until <= now.plus(TICKET_EXPIRES_WITHIN) =>
        {
            (words::TICKET_EXPIRING, until)
        }
        // What staff wrote last is there to be read, however soon the case closed after it.
        (Is::NewMessage, Matter::Chat(_, true, _, until)) => (words::NEW_MESSAGE, until),
        (Is::CaseClosing, Matter::Chat(true, _, told_from, until))
            if until > now && told_from <= now =>
        {
            (words::CASE_CLOSING, until)
        }
        _ => return None,
    };
    Some(word)
}

/// Whether a unit's name tells what it treats, so that no message may carry it.
pub fn tells_specialty(name: &str) -> bool {
    let mut name = name.to_lowercase();
    for place in PLACES {
        name = name.replace(place, "");
    }
    TELLING.iter().any(|part| name.contains(part))
}

/// Whether a text holds something in the form of a personal identity: eight or more digits that may have a
/// hyphen in them. Links are left out: their codes are random.
pub fn holds_identity(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    words.map(digits).any(|digits| digits >= 8)
}

/// In how many parts a text goes: 160 places of GSM 03.38 in one part or 153 in each of several; where a
/// character is missing there, 70 or 67 UTF-16 units.
pub fn parts(text: &str) -> usize {
    let places = text.chars().try_fold(0, |places, character| {
        if GSM_BASIC.contains(character) {
            Some(places + 1)
        } else if GSM_EXTENSION.contains(character) {
            Some(places + 2)
        } else {
            None
        }
    });
    let (length, one, each) = match places {
        Some(places) => (places, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if length <= one {
        1
    } else {
        usize::div_ceil(length, each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-11-30T08:30".parse().expect("a time")
    }

    /// Each template in a state in which it leaves.
    fn occasion(template: SmsTemplate, language: Language) -> Occasion {
        let soon = now().plus(HOUR);
        let matter = match template {
            SmsTemplate::Cancelled => Matter::Visit(AppointmentState::Cancelled, soon),
            SmsTemplate::ReminderDay => {
                Matter::Visit(AppointmentState::Booked, now().plus(24 * HOUR))
            }
            SmsTemplate::Ticket | SmsTemplate::TicketExpiring => Matter::Ticket(true, soon),
            SmsTemplate::NewMessage | SmsTemplate::CaseClosing => {
                Matter::Chat(true, true, now(), soon)
            }
            _ => Matter::Visit(AppointmentState::Booked, soon),
        };
        Occasion {
            template,
            language,
            to_guest: template == SmsTemplate::VideoLink,
            unit: "Testbergets vårdcentral".to_owned(),
            protected: false,
            of_age: true,
            reachable: true,
            unit_reminds: true,
            told_anew: false,
            matter,
            origin: "https://vard-och-halsa.vgregion.example".to_owned(),
            link: matches!(
                template,
                SmsTemplate::Ticket | SmsTemplate::TicketExpiring | SmsTemplate::VideoLink
            )
            .then(|| {
                "https://vard-och-halsa.vgregion.example/t/7zzzzzzzzzzzzzzzzzzzzzzzzz".to_owned()
            }),
        }
    }

    #[test]
    fn every_text_is_one_part_in_both_languages_and_says_when_or_where() {
        for language in Language::ALL {
            for template in SmsTemplate::ALL {
                let text = text_of(&occasion(template, language), now()).expect("a text");
                assert_eq!(parts(&text), 1, "{text}");
                assert!(
                    text.contains("https://vard-och-halsa.vgregion.example"),
                    "{text}"
                );
                assert!(!text.contains('{'), "{text}");
            }
        }
    }

    #[test]
    fn a_name_that_tells_what_is_treated_is_known_as_one() {
        for name in [
            "Kirurgmottagningen Östra",
            "Kvinnokliniken",
            "BUP Hisingen",
            "Barn- och ungdomshabiliteringen",
            "Geriatriska mottagningen",
            "Palliativa teamet",
            "Hematologen",
            "Gastromottagningen",
            "Endokrinmottagningen",
            "Strokeenheten",
            "Obesitascentrum",
            "Astma- och KOL-mottagningen",
            "Dermatologen",
            "Obstetriska mottagningen",
            "Mödrahälsovården Centrum",
            "Oftalmologiska kliniken",
            "Nefrologimottagningen",
            "Audiologiska mottagningen",
            "ADHD-mottagningen",
            "LARO Hisingen",
            "Anorexi- och bulimimottagningen",
            "Ätstörningsenheten",
            "Affektiva mottagningen 2",
            "Inkontinensmottagningen",
            "Parkinsonmottagningen",
            "Migränkliniken",
            "Osteoporosmottagningen",
            "Stressmottagningen",
            "Sömnmottagningen",
            "MS-mottagningen",
            "Sårcentrum",
            "Smittskyddsenheten",
            "Hudmottagningen i Huddinge",
            "MVC Angered",
        ] {
            assert!(tells_specialty(name), "{name}");
        }
        for name in [
            "Testbergets vårdcentral",
            "Närhälsan Björkekärr",
            "Mottagning 4",
            "Vårdcentralen Huddinge",
            "Hudiksvalls hälsocentral",
            "Vårdcentralen Njurunda",
            "Närhälsan Sexdrega",
            "Vårdcentralen Hjärtum",
            "Vårdcentralen Bryggan",
            "Kristianstads vårdcentral",
            "Vårdcentralen Laröd",
            "Karolina vårdcentral",
            "Närhälsan Krokslätt",
            "Närhälsan Lövgärdet",
            "Närhälsan Gamlestadstorget",
            "Närhälsan Mölnlycke",
            "Närhälsan Sörhaga",
            "Närhälsan Åby",
            "Capio Vårdcentral Axess",
            "Husläkarmottagningen Liljeforstorg",
            "Jourcentralen",
            "Hälsomottagningen",
            "Närakut Mölndal",
            "Vårdcentralen Kronan",
            "Vårdcentralen Svanen",
            "Familjeläkarna i Sylte",
            "Digitala vårdcentralen",
        ] {
            assert!(!tells_specialty(name), "{name}");
        }
    }

    #[test]
    fn a_booking_reads_as_people_speak() {
        let text = text_of(&occasion(SmsTemplate::Booked, Language::Sv), now());
        assert_eq!(
            text.as_deref(),
            Ok(
                "Du har fått en tid för ett digitalt besök mån 30 nov kl 09.30, Testbergets vårdcentral. Läs mer: https://vard-och-halsa.vgregion.example"
            )
        );
    }

    #[test]
    fn no_text_names_a_unit_that_tells_a_specialty_or_any_of_a_protected_patient() {
        for language in Language::ALL {
            for template in SmsTemplate::ALL {
                let telling = Occasion {
                    unit: "Psykiatriska mottagningen".to_owned(),
                    ..occasion(template, language)
                };
                let protected = Occasion {
                    protected: true,
                    ..occasion(template, language)
                };
                for occasion in [telling, protected] {
                    let text = text_of(&occasion, now()).expect("a text");
                    assert!(!text.contains(&occasion.unit), "{text}");
                }
            }
        }
    }

    #[test]
    fn no_fixed_text_speaks_of_health_or_holds_an_identity() {
        for language in Language::ALL {
            for template in SmsTemplate::ALL {
                let plain = Occasion {
                    protected: true,
                    ..occasion(template, language)
                };
                let text = text_of(&plain, now())
                    .expect("a text")
                    .replace("vard-och-halsa", "");
                assert!(!tells_specialty(&text) && !holds_identity(&text), "{text}");
            }
        }
        let named = Occasion {
            unit: "Vårdcentralen 19610307-2390".to_owned(),
            ..occasion(SmsTemplate::Booked, Language::Sv)
        };
        assert_eq!(text_of(&named, now()), Err(Silence::Forbidden));
    }

    #[test]
    fn a_last_message_is_told_of_though_the_case_closed_with_it() {
        let closed = Occasion {
            matter: Matter::Chat(false, true, now().plus(-2 * HOUR), now().plus(-HOUR)),
            ..occasion(SmsTemplate::NewMessage, Language::Sv)
        };
        assert!(text_of(&closed, now()).is_ok());
    }

    #[test]
    fn what_is_no_longer_so_is_not_said() {
        let visit = |template, state, hours| Occasion {
            matter: Matter::Visit(state, now().plus(hours * HOUR)),
            ..occasion(template, Language::Sv)
        };
        use AppointmentState as State;
        for outdated in [
            visit(SmsTemplate::Booked, State::Cancelled, 5),
            visit(SmsTemplate::Booked, State::Booked, -1),
            visit(SmsTemplate::Cancelled, State::Booked, 5),
            visit(SmsTemplate::ReminderDay, State::Cancelled, 24),
            visit(SmsTemplate::ReminderDay, State::Booked, 200),
            visit(SmsTemplate::ReminderDay, State::Booked, 1),
            visit(SmsTemplate::ReminderHour, State::Arrived, 1),
            visit(SmsTemplate::ReminderHour, State::Booked, 30),
        ] {
            assert_eq!(
                text_of(&outdated, now()),
                Err(Silence::Outdated),
                "{outdated:?}"
            );
        }
        for (template, matter) in [
            (SmsTemplate::Ticket, Matter::Ticket(false, now().plus(HOUR))),
            (SmsTemplate::TicketExpiring, Matter::Ticket(true, now())),
            (
                SmsTemplate::NewMessage,
                Matter::Chat(true, false, now(), now().plus(HOUR)),
            ),
            (
                SmsTemplate::CaseClosing,
                Matter::Chat(false, true, now(), now().plus(HOUR)),
            ),
            (
                SmsTemplate::CaseClosing,
                Matter::Chat(true, true, now().plus(1), now().plus(HOUR)),
            ),
            (
                SmsTemplate::TicketExpiring,
                Matter::Ticket(true, now().plus(TICKET_EXPIRES_WITHIN + 1)),
            ),
            (SmsTemplate::Booked, Matter::Gone),
        ] {
            let outdated = Occasion {
                matter,
                ..occasion(template, Language::Sv)
            };
            assert_eq!(
                text_of(&outdated, now()),
                Err(Silence::Outdated),
                "{outdated:?}"
            );
        }
        for reminder in [
            SmsTemplate::ReminderDay,
            SmsTemplate::ReminderHour,
            SmsTemplate::TicketExpiring,
            SmsTemplate::CaseClosing,
        ] {
            let told_anew = Occasion {
                told_anew: true,
                ..occasion(reminder, Language::Sv)
            };
            let unwanted = Occasion {
                unit_reminds: false,
                ..occasion(reminder, Language::Sv)
            };
            for outdated in [told_anew, unwanted] {
                assert_eq!(text_of(&outdated, now()), Err(Silence::Outdated));
            }
        }
        let child = Occasion {
            of_age: false,
            ..occasion(SmsTemplate::Booked, Language::Sv)
        };
        assert_eq!(text_of(&child, now()), Err(Silence::UnderAge));
        let silent = Occasion {
            reachable: false,
            ..occasion(SmsTemplate::Booked, Language::Sv)
        };
        assert_eq!(text_of(&silent, now()), Err(Silence::Unreachable));
    }

    #[test]
    fn parts_are_counted_as_networks_do() {
        for (text, count) in [
            ("".to_owned(), 1),
            ("å".repeat(160), 1),
            ("å".repeat(161), 2),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ł".repeat(70), 1),
            ("ł".repeat(71), 2),
            ("a".repeat(153 * 3 + 1), 4),
        ] {
            assert_eq!(parts(&text), count, "{}", text.len());
        }
    }

    proptest! {
        #[test]
        fn a_longer_text_never_has_fewer_parts(text in ".{0,300}", more in ".{0,100}") {
            let longer = text.clone() + &more;
            prop_assert!(parts(&longer) >= parts(&text));
        }
    }
}
