//! What somebody asked the API server for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

/// What is written down from some moment on.
pub(super) struct Audit {
    log: PathBuf,
    begin: u64,
}

/// How often one user asked for what, such as `patch scanruns/status`, how often for events, and how often that was too much.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) calls: BTreeMap<String, usize>,
    pub(super) events: usize,
    pub(super) refused: usize,
}

impl Audit {
    /// From now on.
    pub(super) fn begin(log: &Path) -> Result<Self> {
        Ok(Self { log: log.to_owned(), begin: std::fs::metadata(log)?.len() })
    }

    /// What a user asked for, but for watches and leases.
    pub(super) fn of(&self, user: &str) -> Result<Asked> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(self.begin))?;
        let mut asked = Asked::default();
        for line in BufReader::new(file).lines() {
            // The last one may be half written, and so may be the first.
            let Ok(event) = serde_json::from_str::<Value>(&line?) else { continue };
            let text = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default();
            let (verb, resource) = (text("/verb"), text("/objectRef/resource"));
            // A watch of a kind that the API server has not read yet is answered with 429, which says nothing of room.
            if text("/user/username") != user || verb == "watch" {
                continue;
            }
            asked.refused += usize::from(event.pointer("/responseStatus/code") == Some(&Value::from(429)));
            if resource == "leases" {
                continue;
            }
            if resource == "events" {
                asked.events += 1;
                continue;
            }
            let what = match text("/objectRef/subresource") {
                "" => format!("{verb} {resource}"),
                subresource => format!("{verb} {resource}/{subresource}"),
            };
            *asked.calls.entry(what).or_default() += 1;
        }
        Ok(asked)
    }
}

impl Asked {
    pub(super) fn all(&self) -> usize {
        self.calls.values().sum()
    }

    /// Those that change something, events among them. A review of a token is a question.
    pub(super) fn writes(&self) -> usize {
        let is_write =
            |what: &str| ["create", "delete", "patch", "update"].iter().any(|verb| what.starts_with(verb));
        let writes = self.calls.iter().filter(|(what, _)| is_write(what) && *what != "create tokenreviews");
        writes.map(|(_, count)| count).sum::<usize>() + self.events
    }
}
