//! How the process is started, and how it is known to be ready.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{Read, Seek, SeekFrom, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::{Api, Installation, Options, Readiness, assembly};
use crate::process::quote;

const POLL: Duration = Duration::from_millis(100);
/// The file in the home folder that the key is given in.
const KEY_FILE: &str = "lab-api-key.properties";
/// The file in the home folder that has what the process printed.
const LOG_FILE: &str = "lab-output.log";

/// Everything that a start needs, so that the same can be started again.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) address: SocketAddr,
    pub(super) api: Api,
    pub(super) key: String,
    pub(super) home: PathBuf,
    arguments: Vec<String>,
    startup: Duration,
    readiness: Readiness,
    own_group: bool,
}

impl Launch {
    pub(super) fn prepare(
        installation: &Installation,
        options: &Options,
        home: &Path,
        own_group: bool,
    ) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(home)
            .context("could not make ZAP's home folder")?;
        let home = home.canonicalize().context("could not find ZAP's home folder")?;
        let key = match &options.api_key {
            Some(key) => key.clone(),
            None => random_key()?,
        };
        ensure!(
            !key.is_empty()
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)),
            "an API key of the lab has letters, digits and `-._~` only"
        );
        let port = if options.port == 0 { free_port()? } else { options.port };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let arguments = arguments(installation, options, &home, port)?;
        let (startup, readiness) = (options.startup, options.readiness);
        let api = Api::new(address, key.clone());
        Ok(Self { address, api, key, home, arguments, startup, readiness, own_group })
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join(LOG_FILE)
    }

    /// Starts the process and waits until it is ready. If it does not become so, it is gone on return.
    pub(super) fn run(&self) -> Result<Child> {
        write_private(&self.home.join(KEY_FILE), &format!("api.key={}\n", self.key))?;
        let mut log = File::options().create(true).append(true).open(self.log())?;
        let begin = log.seek(SeekFrom::End(0))?;
        let mut java = Command::new("java");
        java.args(&self.arguments).current_dir(&self.home).stdin(Stdio::null());
        java.stderr(log.try_clone()?).stdout(log);
        if self.own_group {
            java.process_group(0);
        }
        let mut child = java.spawn().context("could not start `java`")?;
        let ready = self.wait(&mut child, begin);
        if ready.is_err() {
            // What already ended cannot be killed, and need not be.
            let _ = child.kill();
            child.wait()?;
        }
        ready.map(|()| child)
    }

    fn wait(&self, child: &mut Child, begin: u64) -> Result<()> {
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                bail!("{}", self.ended(status, begin)?);
            }
            if self.is_ready(begin)? {
                return Ok(());
            }
            if started.elapsed() > self.startup {
                let seconds = self.startup.as_secs();
                bail!("ZAP was not ready after {seconds} s; {}", quote(&self.log_since(begin)?));
            }
            thread::sleep(POLL);
        }
    }

    fn is_ready(&self, begin: u64) -> Result<bool> {
        Ok(match self.readiness {
            Readiness::Listening => self.log_since(begin)?.contains("ZAP is now listening on"),
            // Another ZAP may have the port and the same key, but not the same home.
            Readiness::Api => self.api.get("JSON/core/view/zapHomePath/").is_ok_and(|answer| {
                answer.get("zapHomePath").and_then(|path| path.as_str()).map(Path::new) == Some(&self.home)
            }),
        })
    }

    /// Why a process that ended did not become ready.
    fn ended(&self, status: ExitStatus, begin: u64) -> Result<String> {
        let log = self.log_since(begin)?;
        let mut text = format!("ZAP ended with {status} before it was ready");
        if is_about_the_port(&log) {
            write!(text, ": port {} is taken", self.address.port())?;
        }
        write!(text, "; {}", quote(&log))?;
        Ok(text)
    }

    fn log_since(&self, begin: u64) -> Result<String> {
        let mut log = File::open(self.log())?;
        log.seek(SeekFrom::Start(begin))?;
        let mut said = Vec::new();
        log.read_to_end(&mut said)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

/// ZAP's exit status is 0 even then.
pub(super) fn is_about_the_port(text: &str) -> bool {
    text.contains("Address already in use")
}

fn arguments(installation: &Installation, options: &Options, home: &Path, port: u16) -> Result<Vec<String>> {
    let text = |path: &Path| path.to_str().map(str::to_owned).context("ZAP needs paths that are text");
    let mut arguments = vec![format!("-Xmx{}m", options.heap_mib), "-Djava.awt.headless=true".to_owned()];
    arguments.extend(options.jvm_args.iter().cloned());
    arguments.extend(["-cp".to_owned(), assembly::class_path(installation.folder())?]);
    arguments.extend(["org.zaproxy.zap.ZAP", "-daemon", "-silent", "-host", "127.0.0.1"].map(str::to_owned));
    arguments.extend(["-port".to_owned(), port.to_string()]);
    arguments.extend(["-dir".to_owned(), text(home)?]);
    arguments.extend(["-installdir".to_owned(), text(installation.folder())?]);
    arguments.extend(["-configfile".to_owned(), text(&home.join(KEY_FILE))?]);
    for (name, value) in options.all_config() {
        arguments.extend(["-config".to_owned(), format!("{name}={value}")]);
    }
    Ok(arguments)
}

/// Writes a file that nobody else may read, from the first byte on.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).with_context(|| format!("could not write `{}`", path.display()))
}

fn random_key() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).context("the system has no randomness to give")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A port that nobody has now. Somebody may take it before ZAP does, so starts are tried again.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_file_is_its_owners_alone_even_if_it_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "public").unwrap();
        write_private(&path, "private").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "private");
    }

    #[test]
    fn keys_differ_and_ports_are_free() {
        assert_ne!(random_key().unwrap(), random_key().unwrap());
        TcpListener::bind(("127.0.0.1", free_port().unwrap())).unwrap();
    }
}
