//! From what the libraries know to what objects say, and back.

mod error;
mod report;
mod status;

pub use error::{ReportError, StatusError, TooLargeError};
pub use report::MOST_REPORT_BYTES;
pub use status::MOST_STATUS_BYTES;
