//! The OpenAPI document in the repository is the one the code makes. `make openapi` writes it anew, on
//! one line, for it travels inside the function.

use attachments::api::Api;
use utoipa::OpenApi;

#[test]
fn the_document_in_the_repository_is_the_codes_own() {
    let made = Api::openapi().to_json().expect("a document");
    world::assert_openapi_is_kept(env!("CARGO_MANIFEST_DIR"), &made);
}
