//! The names of our images.

use dast_lab::program::Program;

/// The name of the image of a program of ours, such as `dast-shop`; nothing if there is none.
pub fn image_of(program: &str) -> String {
    let found = Program::ALL.into_iter().find(|one| one.name() == program);
    found.map(Program::image).unwrap_or_default()
}
