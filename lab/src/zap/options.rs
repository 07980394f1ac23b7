//! How a daemon is to run.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How a daemon is to run. The defaults suit a test: nothing that two daemons would share.
///
/// ```
/// use dast_lab::zap::Options;
///
/// let silent = Options { config: vec![("api.reportpermerrors".into(), "false".into())], ..Options::default() };
/// assert_eq!(silent.port, 0);
/// ```
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The API key; without one, a random one is made. It is given in a file, never on a command line.
    pub api_key: Option<String>,
    /// The most that Java's heap may take, in MiB. The process takes some 200 MiB more.
    pub heap_mib: u32,
    /// Items for ZAP's `-config`, in the order that ZAP gets them. An item replaces one of the defaults of its name:
    /// `api.filexfer`, `api.incerrordetails` and `api.reportpermerrors` are on, `database.recoverylog` is off.
    pub config: Vec<(String, String)>,
    /// Further arguments for Java, such as `-XX:+ExitOnOutOfMemoryError`.
    pub jvm_args: Vec<String>,
    /// ZAP's home folder, which is kept; without one, a temporary folder that goes with the daemon.
    pub home: Option<PathBuf>,
    /// How long the start may take.
    pub startup: Duration,
    /// What a start waits for.
    pub readiness: Readiness,
}

/// What a start waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Readiness {
    /// An answer from the API of the very daemon that was started.
    #[default]
    Api,
    /// Its word in the log that it listens: for daemons whose API answers nobody, or not this machine.
    Listening,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            api_key: None,
            heap_mib: 512,
            config: Vec::new(),
            jvm_args: Vec::new(),
            home: None,
            // It takes three to five seconds on an idle machine, and many times that on a busy one.
            startup: Duration::from_secs(300),
            readiness: Readiness::default(),
        }
    }
}

/// What tests and people need: errors that say what is wrong, files over the API, and no log that can fill a disk.
const DEFAULTS: [(&str, &str); 4] = [
    ("api.filexfer", "true"),
    ("api.incerrordetails", "true"),
    ("api.reportpermerrors", "true"),
    ("database.recoverylog", "false"),
];

impl Options {
    /// The defaults that are not replaced, and then the caller's items.
    pub(super) fn all_config(&self) -> Vec<(&str, &str)> {
        let own: BTreeMap<&str, &str> =
            self.config.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let defaults = DEFAULTS.into_iter().filter(|(name, _)| !own.contains_key(name));
        defaults.chain(self.config.iter().map(|(name, value)| (name.as_str(), value.as_str()))).collect()
    }
}

impl fmt::Debug for Options {
    /// Everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("heap_mib", &self.heap_mib)
            .field("config", &self.config)
            .field("jvm_args", &self.jvm_args)
            .field("home", &self.home)
            .field("startup", &self.startup)
            .field("readiness", &self.readiness)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_give_way_to_the_callers_items() {
        let item = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let config = vec![item("b", "1"), item("api.filexfer", "false"), item("a", "2"), item("a", "3")];
        let options = Options { config, ..Options::default() };
        let all = options.all_config();
        assert_eq!(
            all,
            [
                ("api.incerrordetails", "true"),
                ("api.reportpermerrors", "true"),
                ("database.recoverylog", "false"),
                ("b", "1"),
                ("api.filexfer", "false"),
                ("a", "2"),
                ("a", "3"),
            ]
        );
    }

    #[test]
    fn the_key_is_not_shown() {
        let options = Options { api_key: Some("a-key".to_owned()), ..Options::default() };
        assert!(!format!("{options:?}").contains("a-key"));
    }
}
