//! What can go wrong between the libraries and the objects.

/// Why something does not fit: how large it is, and how large it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes, more than the {most} accepted")]
pub struct TooLargeError {
    bytes: usize,
    most: usize,
}

impl TooLargeError {
    pub(super) fn new(bytes: usize, most: usize) -> Self {
        Self { bytes, most }
    }

    /// How large it is, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How large it may be, in bytes.
    pub fn most(&self) -> usize {
        self.most
    }
}

/// Why a status cannot be written. Evidence that a collector made always can be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatusError {
    /// The status is too large.
    #[error("the status does not fit")]
    TooLarge(#[source] TooLargeError),
    /// A number that an API server would not keep exactly.
    #[error("`{field}` is `{value}`, more than an API server counts to")]
    Number {
        /// The field.
        field: &'static str,
        /// The number.
        value: u64,
    },
    /// A time that an API server does not take: RFC 3339 begins with the year 1.
    #[error("`{field}` is before the year 1")]
    Time {
        /// The field.
        field: &'static str,
    },
}

impl StatusError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_large",
            Self::Number { .. } => "number",
            Self::Time { .. } => "time",
        }
    }
}

/// Why a report cannot be packed or unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Not even what is judged has room.
    #[error("the evidence alone does not fit into a report")]
    NoRoom(#[source] TooLargeError),
    /// What was packed is larger than anything that is packed.
    #[error("the report is too large to be unpacked")]
    TooLarge(#[source] TooLargeError),
    /// It is not base64.
    #[error("the report is not base64")]
    Base64(#[source] base64::DecodeError),
    /// It is not compressed by gzip, or cut off.
    #[error("the report is not compressed by gzip")]
    Gzip(#[source] std::io::Error),
    /// It is not the JSON of a report, or the evidence in it does not hold.
    #[error("the report does not read")]
    Json(#[source] serde_json::Error),
    /// It is of a version that this library does not know.
    #[error("a report of version `{found}`, but this program reads version 1")]
    Version {
        /// The version that it says it has.
        found: u32,
    },
}

impl ReportError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::NoRoom(_) | Self::TooLarge(_) => "too_large",
            Self::Base64(_) | Self::Gzip(_) => "encoding",
            Self::Json(_) => "syntax",
            Self::Version { .. } => "version",
        }
    }
}
