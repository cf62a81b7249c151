//! The list of patients that staff uploads, as spreadsheets write it: in UTF-8 with or without a mark, or in
//! Latin-1; by semicolons, commas or tabs; quoted or not. Every row is checked, and every fault says where. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};
use shared::personal_identity::PersonalIdentity;
use shared::phone_number::{MobileNumber, PhoneNumber};
use shared::text::Text;
use shared::words::Language;
use utoipa::ToSchema;

/// How many patients a list has at most.
pub const MOST_ROWS: usize = 5_000;

/// A patient of a list, as the sealed rows keep them between check and work.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// Personal identity, twelve characters.
    pub identity: String,
    /// Given name and family name.
    pub name: String,
    /// Where text messages go.
    pub phone: Option<String>,
    /// Whether the patient wants them.
    pub sms_consent: bool,
    /// In which language.
    pub language: Language,
}

impl Listed {
    /// As it is sealed. By hand, as all that is kept of a list: serde's code for a type costs kilobytes.
    pub fn to_json(&self) -> Value {
        json!([
            self.identity,
            self.name,
            self.phone,
            self.sms_consent,
            self.language.tag()
        ])
    }

    /// What [`Listed::to_json`] wrote.
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |place: usize| value[place].as_str().map(str::to_owned);
        Some(Listed {
            identity: text(0)?,
            name: text(1)?,
            phone: text(2),
            sms_consent: value[3].as_bool()?,
            language: Language::from_tag(value[4].as_str()?)?,
        })
    }
}

/// A column that we read. Others are left alone, and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "kebab-case")]
pub enum Column {
    /// Who it is; must be there.
    Identity,
    /// Given name and family name; must be there.
    Name,
    /// Where text messages go.
    Phone,
    /// Whether the patient wants them.
    Sms,
    /// In which language.
    Language,
    /// The row as a whole.
    Row,
}

impl Column {
    /// The names that a list's first row may give it, in small letters.
    const NAMES: [(Self, &[&str]); 5] = [
        (
            Self::Identity,
            &["personnummer", "personal_identity", "pnr"],
        ),
        (Self::Name, &["namn", "name"]),
        (
            Self::Phone,
            &["mobil", "mobilnummer", "telefon", "telefonnummer", "phone"],
        ),
        (Self::Sms, &["sms", "samtycke", "sms_consent"]),
        // The whole of Unicode's letter cases costs kilobytes; å is the only one here.
        (Self::Language, &["språk", "sprÅk", "language"]),
    ];

    /// Its name in the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Sms => "sms",
            Self::Language => "language",
            Self::Row => "row",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let mut known = Self::NAMES.iter();
        known
            .find(|(_, names)| names.contains(&name.as_str()))
            .map(|(column, _)| *column)
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "kebab-case")]
pub enum RowFault {
    /// Nothing stands where something must.
    Missing,
    /// Not a personal identity, or one whose check digit is wrong.
    NotAnIdentity,
    /// The training environment takes test identities alone.
    NotATestIdentity,
    /// The patient is too young for the unit.
    UnderAge,
    /// The same patient stands on an earlier row.
    Repeated,
    /// Too long, or with signs that can't be shown.
    NotAText,
    /// Begins as a formula would.
    Formula,
    /// Not a phone number.
    NotAPhone,
    /// A number that is no Swedish mobile: messages to it would not arrive.
    NotASwedishMobile,
    /// Neither yes nor no.
    NeitherYesNorNo,
    /// A language that we have no words in.
    NotALanguage,
    /// More values than there are columns.
    TooManyValues,
}

impl RowFault {
    /// Its name in the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotAnIdentity => "not-an-identity",
            Self::NotATestIdentity => "not-a-test-identity",
            Self::UnderAge => "under-age",
            Self::Repeated => "repeated",
            Self::NotAText => "not-a-text",
            Self::Formula => "formula",
            Self::NotAPhone => "not-a-phone",
            Self::NotASwedishMobile => "not-a-swedish-mobile",
            Self::NeitherYesNorNo => "neither-yes-nor-no",
            Self::NotALanguage => "not-a-language",
            Self::TooManyValues => "too-many-values",
        }
    }
}

/// A fault, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct Fault {
    /// The line of the file, from 1; of a row over several lines, its first.
    pub line: usize,
    /// In which column.
    pub column: Column,
    /// What is wrong.
    pub fault: RowFault,
}

impl Fault {
    /// As the store keeps it and callers see it.
    pub fn to_json(&self) -> Value {
        json!({ "line": self.line, "column": self.column.as_str(), "fault": self.fault.as_str() })
    }
}

/// Why a file is no list at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Zero bytes, or no row after the first.
    #[error(
        "the file has no rows: its first row names the columns, and each further row is a patient"
    )]
    Empty,
    /// Not text: a spreadsheet's own format, or UTF-16.
    #[error("the file is no text: save the list as CSV")]
    NotText,
    /// The first row doesn't name what must be there.
    #[error(
        "the first row must name the columns: personnummer and namn, and as you like mobil, sms and språk"
    )]
    NoHeader,
    /// A column is named twice.
    #[error("the first row names a column twice")]
    RepeatedColumn,
    /// More rows than we take.
    #[error("a list has at most 5,000 rows: divide it")]
    TooLong,
    /// A quote that never ends.
    #[error("a quotation mark that begins on line {0} never ends")]
    OpenQuote(usize),
}

/// What the check must know beside the list.
pub struct Rules {
    /// Today, by which ages are judged.
    pub today: NaiveDate,
    /// From what age patients are met.
    pub age_limit: i32,
    /// Whether only test identities may stand here.
    pub training: bool,
    /// Whether those without a column of their own about it want text messages.
    pub sms_consent: bool,
}

/// A list that was checked: who can get a ticket, and what is wrong with the others.
pub struct Checked {
    /// How many rows the list has.
    pub rows: usize,
    /// Those without a fault, in the list's order.
    pub listed: Vec<Listed>,
    /// What is wrong, row by row.
    pub faults: Vec<Fault>,
}

/// Checks a whole file.
pub fn check(file: &[u8], rules: &Rules) -> Result<Checked, ListError> {
    let text = decoded(file)?;
    let mut rows = Rows::of(&text);
    let header = rows.next().ok_or(ListError::Empty)??.values;
    let columns: Vec<Option<Column>> = header.iter().map(|name| Column::of_name(name)).collect();
    for needed in [Column::Identity, Column::Name] {
        if !columns.contains(&Some(needed)) {
            return Err(ListError::NoHeader);
        }
    }
    for (place, column) in columns.iter().enumerate() {
        if column.is_some() && columns[..place].contains(column) {
            return Err(ListError::RepeatedColumn);
        }
    }
    let mut checked = Checked {
        rows: 0,
        listed: vec![],
        faults: vec![],
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let row = row?;
        if row.is_blank() {
            continue;
        }
        checked.rows += 1;
        if checked.rows > MOST_ROWS {
            return Err(ListError::TooLong);
        }
        match check_row(&row, &columns, rules, &mut seen) {
            Ok(listed) => checked.listed.push(listed),
            Err(faults) => checked.faults.extend(faults),
        }
    }
    match checked.rows {
        0 => Err(ListError::Empty),
        _ => Ok(checked),
    }
}

fn check_row(
    row: &Row,
    columns: &[Option<Column>],
    rules: &Rules,
    seen: &mut BTreeMap<String, usize>,
) -> Result<Listed, Vec<Fault>> {
    let mut faults = vec![];
    let mut wrong = |column, fault| {
        faults.push(Fault {
            line: row.line,
            column,
            fault,
        });
    };
    if row.values.len() > columns.len() {
        wrong(Column::Row, RowFault::TooManyValues);
    }
    let value = |wanted: Column| {
        let place = columns.iter().position(|column| *column == Some(wanted));
        let value = place.and_then(|place| row.values.get(place));
        value.map_or("", |value| value.trim())
    };

    let identity = match value(Column::Identity).parse::<PersonalIdentity>() {
        Ok(identity) => Some(identity),
        Err(_) => {
            let fault = match value(Column::Identity) {
                "" => RowFault::Missing,
                _ => RowFault::NotAnIdentity,
            };
            wrong(Column::Identity, fault);
            None
        }
    };
    if let Some(identity) = &identity {
        let first = *seen.entry(identity.as_str().to_owned()).or_insert(row.line);
        if first != row.line {
            wrong(Column::Identity, RowFault::Repeated);
        } else if rules.training && !identity.is_test_identity() {
            wrong(Column::Identity, RowFault::NotATestIdentity);
        } else if identity.age_on(rules.today) < rules.age_limit {
            wrong(Column::Identity, RowFault::UnderAge);
        }
    }
    let name = value(Column::Name);
    if name.is_empty() {
        wrong(Column::Name, RowFault::Missing);
    } else if name.starts_with(['=', '+', '-', '@']) {
        wrong(Column::Name, RowFault::Formula);
    } else if name.parse::<Text<100>>().is_err() || name.chars().any(char::is_control) {
        wrong(Column::Name, RowFault::NotAText);
    }
    let written = value(Column::Phone);
    let phone = match (written, written.parse::<MobileNumber>()) {
        ("", _) => None,
        (_, Ok(phone)) => Some(PhoneNumber::from(phone).as_str().to_owned()),
        (_, Err(_)) => {
            let fault = match written.parse::<PhoneNumber>() {
                Ok(_) => RowFault::NotASwedishMobile,
                Err(_) => RowFault::NotAPhone,
            };
            wrong(Column::Phone, fault);
            None
        }
    };
    let sms_consent = match value(Column::Sms).to_ascii_lowercase().as_str() {
        "" => rules.sms_consent,
        "ja" | "j" | "yes" | "y" | "1" | "x" => true,
        "nej" | "n" | "no" | "0" => false,
        _ => {
            wrong(Column::Sms, RowFault::NeitherYesNorNo);
            false
        }
    };
    let language = match value(Column::Language).to_ascii_lowercase().as_str() {
        "" | "sv" | "svenska" => Language::Sv,
        "en" | "engelska" | "english" => Language::En,
        _ => {
            wrong(Column::Language, RowFault::NotALanguage);
            Language::Sv
        }
    };
    match identity {
        Some(identity) if faults.is_empty() => Ok(Listed {
            identity: identity.as_str().to_owned(),
            name: name.to_owned(),
            phone,
            sms_consent,
            language,
        }),
        _ => Err(faults),
    }
}

/// UTF-8 with or without its mark, else Latin-1, which every sequence of bytes is.
fn decoded(file: &[u8]) -> Result<String, ListError> {
    let bytes = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if bytes.contains(&0) {
        return Err(ListError::NotText);
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    })
}

/// A row of a file: its values, and the line on which it begins.
struct Row {
    line: usize,
    values: Vec<String>,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.values.iter().all(|value| value.trim().is_empty())
    }
}

/// The rows of a text (RFC 4180, and what spreadsheets make of it).
struct Rows<'a> {
    characters: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
    line: usize,
}

impl<'a> Rows<'a> {
    /// By whichever separator the first line has most of.
    fn of(text: &'a str) -> Self {
        let first = text.lines().next().unwrap_or_default();
        let separator = [';', ',', '\t']
            .into_iter()
            .rev()
            .max_by_key(|separator| first.matches(*separator).count());
        Rows {
            characters: text.chars().peekable(),
            separator: separator.unwrap_or(';'),
            line: 1,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.characters.peek()?;
        let (first_line, mut values, mut value) = (self.line, vec![], String::new());
        let mut quoted_since = None;
        while let Some(character) = self.characters.next() {
            if character == '\n' {
                self.line += 1;
            }
            match (character, quoted_since) {
                ('"', Some(_)) if self.characters.next_if_eq(&'"').is_some() => value.push('"'),
                ('"', Some(_)) => quoted_since = None,
                (other, Some(_)) => value.push(other),
                ('"', None) if value.trim().is_empty() => {
                    value.clear();
                    quoted_since = Some(self.line);
                }
                ('\r', None) if self.characters.peek() == Some(&'\n') => {}
                ('\n' | '\r', None) => {
                    if character == '\r' {
                        self.line += 1;
                    }
                    values.push(value);
                    return Some(Ok(Row {
                        line: first_line,
                        values,
                    }));
                }
                (other, None) if other == self.separator => values.push(std::mem::take(&mut value)),
                (other, None) => value.push(other),
            }
        }
        if let Some(line) = quoted_since {
            return Some(Err(ListError::OpenQuote(line)));
        }
        values.push(value);
        Some(Ok(Row {
            line: first_line,
            values,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        today: match NaiveDate::from_ymd_opt(2026, 11, 23) {
            Some(day) => day,
            None => NaiveDate::MIN,
        },
        age_limit: 16,
        training: true,
        sms_consent: true,
    };

    fn of(file: &[u8]) -> Checked {
        check(file, &RULES).unwrap_or_else(|error| panic!("{error}"))
    }

    fn faults(file: &str) -> Vec<(usize, Column, RowFault)> {
        let faults = of(file.as_bytes()).faults;
        faults
            .into_iter()
            .map(|one| (one.line, one.column, one.fault))
            .collect()
    }

    #[test]
    fn every_way_in_which_spreadsheets_write_is_one_list() {
        let plain = "personnummer;namn;mobil\n196103072390;Åsa Öberg;070-174 06 05\n";
        let expected = of(plain.as_bytes()).listed;
        assert_eq!(expected.len(), 1);
        assert_eq!(expected[0].name, "Åsa Öberg");
        assert_eq!(expected[0].phone.as_deref(), Some("+46701740605"));
        let latin_1: Vec<u8> = plain.chars().map(|c| c as u8).collect();
        let with_mark = [b"\xef\xbb\xbf".as_slice(), plain.as_bytes()].concat();
        for other in [
            latin_1,
            with_mark,
            plain.replace(';', ",").into_bytes(),
            plain.replace(';', "\t").into_bytes(),
            plain.replace('\n', "\r\n").into_bytes(),
            plain.replace('\n', "\r").into_bytes(),
            plain.trim_end().as_bytes().to_vec(),
            format!("{plain}\n;;\n\n").into_bytes(),
            plain.replace("Åsa Öberg", "\"Åsa Öberg\"").into_bytes(),
            plain.replace("personnummer", " Personnummer ").into_bytes(),
            plain.replace("mobil", "Mobil;SPRÅK").into_bytes(),
            plain.replace("19610307", "19610307-").into_bytes(),
        ] {
            assert!(of(&other).listed == expected, "{other:?}");
        }
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes() {
        let file = "namn,personnummer,obs\n\"Alm, \"\"Asta\"\"\",196103072390,\"en\nrad till\"\nBo Ek,197905222399,\n";
        let checked = of(file.as_bytes());
        let names: Vec<&str> = checked.listed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Alm, \"Asta\"", "Bo Ek"]);
        let file = "personnummer;namn\n196103072390;\"Alex\n";
        assert_eq!(
            check(file.as_bytes(), &RULES).err(),
            Some(ListError::OpenQuote(2))
        );
    }

    #[test]
    fn every_fault_says_its_line_and_column() {
        let file = "personnummer;namn;mobil;sms;språk
196103072390;Alex Blom;070-174 06 05;ja;sv
;Utan Nummer;;;
196103072391;Fel Siffra;;;
196103072390;Alex Igen;;;
201110012398;För Ung;;;
197905222399;=HYPERLINK(1);;;
197905222399;;031-390 06 05;kanske;fi
199304152383;Mia Kvist;+358 40 1234567;;;extra
199304152383;Mia Kvist;ring mig;;
";
        use {Column::*, RowFault::*};
        assert_eq!(
            faults(file),
            [
                (3, Identity, Missing),
                (4, Identity, NotAnIdentity),
                (5, Identity, Repeated),
                (6, Identity, UnderAge),
                (7, Name, Formula),
                (8, Identity, Repeated),
                (8, Name, Missing),
                (8, Phone, NotASwedishMobile),
                (8, Sms, NeitherYesNorNo),
                (8, Language, NotALanguage),
                (9, Row, TooManyValues),
                (9, Phone, NotASwedishMobile),
                (10, Identity, Repeated),
                (10, Phone, NotAPhone),
            ]
        );
        // A person who exists has no place in training.
        let others = (0..10).map(|last| format!("19900101123{last}"));
        let living = others.filter(|text| text.parse::<PersonalIdentity>().is_ok());
        for identity in living {
            assert_eq!(
                faults(&format!("personnummer;namn\n{identity};X Y\n")),
                [(2, Identity, NotATestIdentity)]
            );
        }
    }

    #[test]
    fn what_is_no_list_is_refused_whole() {
        for (file, why) in [
            ("", ListError::Empty),
            ("personnummer;namn\n", ListError::Empty),
            ("personnummer;namn\n;\n", ListError::Empty),
            ("196103072390;Alex\n", ListError::NoHeader),
            ("personnummer;mobil\n", ListError::NoHeader),
            ("personnummer;namn;name\n1;2;3\n", ListError::RepeatedColumn),
            ("PK\u{3}\u{4}\0", ListError::NotText),
        ] {
            assert_eq!(check(file.as_bytes(), &RULES).err(), Some(why), "{file}");
        }
        let mut many = "personnummer;namn\n".to_owned();
        for _ in 0..100_000 {
            many.push_str("x;y\n");
        }
        assert_eq!(
            check(many.as_bytes(), &RULES).err(),
            Some(ListError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_list_or_refused_and_every_row_is_either_listed_or_faulty(
            file in proptest::collection::vec(any::<u8>(), 0..400), header in any::<bool>(),
        ) {
            let mut whole = if header { b"personnummer;namn\n".to_vec() } else { vec![] };
            whole.extend(file);
            if let Ok(checked) = check(&whole, &RULES) {
                let mut faulty: Vec<usize> = checked.faults.iter().map(|fault| fault.line).collect();
                faulty.dedup();
                prop_assert_eq!(checked.listed.len() + faulty.len(), checked.rows);
            }
        }
    }
}
