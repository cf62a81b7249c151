//! Where the bundled stylesheet and modules are: their names hold their contents' hashes, so that browsers keep
//! them for good. Written by tools/assets; `make check` fails where it isn't what the sources give.

/// Every page's stylesheet.
pub const STYLESHEET_PATH: &str = "/static/style-204e923893.css";
/// Swagger UI's stylesheet.
pub const API_DOCUMENTS_STYLE_PATH: &str = "/static/api-documents-f3818d49ff.css";
/// The module assets/api-documents.js.
pub const API_DOCUMENTS_SCRIPT_PATH: &str = "/static/api-documents-ffc1906cf0.js";
/// The module assets/chat.js.
pub const CHAT_SCRIPT_PATH: &str = "/static/chat-0c3e5c5f9d.js";
/// The module assets/device-test.js.
pub const DEVICE_TEST_SCRIPT_PATH: &str = "/static/device-test-952e5ba2c8.js";
/// The module assets/page.js.
pub const PAGE_SCRIPT_PATH: &str = "/static/page-fbc4687714.js";
/// The module assets/schedule.js.
pub const SCHEDULE_SCRIPT_PATH: &str = "/static/schedule-b4f0e73678.js";
/// The module assets/ticket-batch.js.
pub const TICKET_BATCH_SCRIPT_PATH: &str = "/static/ticket-batch-6d73054bd1.js";
/// The module assets/workspace.js.
pub const WORKSPACE_SCRIPT_PATH: &str = "/static/workspace-459dcfc7c6.js";
