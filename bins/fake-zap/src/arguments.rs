//! ZAP's command line, as far as we use it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The settings of the rules of the replacer begin with this.
const REPLACER: &str = "replacer.full_list(";

/// What it was started with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    host: Option<IpAddr>,
    port: Option<u16>,
    /// The settings, by name; the last of a name counts.
    settings: BTreeMap<String, String>,
}

impl Arguments {
    /// Reads them.
    ///
    /// # Errors
    /// If one is none that ZAP has, or says something that cannot be read.
    pub(crate) fn parse(given: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut arguments = Self::default();
        let mut given = given.into_iter();
        while let Some(argument) = given.next() {
            let mut value =
                || given.next().with_context(|| format!("`{argument}`: expected a value after it"));
            match argument.as_str() {
                "-daemon" | "-silent" => {}
                // What is for Java.
                java if java.starts_with("-Xmx") => {}
                "-dir" => drop(value()?),
                "-host" => {
                    let host = value()?;
                    arguments.host =
                        Some(host.parse().with_context(|| format!("-host `{host}`: expected an address"))?);
                }
                "-port" => {
                    let port = value()?;
                    arguments.port =
                        Some(port.parse().with_context(|| format!("-port `{port}`: expected a number"))?);
                }
                "-config" => arguments.set(&value()?).context("-config")?,
                "-configfile" => arguments.read(Path::new(&value()?)).context("-configfile")?,
                _ => bail!("`{argument}` is no argument of ZAP that is known here"),
            }
        }
        Ok(arguments)
    }

    /// Where it listens, as ZAP if nobody says so.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host.unwrap_or(IpAddr::from([127, 0, 0, 1])), self.port.unwrap_or(8080))
    }

    /// The key of its API, if it has one.
    pub(crate) fn key(&self) -> Option<&str> {
        self.settings.get("api.key").map(String::as_str)
    }

    /// The rules of the replacer in their order, each with its fields.
    pub(crate) fn replacements(&self) -> Vec<BTreeMap<String, String>> {
        let mut rules: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
        for (name, value) in &self.settings {
            let place = name.strip_prefix(REPLACER).and_then(|rest| rest.split_once(")."));
            if let Some((Ok(number), field)) = place.map(|(number, field)| (number.parse(), field)) {
                rules.entry(number).or_default().insert(field.to_owned(), value.clone());
            }
        }
        rules.into_values().collect()
    }

    fn set(&mut self, setting: &str) -> Result<()> {
        let (name, value) =
            setting.split_once('=').with_context(|| format!("`{setting}`: expected `name=value`"))?;
        self.settings.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// A file of Java's properties, as ours is: no line goes on in the next one, and backslashes are doubled.
    fn read(&mut self, path: &Path) -> Result<()> {
        let text = fs::read_to_string(path).with_context(|| format!("`{}`", path.display()))?;
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| line.replace(r"\\", r"\")).try_for_each(|line| self.set(&line))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_a_deployment_says_is_understood() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("zap.properties");
        fs::write(&file, "# a key\napi.key=a\\\\b\n").unwrap();
        let line = format!(
            "-Xmx512m -daemon -silent -host 0.0.0.0 -port 8090 -dir /zap/home -configfile {} \
             -config api.addrs.addr.name=.* -config replacer.full_list(1).description=two \
             -config replacer.full_list(0).description=one -config replacer.full_list(0).matchstr=a=b",
            file.display()
        );
        let arguments = parse(&line).unwrap();
        assert_eq!(arguments.address().to_string(), "0.0.0.0:8090");
        assert_eq!(arguments.key(), Some(r"a\b"));
        let rules = arguments.replacements();
        assert_eq!(rules.len(), 2);
        assert_eq!((rules[0]["description"].as_str(), rules[0]["matchstr"].as_str()), ("one", "a=b"));
        assert_eq!(rules[1]["description"], "two");
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for (line, said) in [
            ("-newsession x", "`-newsession` is no argument of ZAP that is known here"),
            ("-port", "`-port`: expected a value after it"),
            ("-port many", "-port `many`: expected a number"),
            ("-host everywhere", "-host `everywhere`: expected an address"),
            ("-config api.key", "-config"),
            ("-configfile /none", "-configfile"),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), said);
        }
        assert_eq!(parse("").unwrap().address().to_string(), "127.0.0.1:8080");
    }
}
