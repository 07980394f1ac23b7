//! How far each rule of an active scan is.

use std::fmt;
use std::time::Duration;

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Quality;
use crate::id::RuleId;
use crate::units::milliseconds;
use crate::wire::{Seed, Wire, wire};

/// How far each rule of a scan is, host by host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The hosts that are attacked.
    pub hosts: Vec<HostProgress>,
}

/// How far each rule is at a host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostProgress {
    /// The host, such as `http://127.0.0.1:8080`.
    pub host: String,
    /// The rules: first those that are done, then those that run, then those to come.
    pub rules: Vec<RuleProgress>,
}

/// How far a rule is at a host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleProgress {
    /// Its name, in ZAP's own language.
    pub name: String,
    /// Its id.
    pub id: RuleId,
    /// How mature it is.
    pub quality: Quality,
    /// How far it is.
    pub state: RuleState,
    /// How long it has been running.
    pub took: Duration,
    /// Requests that it sent.
    pub requests: u64,
    /// Alerts that it raised.
    pub alerts: u64,
}

/// How far a rule is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleState {
    /// It is still to come.
    Pending,
    /// It runs, and is at that many percent.
    Running(u8),
    /// It is done.
    Complete,
    /// It does not run, or not any more: ZAP's reason, in its own language.
    Skipped(String),
}

impl Wire for RuleState {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = String::read(deserializer)?;
        Ok(match said.as_str() {
            "Pending" => Self::Pending,
            "Complete" => Self::Complete,
            other => match other.strip_suffix('%').and_then(|percent| percent.parse().ok()) {
                Some(percent) => Self::Running(percent),
                // ZAP says nothing else, but says this in its own language.
                None => Self::Skipped(said),
            },
        })
    }
}

/// A list in which hosts and the rules at them take turns.
impl Wire for Progress {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hosts;
        impl<'de> Visitor<'de> for Hosts {
            type Value = Progress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of hosts, each with its rules behind it")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Progress, A::Error> {
                let mut hosts = Vec::new();
                while let Some(host) = items.next_element_seed(Seed::<String>::new())? {
                    let Some(Rules { rules }) = items.next_element()? else {
                        return Err(A::Error::custom(format_args!("no rules behind the host `{host}`")));
                    };
                    let rules = rules.into_iter().map(|rule| rule.progress).collect();
                    hosts.push(HostProgress { host, rules });
                }
                Ok(Progress { hosts })
            }
        }
        deserializer.deserialize_seq(Hosts)
    }
}

#[derive(Deserialize)]
struct Rules {
    #[serde(rename = "HostProcess")]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "Plugin", deserialize_with = "wire")]
    progress: RuleProgress,
}

/// A list of texts, each with a meaning of its own.
impl Wire for RuleProgress {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = RuleProgress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("name, id, quality, state, milliseconds, requests and alerts of a rule")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<RuleProgress, A::Error> {
                let progress = RuleProgress {
                    name: next(&mut fields, 0)?,
                    id: next(&mut fields, 1)?,
                    quality: next(&mut fields, 2)?,
                    state: next(&mut fields, 3)?,
                    took: next::<milliseconds, A>(&mut fields, 4)?.into(),
                    requests: next(&mut fields, 5)?,
                    alerts: next(&mut fields, 6)?,
                };
                // Later versions may tell more.
                while fields.next_element::<IgnoredAny>()?.is_some() {}
                Ok(progress)
            }
        }
        deserializer.deserialize_seq(Fields)
    }
}

fn next<'de, T: Wire, A: SeqAccess<'de>>(fields: &mut A, index: usize) -> Result<T, A::Error> {
    let field = fields.next_element_seed(Seed::new())?;
    field.ok_or_else(|| A::Error::invalid_length(index, &"the seven fields of a rule"))
}
