//! Normalised paths: one spelling for each place.

use std::borrow::Cow;

/// The path of what follows an origin in a URL, so that different spellings of a place are one: no query and no
/// fragment, at least `/`, percent-encoded unreserved characters decoded and the rest in upper-case hex
/// (RFC 3986, section 6.2.2), dot segments resolved (section 5.2.4).
pub(crate) fn normalise(rest: &str) -> Cow<'_, str> {
    let end = rest.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    let raw = rest.get(..end).unwrap_or_default();
    if is_normal(raw) { raw.into() } else { resolve(raw).into() }
}

/// Whether it need not be looked at closely: nothing is encoded, or would have to be, and no segment begins with a dot.
fn is_normal(raw: &str) -> bool {
    let mut before = b' ';
    raw.starts_with('/')
        && raw.bytes().all(|byte| {
            let is_normal = byte.is_ascii() && byte != b'%' && (byte, before) != (b'.', b'/');
            before = byte;
            is_normal
        })
}

fn resolve(raw: &str) -> String {
    let decoded = decode_unreserved(raw);
    let mut segments: Vec<&str> = Vec::new();
    let mut open = true;
    for segment in decoded.split('/').skip(1) {
        open = matches!(segment, "" | "." | "..");
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            // An empty last segment is the trailing slash, put back below; inner ones are kept.
            other => segments.push(other),
        }
    }
    if open && segments.last().is_some_and(|last| last.is_empty()) {
        segments.pop();
    }
    let mut path = String::with_capacity(decoded.len() + 1);
    for segment in &segments {
        path.push('/');
        path.push_str(segment);
    }
    if open || path.is_empty() {
        path.push('/');
    }
    path
}

fn decode_unreserved(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let hex = after.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = match (code, after.get(2..)) {
            (Some(byte), Some(tail)) => {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    out.push(char::from(byte));
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
                tail
            }
            _ => {
                out.push('%');
                after
            }
        };
    }
    out.push_str(rest);
    // What is not ASCII has no place in a URL, and one place must not have two spellings.
    if out.is_ascii() {
        return out;
    }
    out.bytes()
        .map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_a_place_are_one() {
        for (raw, path) in [
            ("", "/"),
            ("?q=1", "/"),
            ("#top", "/"),
            ("/", "/"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("/a//b", "/a//b"),
            ("/a/./b/../c", "/a/c"),
            ("/a/..", "/"),
            ("/../../etc", "/etc"),
            ("/%61%2e%2E/%2e%2e/x", "/x"),
            ("/caf%c3%a9?x", "/caf%C3%A9"),
            ("/café", "/caf%C3%A9"),
            ("/100%", "/100%"),
            ("/%+1", "/%+1"),
            ("/a/b/.", "/a/b/"),
        ] {
            assert_eq!(normalise(raw), path, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn what_is_normal_stays_as_it_is(raw in "/([a./]|\\PC|%2[eE]){0,9}") {
            prop_assert!(!is_normal(&raw) || resolve(&raw) == raw);
        }
    }

    #[test]
    fn normalising_twice_changes_nothing() {
        for raw in ["/a/%2e%2e/%41//x/", "/%25%32%65/", "//", "/a/b/../.."] {
            let once = normalise(raw);
            assert_eq!(normalise(&once), once, "{raw}");
        }
    }
}
