//! The unit's numbers as charts, each with its numbers as a table below it.

use askama::Template;
use axum::response::Response;
use shared::appointment::AppointmentKind;
use shared::page::Viewer;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::session::Staff;
use shared::words::{Language, Word, administration as words, booking};

use crate::api::WeeksQuery;
use crate::chart::{Chart, HEIGHT, WIDTH};
use crate::period::CHOICES;
use crate::statistics::{Count, Statistics, count};

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    language: Language,
    charts: Vec<Chart>,
    median: Option<String>,
    choices: Vec<Choice>,
}

/// A period that can be chosen.
struct Choice {
    weeks: u64,
    text: String,
    is_chosen: bool,
}

/// The page, over the weeks that the address names.
pub async fn show(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<WeeksQuery>,
) -> Result<Response, Problem> {
    let language = viewer.language;
    let weeks = query.weeks()?;
    let statistics = count(&staff, &ports, weeks).await?;
    let content = StatisticsPage {
        language,
        charts: charts(language, &statistics),
        median: statistics
            .first_answers
            .median_minutes
            .map(|minutes| words::half_within(language, minutes)),
        choices: CHOICES
            .into_iter()
            .map(|choice| Choice {
                weeks: choice,
                text: words::weeks(language, choice),
                is_chosen: choice == weeks,
            })
            .collect(),
    };
    let viewer = viewer.wide();
    viewer.show(viewer.say(words::STATISTICS), &content)
}

fn charts(language: Language, statistics: &Statistics) -> Vec<Chart> {
    let say = |word: Word| language.say(word);
    let mondays: Vec<String> = statistics
        .weeks
        .iter()
        .map(|week| week.monday.clone())
        .collect();
    let by_kind = |place: usize| {
        statistics
            .weeks
            .iter()
            .map(|week| week.kinds[place].count)
            .collect()
    };
    let answers = &statistics.first_answers;
    vec![
        Chart {
            title: say(words::VISITS_BY_WEEK),
            of: say(words::WEEK_FROM),
            labels: mondays.clone(),
            series: AppointmentKind::ALL
                .into_iter()
                .enumerate()
                .map(|(place, kind)| (say(booking::kind(kind)), by_kind(place)))
                .collect(),
        },
        Chart {
            title: say(words::NO_SHOWS_BY_WEEK),
            of: say(words::WEEK_FROM),
            labels: mondays,
            series: vec![(
                say(words::NO_SHOWS),
                statistics.weeks.iter().map(|week| week.no_shows).collect(),
            )],
        },
        of_states(
            language,
            words::TICKETS,
            words::HOW_MANY_TICKETS,
            &statistics.tickets,
        ),
        Chart {
            title: say(words::FIRST_ANSWERS),
            of: say(words::WITHIN),
            labels: words::ANSWER_TIMES
                .into_iter()
                .map(|word| say(word).to_owned())
                .collect(),
            series: vec![(
                say(words::HOW_MANY_CASES),
                answers
                    .within
                    .into_iter()
                    .chain([answers.unanswered])
                    .collect(),
            )],
        },
        of_states(
            language,
            words::MESSAGES,
            words::HOW_MANY_MESSAGES,
            &statistics.messages,
        ),
    ]
}

fn of_states(language: Language, title: Word, what: Word, counts: &[Count]) -> Chart {
    let state = |count: &Count| language.say(words::state(count.name)).to_owned();
    Chart {
        title: language.say(title),
        of: language.say(words::STATE),
        labels: counts.iter().map(state).collect(),
        series: vec![(
            language.say(what),
            counts.iter().map(|count| count.count).collect(),
        )],
    }
}
