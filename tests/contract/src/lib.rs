//! The contract of the ports: one suite, run natively, on workerd and on the Spin host. Each case is a
//! sentence about what an adapter keeps. `GET /contract` runs them all on the platform it stands on.

use axum::Router;
use axum::routing::get;
use serde_json::{Value as Document, json};
use shared::json::Json;
use shared::platform::{Ports, Statement, StoreError, Value, objects};

shared::serve!(router);

/// The one route.
pub fn router() -> Router {
    Router::new()
        .route("/contract", get(run))
        .route("/healthz", get(|| async { "ok" }))
}

async fn run(ports: Ports) -> Json<Document> {
    let (passed, failed) = all(&ports).await;
    let failed: Vec<_> = failed
        .into_iter()
        .map(|(name, why)| json!({ "name": name, "why": why }))
        .collect();
    Json(json!({ "passed": passed, "failed": failed }))
}

type Verdict = Result<(), String>;

macro_rules! suite {
    ($($case:ident),* $(,)?) => {
        /// Runs every case: the names of those that held, and of those that didn't with the reason.
        pub async fn all(ports: &Ports) -> (Vec<&'static str>, Vec<(&'static str, String)>) {
            let mut passed = vec![];
            let mut failed = vec![];
            $(
                match $case(ports).await {
                    Ok(()) => passed.push(stringify!($case)),
                    Err(why) => failed.push((stringify!($case), why)),
                }
            )*
            (passed, failed)
        }
    };
}

suite![
    every_kind_of_value_comes_back_as_it_went_in,
    texts_of_a_batch_are_told_apart,
    a_query_without_rows_is_empty,
    rows_come_back_in_order_with_their_columns,
    a_large_list_travels_as_one_json_parameter,
    a_batch_happens_in_order_and_sees_its_own_writes,
    a_batch_with_one_refusal_leaves_nothing_behind,
    a_refusal_names_the_constraint,
    a_guard_undoes_the_batch_when_nothing_changed,
    a_guard_lets_a_change_pass,
    foreign_keys_are_enforced,
    a_trigger_refuses_by_its_own_name,
    a_wrong_statement_is_broken_and_not_refused,
    an_integer_beyond_javascript_is_not_bent,
    a_value_is_found_again_and_can_be_deleted,
    a_value_that_was_never_put_is_nothing,
    a_value_is_gone_when_its_time_has_run_out,
    an_object_comes_back_byte_by_byte,
    an_object_takes_the_place_of_the_one_before,
    an_object_is_gone_when_it_is_deleted,
    the_clock_stands_in_our_time_and_does_not_go_back,
    randomness_does_not_repeat,
    a_setting_is_read_and_a_missing_one_is_nothing,
    a_call_to_an_unknown_function_is_an_error,
    a_call_that_nobody_answers_ends,
];

fn sure(holds: bool, otherwise: impl std::fmt::Debug) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(format!("{otherwise:?}"))
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A care provider of this run's own, so that runs on a store that stays don't meet.
fn own_name(ports: &Ports) -> String {
    let mut bytes = [0; 8];
    ports.random.fill(&mut bytes);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("SE0000000000-{digits}")
}

fn insert(id: &str, name: impl Into<Value>) -> Statement {
    Statement::new(
        "INSERT INTO care_providers (id, name) VALUES (?1, ?2)",
        [id.into(), name.into()],
    )
}

async fn count(ports: &Ports, id: &str) -> Result<i64, String> {
    let found = ports
        .store
        .query(Statement::new(
            "SELECT count(*) AS n FROM care_providers WHERE id = ?1",
            [id.into()],
        ))
        .await
        .map_err(text)?;
    found
        .rows
        .first()
        .ok_or("no row")?
        .integer("n")
        .map_err(text)
}

async fn every_kind_of_value_comes_back_as_it_went_in(ports: &Ports) -> Verdict {
    let values = [
        Value::Null,
        Value::Integer(-1_764_000_000_123),
        Value::Real(0.5),
        Value::Text("Åsa \"citat\" \n 𝄞 '; --".into()),
        Value::Text(String::new()),
    ];
    let statement = Statement::new(
        "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e",
        values.clone(),
    );
    let found = ports.store.query(statement).await.map_err(text)?;
    let rows: Vec<_> = found.rows.iter().map(|row| row.values()).collect();
    sure(rows == vec![values.to_vec()], rows)
}

/// Letters of one to four bytes, and of one or two units where texts have units.
async fn texts_of_a_batch_are_told_apart(ports: &Ports) -> Verdict {
    let texts = [
        ["a", "å"],
        ["", "漢字"],
        ["𝄞b", "c𝄞"],
        ["d", ""],
        ["ö", "e"],
    ];
    let asked = texts.map(|texts| {
        Statement::new(
            "SELECT ?1 AS \"första\", ?2 AS b UNION ALL SELECT ?2, ?1",
            texts.map(Value::from),
        )
    });
    let answers = ports.store.batch(asked.to_vec()).await.map_err(text)?;
    let mut found = vec![];
    for row in answers.iter().flat_map(|answer| answer.rows.iter()) {
        found.push([
            row.text("första").map_err(text)?,
            row.text("b").map_err(text)?,
        ]);
    }
    let wanted: Vec<_> = texts
        .iter()
        .flat_map(|[a, b]| [[*a, *b], [*b, *a]])
        .collect();
    sure(found == wanted, found)
}

async fn a_query_without_rows_is_empty(ports: &Ports) -> Verdict {
    let none = Statement::new(
        "SELECT id FROM care_providers WHERE id = ?1",
        ["none".into()],
    );
    let found = ports.store.query(none).await.map_err(text)?;
    sure(
        found.rows.is_empty() && found.rows.columns().next().is_none(),
        found.rows,
    )
}

async fn rows_come_back_in_order_with_their_columns(ports: &Ports) -> Verdict {
    let three = Statement::new(
        "SELECT 1 AS number, 'a' AS name UNION ALL SELECT 2, NULL UNION ALL SELECT 3, 'c' ORDER BY number DESC",
        [],
    );
    let found = ports.store.query(three).await.map_err(text)?;
    let read: Result<Vec<_>, StoreError> = found
        .rows
        .iter()
        .map(|row| {
            Ok((
                row.integer("number")?,
                row.optional_text("name")?.map(str::to_owned),
            ))
        })
        .collect();
    let expected = vec![
        (3, Some("c".to_owned())),
        (2, None),
        (1, Some("a".to_owned())),
    ];
    sure(read == Ok(expected), read)
}

async fn a_large_list_travels_as_one_json_parameter(ports: &Ports) -> Verdict {
    let list: Vec<i64> = (0..5_000).collect();
    let statement = Statement::new(
        "SELECT count(*) AS n, sum(value) AS total FROM json_each(?1)",
        [json!(list).to_string().into()],
    );
    let found = ports.store.query(statement).await.map_err(text)?;
    let row = found.rows.first().ok_or("no row")?;
    sure(
        row.integer("n") == Ok(5_000) && row.integer("total") == Ok(12_497_500),
        &found.rows,
    )
}

async fn a_batch_happens_in_order_and_sees_its_own_writes(ports: &Ports) -> Verdict {
    let id = own_name(ports);
    let outcomes = ports
        .store
        .batch(vec![
            insert(&id, "first"),
            Statement::new(
                "UPDATE care_providers SET name = name || '+' WHERE id = ?1",
                [id.as_str().into()],
            ),
            Statement::new(
                "SELECT name FROM care_providers WHERE id = ?1",
                [id.as_str().into()],
            ),
        ])
        .await
        .map_err(text)?;
    let name = outcomes.get(2).and_then(|outcome| outcome.rows.first());
    sure(
        name.is_some_and(|row| row.text("name") == Ok("first+")),
        outcomes,
    )
}

async fn a_batch_with_one_refusal_leaves_nothing_behind(ports: &Ports) -> Verdict {
    let id = own_name(ports);
    let outcome = ports
        .store
        .batch(vec![insert(&id, "once"), insert(&id, "twice")])
        .await;
    sure(matches!(outcome, Err(StoreError::Refused(_))), outcome)?;
    let left = count(ports, &id).await?;
    sure(left == 0, left)
}

async fn a_refusal_names_the_constraint(ports: &Ports) -> Verdict {
    let id = own_name(ports);
    ports.store.query(insert(&id, "once")).await.map_err(text)?;
    let outcome = ports.store.query(insert(&id, "twice")).await;
    sure(
        outcome
            .as_ref()
            .is_err_and(|error| error.refused_by("care_providers.id")),
        outcome,
    )
}

fn rename(id: &str) -> Statement {
    Statement::new(
        "UPDATE care_providers SET name = 'new' WHERE id = ?1",
        [id.into()],
    )
}

async fn a_guard_undoes_the_batch_when_nothing_changed(ports: &Ports) -> Verdict {
    let id = own_name(ports);
    let outcome = ports
        .store
        .batch(vec![
            insert(&id, "old"),
            rename("none"),
            Statement::require_changes(),
        ])
        .await;
    sure(
        outcome
            .as_ref()
            .is_err_and(|error| error.refused_by("require_changes")),
        outcome,
    )?;
    let left = count(ports, &id).await?;
    sure(left == 0, left)
}

async fn a_guard_lets_a_change_pass(ports: &Ports) -> Verdict {
    let id = own_name(ports);
    ports
        .store
        .batch(vec![
            insert(&id, "old"),
            rename(&id),
            Statement::require_changes(),
        ])
        .await
        .map_err(text)?;
    let left = count(ports, &id).await?;
    sure(left == 1, left)
}

async fn foreign_keys_are_enforced(ports: &Ports) -> Verdict {
    let orphan = Statement::new(
        "INSERT INTO practitioners (id, care_provider_id, name) VALUES (?1, ?2, 'x')",
        [own_name(ports).into(), own_name(ports).into()],
    );
    let outcome = ports.store.query(orphan).await;
    sure(matches!(outcome, Err(StoreError::Refused(_))), outcome)
}

async fn a_trigger_refuses_by_its_own_name(ports: &Ports) -> Verdict {
    let id = own_name(ports);
    let outcome = ports
        .store
        .batch(vec![
            insert(&id, "x"),
            Statement::new(
                "INSERT INTO access_log (care_provider_id, number, id, at, user_kind, user_id, activity, purpose, resource_type, resource_id, patients, mac)
VALUES (?1, 1, 'e', 0, 'system', 's', 'read', 'test', 't', 'r', '[]', 'm')",
                [id.as_str().into()],
            ),
            Statement::new("DELETE FROM access_log WHERE care_provider_id = ?1", [id.as_str().into()]),
        ])
        .await;
    sure(
        outcome
            .as_ref()
            .is_err_and(|error| error.refused_by("access_log_is_append_only")),
        outcome,
    )
}

async fn a_wrong_statement_is_broken_and_not_refused(ports: &Ports) -> Verdict {
    let outcome = ports
        .store
        .query(Statement::new("SELECT nothing FROM nowhere", []))
        .await;
    sure(matches!(outcome, Err(StoreError::Broken(_))), outcome)
}

async fn an_integer_beyond_javascript_is_not_bent(ports: &Ports) -> Verdict {
    let large = (1_i64 << 53) + 1;
    let outcome = ports
        .store
        .query(Statement::new("SELECT ?1 AS n", [large.into()]))
        .await;
    match outcome {
        Err(StoreError::Broken(_)) => Ok(()),
        Ok(found) => {
            let first = found.rows.first().map(|row| row.values());
            sure(first == Some(vec![Value::Integer(large)]), found.rows)
        }
        Err(other) => Err(text(other)),
    }
}

async fn a_value_is_found_again_and_can_be_deleted(ports: &Ports) -> Verdict {
    let key = own_name(ports);
    let value = [0, 10, 255, b'\n', 7];
    ports
        .key_value
        .put(&key, &value, None)
        .await
        .map_err(text)?;
    let found = ports.key_value.get(&key).await.map_err(text)?;
    sure(found.as_deref() == Some(&value[..]), found)?;
    ports.key_value.delete(&key).await.map_err(text)?;
    ports.key_value.delete(&key).await.map_err(text)?;
    let gone = ports.key_value.get(&key).await.map_err(text)?;
    sure(gone.is_none(), gone)
}

async fn a_value_that_was_never_put_is_nothing(ports: &Ports) -> Verdict {
    let found = ports.key_value.get(&own_name(ports)).await.map_err(text)?;
    sure(found.is_none(), found)
}

async fn a_value_is_gone_when_its_time_has_run_out(ports: &Ports) -> Verdict {
    let (kept, past) = (own_name(ports), own_name(ports));
    let now = ports.clock.now();
    let put = |key: String, at| async move {
        ports
            .key_value
            .put(&key, b"x", Some(at))
            .await
            .map_err(text)?;
        ports.key_value.get(&key).await.map_err(text)
    };
    let found = put(kept, now.plus(600_000)).await?;
    sure(found.is_some(), found)?;
    let gone = put(past, now.plus(-1)).await?;
    sure(gone.is_none(), gone)
}

async fn an_object_comes_back_byte_by_byte(ports: &Ports) -> Verdict {
    let (objects, key) = (objects(ports), own_name(ports));
    // As large as one is: a sealed megabyte, with every byte there is.
    let bytes: Vec<u8> = (0..1_100_000_u32).map(|n| (n % 251) as u8 ^ 0xA5).collect();
    objects.put(&key, &bytes).await.map_err(text)?;
    let found = objects.get(&key).await.map_err(text)?;
    sure(found.as_ref() == Some(&bytes), found.map(|it| it.len()))?;
    objects.put(&key, &[]).await.map_err(text)?;
    let empty = objects.get(&key).await.map_err(text)?;
    sure(empty.as_deref() == Some(&[]), empty)
}

async fn an_object_takes_the_place_of_the_one_before(ports: &Ports) -> Verdict {
    let (objects, key) = (objects(ports), own_name(ports));
    for bytes in [b"first", b"other"] {
        objects.put(&key, bytes).await.map_err(text)?;
    }
    let found = objects.get(&key).await.map_err(text)?;
    sure(found.as_deref() == Some(b"other"), found)
}

async fn an_object_is_gone_when_it_is_deleted(ports: &Ports) -> Verdict {
    let (objects, name) = (objects(ports), own_name(ports));
    let keys: Vec<String> = (0..3).map(|number| format!("{name}/{number}")).collect();
    for key in &keys {
        objects.put(key, b"x").await.map_err(text)?;
    }
    objects.delete(&keys[..2]).await.map_err(text)?;
    // What isn't there is deleted without an error, and no other goes along.
    objects.delete(&keys[..2]).await.map_err(text)?;
    objects.delete(&[]).await.map_err(text)?;
    let mut left = vec![];
    for key in &keys {
        left.push(objects.get(key).await.map_err(text)?.is_some());
    }
    sure(left == [false, false, true], left)
}

async fn the_clock_stands_in_our_time_and_does_not_go_back(ports: &Ports) -> Verdict {
    let first = ports.clock.now();
    let second = ports.clock.now();
    // 2026-01-01, when this was written, and 2100.
    let ours = 1_767_225_600_000..4_102_444_800_000_i64;
    sure(
        ours.contains(&first.millis()) && second >= first,
        (first, second),
    )
}

async fn randomness_does_not_repeat(ports: &Ports) -> Verdict {
    let mut drawn = [[0_u8; 32]; 2];
    for bytes in &mut drawn {
        ports.random.fill(bytes);
    }
    sure(
        drawn[0] != drawn[1] && drawn[0] != [0; 32],
        "the same bytes twice",
    )
}

async fn a_setting_is_read_and_a_missing_one_is_nothing(ports: &Ports) -> Verdict {
    let environment = ports.secrets.get("ENVIRONMENT");
    sure(environment.as_deref() == Some("training"), &environment)?;
    let missing = ports.secrets.get("NO_SUCH_SETTING");
    sure(missing.is_none(), missing)
}

async fn a_call_to_an_unknown_function_is_an_error(ports: &Ports) -> Verdict {
    let request = http::Request::get("http://nobody.spin.internal/healthz")
        .body(vec![])
        .map_err(text)?;
    match ports.http.send(request).await {
        Err(_) => Ok(()),
        Ok(answer) => sure(!answer.status().is_success(), answer.status()),
    }
}

async fn a_call_that_nobody_answers_ends(ports: &Ports) -> Verdict {
    // Whoever runs the suite keeps somebody there who takes a call and says nothing.
    let silent = ports.secrets.get("SILENT_ADDRESS");
    let silent = silent.unwrap_or_else(|| "http://127.0.0.1:9".into());
    let request = http::Request::get(silent).body(vec![]).map_err(text)?;
    let began = ports.clock.now();
    let answer = ports.http.send(request).await;
    let took = ports.clock.now().millis() - began.millis();
    sure(answer.is_err(), "an answer from nobody")?;
    sure(took < 15_000, took)
}
