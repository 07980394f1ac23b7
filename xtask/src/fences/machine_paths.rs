//! No file names a folder of the machine that it was written on.

use std::fs;

use anyhow::Result;

use super::Breach;
use crate::workspace::Workspace;

/// Put together from parts, so that this file does not find itself.
const PREFIXES: [&str; 3] = [concat!("/", "home", "/"), concat!("/", "root", "/"), concat!("/", "work", "/")];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    for file in workspace.files()? {
        // What is not text has no paths that anybody reads.
        if let Ok(text) = String::from_utf8(fs::read(workspace.root().join(&file))?) {
            found.extend(breaches(&file, &text));
        }
    }
    Ok(found)
}

fn breaches(file: &str, text: &str) -> Vec<Breach> {
    let numbered = text.lines().zip(1..);
    let broken = numbered
        .filter_map(|(line, number)| Some((number, PREFIXES.iter().find(|prefix| names(line, prefix))?)));
    let breach = |(number, prefix): (usize, &&str)| {
        let found = format!("a path that begins with {prefix}");
        Breach::new(
            format!("{file}:{number}"),
            found,
            "write it relative to the repository, or choose another example",
        )
    };
    broken.map(breach).collect()
}

/// Whether `prefix` stands in `line` as the beginning of a path, and not in the midst of one, such as a URL's.
fn names(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_machine_is_found_with_its_line() {
        for prefix in PREFIXES {
            for line in [format!("see {prefix}notes"), format!("`{prefix}`"), format!("file://{prefix}x")] {
                let [breach] = breaches("a.md", &format!("first\n{line}\n")).try_into().unwrap();
                assert_eq!(breach.place, "a.md:2");
            }
        }
    }

    #[test]
    fn the_middle_of_another_path_is_not() {
        for prefix in PREFIXES {
            assert_eq!(
                breaches(
                    "a.md",
                    &format!("https://shop.test{prefix}x ..{prefix} a_b{prefix} {{url}}{prefix}")
                ),
                []
            );
        }
    }
}
