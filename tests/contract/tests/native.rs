//! The contract against the native adapter; workerd and Spin run it in `tests/e2e`.

use std::sync::Arc;

use shared::platform::native::{self, SeededRandom, SetSecrets, Sqlite, SystemClock};

#[tokio::test]
async fn the_native_adapter_keeps_the_contract() {
    let store = Arc::new(Sqlite::migrated().expect("a store in memory"));
    let ports = native::ports(
        store,
        Arc::new(SystemClock),
        Arc::new(SeededRandom::new(1)),
        SetSecrets::new([("ENVIRONMENT".to_owned(), "training".to_owned())]),
    );
    let (passed, failed) = contract::all(&ports).await;
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(passed.len() >= 24, "only {} cases ran", passed.len());
}
