//! Reports on disk: whole, or not at all.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use dast_policy::Evidence;
use tempfile::NamedTempFile;

use crate::console::Console;
use crate::exit::Exit;

/// The reports of one run.
pub(crate) struct Reports<'a>(&'a [ReportSpec]);

impl<'a> Reports<'a> {
    /// Says what is wrong with destinations as they are typed, and what may be wrong with them when the scan is over. One
    /// for standard output has it for itself from now on.
    pub(crate) fn prepare(specs: &'a [ReportSpec], console: &mut Console) -> Result<Self> {
        for (index, report) in specs.iter().enumerate() {
            let before = specs.iter().take(index).any(|earlier| earlier.destination == report.destination);
            ensure!(!before, "two reports have the same destination; give each a path of its own");
            if let Some(folder) = report.missing_folder() {
                console.warning(format_args!(
                    "there is no folder `{}`: make it before the scan ends",
                    folder.display()
                ));
            }
        }
        if specs.iter().any(|report| report.destination == Destination::Stdout) {
            console.leave_stdout();
        }
        Ok(Self(specs))
    }

    /// Every report is tried, and the verdict outweighs one that could not be written.
    pub(crate) fn write(&self, all: &[Evidence], exit: Exit, console: &mut Console) -> Exit {
        let mut exit = exit;
        for report in self.0 {
            if let Err(error) = report.write(all, console) {
                console.error(&error);
                exit = exit.max(Exit::Usage);
            }
        }
        exit
    }
}

/// What to write, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportSpec {
    pub(crate) format: Format,
    pub(crate) destination: Destination,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The bounded evidence that `gate` reads.
    Json,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
}

impl FromStr for ReportSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .ok_or_else(|| "expected FORMAT=PATH, such as `json=evidence.json`".to_owned())?;
        let format = match format {
            "json" => Format::Json,
            other => return Err(format!("unknown format `{other}`; accepted: json")),
        };
        let destination = match path {
            "" => return Err("expected a path after `=`, or `-` for standard output".to_owned()),
            "-" => Destination::Stdout,
            path => Destination::File(path.into()),
        };
        Ok(Self { format, destination })
    }
}

impl ReportSpec {
    /// The folder of the report, if it is not there.
    fn missing_folder(&self) -> Option<&Path> {
        let Destination::File(path) = &self.destination else { return None };
        path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    }

    /// Writes what was found: one document for one target, a list for several.
    pub(crate) fn write(&self, all: &[Evidence], console: &mut Console) -> Result<()> {
        let text = match self.format {
            Format::Json => json(all),
        };
        match &self.destination {
            Destination::Stdout => console.document(&text),
            Destination::File(path) => {
                write_whole(path, &text)
                    .with_context(|| format!("cannot write the report to `{}`", path.display()))?;
                console.detail(format_args!("Evidence written to {}\n", path.display()));
            }
        }
        Ok(())
    }
}

/// Evidence as JSON: one document for one target, a list for several.
pub(crate) fn json(all: &[Evidence]) -> String {
    match all {
        [one] => one.to_json(),
        many => {
            let parts: Vec<String> = many.iter().map(|one| one.to_json().trim_end().to_owned()).collect();
            format!("[\n{}\n]\n", parts.join(",\n"))
        }
    }
}

/// Writes beside the destination first, and puts it in place only when all of it is on disk. What a link points to is
/// replaced, not the link; what is no file, such as a device, is written to as it is.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error.into()),
    };
    let existing = fs::metadata(&path).ok();
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        return Ok(fs::OpenOptions::new().write(true).open(&path)?.write_all(text.as_bytes())?);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    if let Some(metadata) = existing {
        file.as_file().set_permissions(metadata.permissions())?;
    } else {
        readable(&file)?;
    }
    file.persist(&path)?;
    Ok(())
}

/// Gives a new report the permissions of any new file, not those of a temporary one.
#[cfg(unix)]
fn readable(file: &NamedTempFile) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?)
}

#[cfg(not(unix))]
fn readable(_: &NamedTempFile) -> Result<()> {
    Ok(())
}
