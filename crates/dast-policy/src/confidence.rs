//! How sure a scanner is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ValueError;

/// How sure the scanner is. `FalsePositive` is a person's word that it is nothing; it never counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Looked at, and found to be nothing.
    FalsePositive,
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// Nearly certain.
    High,
    /// Looked at, and found to be true.
    Confirmed,
}

impl Confidence {
    /// Every confidence, the surest first.
    pub const ALL: [Self; 5] = [Self::Confirmed, Self::High, Self::Medium, Self::Low, Self::FalsePositive];

    /// The word, such as `Medium`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "FalsePositive",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Confirmed => "Confirmed",
        }
    }
}

impl FromStr for Confidence {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|confidence| confidence.as_str() == text)
            .ok_or_else(|| ValueError::new(text, "Confirmed, High, Medium, Low or FalsePositive"))
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
