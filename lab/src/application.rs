//! Web applications that others wrote, to scan: installed once with [`Application::ensure`], started as often as needed
//! with [`Installed::start`].

mod datasette;
mod godoc;
mod server;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

pub use self::server::Server;
use crate::cache;
use crate::prerequisites::{self, Program};
use crate::process::run;

/// A web application that others wrote, in the version that the lab pins.
///
/// ```no_run
/// use dast_lab::application::Application;
///
/// # fn main() -> anyhow::Result<()> {
/// let server = Application::Datasette.ensure(|line| eprintln!("{line}"))?.start()?;
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Application {
    /// Datasette, which shows a database as pages, with filters and queries as parameters: Python, ASGI, SQLite.
    Datasette,
    /// The documentation server of Go's tools, with search and sources: Go and its standard library.
    Godoc,
}

impl Application {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Datasette, Self::Godoc];

    /// Its name, in small letters.
    pub fn name(self) -> &'static str {
        self.recipe().name
    }

    /// Finds it in `target/lab`, or installs it there from its registry, which takes the network and up to a minute.
    ///
    /// It lies in a folder named after all that it is made from. Callers at the same time wait for the first. `say` gets
    /// a line for each step that takes time, and none if there is nothing to do.
    ///
    /// # Errors
    /// If a program is missing and cannot be installed, or if the packages cannot be got, or are not what they were when
    /// this was written.
    pub fn ensure(self, mut say: impl FnMut(&str)) -> Result<Installed> {
        let recipe = self.recipe();
        prerequisites::ensure(recipe.programs, &mut say)?;
        let parts = recipe.files.iter().flat_map(|(name, text)| [*name, *text]);
        let key = cache::key([recipe.source].into_iter().chain(parts));
        let folder = cache::made(&cache::folder(), &format!("{}-{key}", recipe.name), |part| {
            say(&format!("installing {}", recipe.name));
            for (name, text) in recipe.files {
                fs::write(part.join(name), text).with_context(|| format!("could not write `{name}`"))?;
            }
            (recipe.make)(part).with_context(|| format!("could not install {self}"))
        })?;
        Ok(Installed { application: self, folder })
    }

    fn recipe(self) -> &'static Recipe {
        match self {
            Self::Datasette => &datasette::RECIPE,
            Self::Godoc => &godoc::RECIPE,
        }
    }
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How an application is installed and started.
struct Recipe {
    name: &'static str,
    programs: &'static [Program],
    /// What is written to its folder first, by name.
    files: &'static [(&'static str, &'static str)],
    /// The file that the recipe is in: another way to install is another installation.
    source: &'static str,
    make: fn(&Path) -> Result<()>,
    /// Serves on a port of 127.0.0.1.
    serve: fn(&Path, u16) -> Command,
}

/// An application that is ready to be started. It is only read, so it can be started many times at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    application: Application,
    folder: PathBuf,
}

impl Installed {
    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it on a free port, and waits until it takes connections.
    ///
    /// # Errors
    /// If it ends before that, or takes longer than a minute; the end of what it printed is quoted. Nothing is left
    /// running then.
    pub fn start(&self) -> Result<Server> {
        let serve = self.application.recipe().serve;
        Server::start(|port| serve(&self.folder, port))
            .with_context(|| format!("could not start {}", self.application))
    }
}
