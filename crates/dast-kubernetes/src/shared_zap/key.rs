//! The key of a ZAP's API.

use dast_policy::ValueError;

/// The longest key, in bytes.
const MOST: usize = 512;

/// A key travels in a field of HTTP's header, so that it is visible ASCII.
pub(super) fn check(key: &str) -> Result<(), ValueError> {
    if (1..=MOST).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let shown = format!("a key of {} bytes", key.len());
    Err(ValueError::new(shown, "1 to 512 visible ASCII characters without spaces"))
}

/// A key as ZAP's `-configfile` has it: a line of Java's properties, in which a backslash stands for more than itself
/// (`java.util.Properties.load`).
pub(super) fn properties(key: &str) -> String {
    format!("api.key={}\n", key.replace('\\', r"\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_refused_without_being_told() {
        for key in ["abcd1234", "x", "a=b:c#d!e\\n", &"k".repeat(512)] {
            assert_eq!(check(key), Ok(()));
        }
        for key in ["", " ", "hunter2 ", "hunter2\nevil", "hunter2\u{e9}", &"k".repeat(513)] {
            let error = check(key).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && error.contains("visible ASCII"), "{error}");
        }
    }

    #[test]
    fn a_backslash_stays_one() {
        assert_eq!(properties("abcd1234"), "api.key=abcd1234\n");
        assert_eq!(properties(r"a\nb"), "api.key=a\\\\nb\n");
    }
}
