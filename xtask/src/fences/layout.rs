//! Files are short, and named for what they hold.

use std::fs;

use anyhow::{Context, Result};

use super::Breach;
use crate::workspace::Workspace;

/// Lines of a source file above its tests.
const MOST_LINES: usize = 400;
/// Lines of a program's `main.rs`, which only puts together what is tested elsewhere.
const MOST_LINES_OF_MAIN: usize = 30;
/// Names that say nothing, so that anything ends up there.
const EMPTY_NAMES: [&str; 6] = ["common", "helper", "helpers", "misc", "util", "utils"];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    for file in workspace.files()? {
        found.extend(empty_name(&file));
        if file.ends_with(".rs") {
            let path = workspace.root().join(&file);
            let text = fs::read_to_string(&path).with_context(|| format!("could not read {file}"))?;
            found.extend(too_long(&file, &text));
        }
    }
    Ok(found)
}

fn empty_name(file: &str) -> Option<Breach> {
    let stems = file.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let stem = stems.into_iter().find(|stem| EMPTY_NAMES.contains(stem))?;
    let found = format!("`{stem}` is no name for anything in particular");
    Some(Breach::new(file, found, "name it after the noun it holds, or move its parts to theirs"))
}

fn too_long(file: &str, text: &str) -> Option<Breach> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let tests_only = name == "tests.rs" || file.split('/').any(|part| part == "tests");
    let is_main = file.starts_with("bins/") && file.ends_with("/src/main.rs");
    let (lines, most) = match () {
        () if tests_only => return None,
        () if is_main => (text.lines().count(), MOST_LINES_OF_MAIN),
        () => (lines_above_tests(text), MOST_LINES),
    };
    (lines > most).then(|| {
        let remedy = if is_main {
            "move the work to a module beside it"
        } else {
            "give each noun a module of its own"
        };
        Breach::new(file, format!("{lines} lines, and {most} are the most"), remedy)
    })
}

/// A module of tests is preceded by its attribute; the same attribute before anything else is not the end.
fn lines_above_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let begins = |pair: &[&str]| matches!(pair, [first, second] if *first == "#[cfg(test)]" && second.starts_with("mod "));
    lines.windows(2).position(begins).unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(n: usize) -> String {
        "// a line\n".repeat(n)
    }

    #[test]
    fn the_lines_above_the_tests_count() {
        let text = format!(
            "{}#[cfg(test)]\nuse a::B;\n{}#[cfg(test)]\nmod tests {{\n{}}}\n",
            lines(3),
            lines(5),
            lines(900)
        );
        assert_eq!(lines_above_tests(&text), 10);
        assert_eq!(too_long("crates/a/src/b.rs", &text), None);
        assert_eq!(too_long("crates/a/src/b.rs", &lines(400)), None);
        assert_eq!(
            too_long("crates/a/src/b.rs", &lines(401)).unwrap().found,
            "401 lines, and 400 are the most"
        );
    }

    #[test]
    fn tests_may_be_long_and_a_main_may_not() {
        assert_eq!(too_long("crates/a/tests/laws.rs", &lines(900)), None);
        assert_eq!(too_long("crates/a/src/b/tests.rs", &lines(900)), None);
        assert_eq!(too_long("bins/a/src/main.rs", &lines(30)), None);
        assert!(too_long("bins/a/src/main.rs", &lines(31)).is_some());
    }

    #[test]
    fn a_name_says_what_a_file_holds() {
        for bad in
            ["crates/a/src/utils.rs", "crates/common/src/lib.rs", "docs/misc.md", "a/tests/util/mod.rs"]
        {
            assert!(empty_name(bad).is_some(), "{bad}");
        }
        for good in ["crates/a/src/utility_bill.rs", "docs/commons.md", "a/src/lib.rs"] {
            assert_eq!(empty_name(good), None);
        }
    }
}
