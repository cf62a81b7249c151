//! The OpenAPI document in the repository is the one the code makes. `make openapi` writes it anew, on
//! one line, for it travels inside the function.

use identity::api::Api;
use utoipa::OpenApi;

#[test]
fn the_document_in_the_repository_is_the_codes_own() {
    let made = Api::openapi().to_json().expect("a document") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("WRITE_OPENAPI").is_some() {
        std::fs::write(path, &made).expect("written");
    }
    let kept = std::fs::read_to_string(path).expect("openapi.json");
    assert!(
        kept == made,
        "openapi.json is not what the code makes: run `make openapi`"
    );
}
