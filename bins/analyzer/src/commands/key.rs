//! Makes the key of a pod's own ZAP.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use crate::cli::KeyArgs;
use crate::exit::Exit;

/// The key itself, for the analyzer.
const KEY: &str = "key";
/// The same as ZAP reads it (`-configfile`).
const PROPERTIES: &str = "zap.properties";
/// 256 bits.
const BYTES: usize = 32;

/// Makes what is missing. Init containers are run again, so that a key that is there stays.
pub(crate) fn make(args: &KeyArgs) -> Result<Exit> {
    let key_file = args.folder.join(KEY);
    let key = match read(&key_file)? {
        Some(key) if is_key(&key) => key,
        Some(_) => bail!("`{}` is there, but no key: remove it", key_file.display()),
        None => {
            let key = random()?;
            write(&args.folder, KEY, &key)?;
            key
        }
    };
    let properties_file = args.folder.join(PROPERTIES);
    let properties = format!("api.key={key}\n");
    match read(&properties_file)? {
        Some(there) if there == properties => {}
        Some(_) => bail!("`{}` is there, but with another key: remove it", properties_file.display()),
        None => write(&args.folder, PROPERTIES, &properties)?,
    }
    Ok(Exit::Pass)
}

fn random() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_key(text: &str) -> bool {
    text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Puts a file in place only when it is whole, and only where there is none.
fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        readable(&file)?;
        file.persist_noclobber(folder.join(name)).map_err(|error| error.error)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write `{}`", folder.join(name).display()))
}

/// ZAP and the analyzer run as different users of one group, the pod's `fsGroup`; nobody else is to read it.
#[cfg(unix)]
fn readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn readable(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}
