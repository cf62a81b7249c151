//! Handing a matter over, the pool, and who is on.

use crate::world::*;
use serde_json::{Value, json};

async fn responsible(clinic: &Clinic, case: &str) -> Value {
    clinic.get(ANNA, &format!("cases/{case}")).await.json()["responsible"]["practitioner"].clone()
}

#[tokio::test]
async fn a_matter_is_handed_over_when_the_colleague_accepts() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/hand-over");
    let offered = clinic
        .post(
            ANNA,
            &path,
            json!({ "practitioner": STIG, "note": "Behöver en läkare" }),
        )
        .await;
    assert_eq!(offered.status, 200, "{}", offered.text);
    assert_eq!(responsible(&clinic, &case).await, ANNA);
    let offers = clinic.get(STIG, "hand-overs").await.json();
    assert_eq!(
        (&offers["offers"][0]["chat"], &offers["offers"][0]["note"]),
        (&json!(case), &json!("Behöver en läkare"))
    );
    let twice = clinic
        .post(ANNA, &path, json!({ "practitioner": STIG }))
        .await;
    assert_eq!(twice.refused(), (409, "offered-already".into()));
    let not_mine = clinic
        .post(ANNA, &format!("{path}/answer"), json!({ "accept": true }))
        .await;
    assert_eq!(not_mine.refused(), (409, "not-offered".into()));
    assert_eq!(
        clinic
            .post(STIG, &format!("{path}/answer"), json!({ "accept": true }))
            .await
            .status,
        200
    );
    assert_eq!(responsible(&clinic, &case).await, STIG);
    assert_eq!(
        clinic.get(STIG, "hand-overs").await.json()["offers"],
        json!([])
    );
}

#[tokio::test]
async fn a_declined_matter_stays_and_an_offer_can_be_taken_back() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/hand-over");
    for who in [STIG, ANNA] {
        clinic
            .post(ANNA, &path, json!({ "practitioner": STIG }))
            .await;
        assert_eq!(
            clinic
                .post(who, &format!("{path}/answer"), json!({ "accept": false }))
                .await
                .status,
            200
        );
        assert_eq!(responsible(&clinic, &case).await, ANNA);
    }
    for (to, status) in [(EVA, 422), (OLOF, 422)] {
        let refused = clinic
            .post(ANNA, &path, json!({ "practitioner": to }))
            .await;
        assert_eq!(refused.status, status);
    }
    clinic.clock.set(at("2026-11-30T09:00"));
    let closed = clinic
        .post(ANNA, &path, json!({ "practitioner": STIG }))
        .await;
    assert_eq!(closed.refused(), (409, "case-closed".into()));
}

#[tokio::test]
async fn what_lies_in_the_pool_is_taken_by_one() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    assert_eq!(
        clinic
            .post(
                ANNA,
                &format!("chats/{case}/hand-over"),
                json!({ "note": "Någon som kan sår" })
            )
            .await
            .status,
        200
    );
    let notes = clinic
        .get(STIG, &format!("chats/{case}/notes"))
        .await
        .json();
    assert_eq!(notes["notes"][0]["text"], "Någon som kan sår");
    assert_eq!(responsible(&clinic, &case).await, Value::Null);
    let path = format!("chats/{case}/take");
    let (anna, stig) = tokio::join!(
        clinic.post(ANNA, &path, json!({})),
        clinic.post(STIG, &path, json!({}))
    );
    assert_eq!(anna.status.as_u16() + stig.status.as_u16(), 200 + 409);
}

#[tokio::test]
async fn the_list_of_colleagues_says_who_is_on() {
    let clinic = Clinic::new().await;
    clinic.run("INSERT INTO sessions (id, kind, subject, care_provider_id, care_unit_id, role, commission_id, started_by, started_at, renewed_at, ends_at)
SELECT 's', 'practitioner', 'SE2321000131-P2', care_provider_id, id, 'physician', 'c', 'x', 1, 1795420000000, 1795500000000 FROM care_units WHERE id = 'SE2321000131-U1'", []).await;
    clinic
        .clock
        .set(shared::time::Timestamp::from_millis(1_795_420_000_000));
    let list = clinic.get(ANNA, "colleagues").await.json();
    let on: Vec<(&str, bool)> = list["colleagues"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["id"].as_str().expect("an id"), one["is_on"] == true))
        .collect();
    assert_eq!(on, [(ANNA, false), (STIG, true)]);
}
