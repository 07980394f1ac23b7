//! A real ZAP: assembled once with [`Installation::ensure`], started as often as needed with [`Installation::start`].

mod addon;
mod api;
mod assembly;
mod daemon;
mod detached;
mod image;
mod installation;
mod launch;
mod options;

pub use self::api::{Api, Reply};
pub use self::daemon::Daemon;
pub use self::detached::Detached;
pub use self::installation::Installation;
pub use self::options::{Options, Readiness};
