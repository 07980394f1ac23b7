//! The forms in which a secret turns up in what is told.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use super::Redactor;

/// The forms in which a secret is looked for.
pub(super) fn forms(secret: &str) -> Vec<String> {
    if secret.len() < Redactor::SHORTEST_SECRET {
        return Vec::new();
    }
    let mut encoded = vec![form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()];
    for set in [NON_ALPHANUMERIC, UNRESERVED, SCRIPT, QUERY] {
        encoded.push(utf8_percent_encode(secret, set).to_string());
    }
    let lower: Vec<_> = encoded.iter().map(|text| with_lower_hex(text)).collect();
    encoded.extend(lower);
    encoded.extend((0..3).flat_map(|offset| base64_within(secret, offset)));
    encoded.extend(HTML.iter().map(|entities| escaped(secret, |c| entity(entities, c))));
    encoded.extend(JSON.iter().map(|more| escaped(secret, |c| json(c, *more))));
    encoded.push(secret.to_owned());
    encoded
}

/// What encoders leave as it is, besides letters and digits: `encodeURIComponent`, RFC 3986, and the query of a URL.
const SCRIPT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
pub(super) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const QUERY: &AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');

/// What pages write for a character: [`None`] if the character itself.
type Escape = Option<String>;

/// What encoders of HTML write for the quotation marks, besides `&amp;`, `&lt;` and `&gt;`. Those of text leave both alone.
const HTML: [(&str, &str); 7] = [
    ("\"", "'"),
    ("&quot;", "'"),
    ("&quot;", "&#39;"),
    ("&quot;", "&#039;"),
    ("&quot;", "&#x27;"),
    ("&quot;", "&apos;"),
    ("&#34;", "&#39;"),
];

fn entity((quote, apostrophe): &(&str, &str), c: char) -> Escape {
    let entity = match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => quote,
        '\'' => apostrophe,
        _ => return None,
    };
    Some(entity.to_owned())
}

/// What encoders of JSON escape besides what they must (RFC 8259, section 7).
const JSON: [fn(char) -> bool; 5] = [
    |_| false,
    |c| c == '/',
    |c| !c.is_ascii(),
    |c| matches!(c, '<' | '>' | '&'),
    |c| matches!(c, '<' | '>' | '&' | '\'') || !c.is_ascii(),
];

fn json(c: char, more: fn(char) -> bool) -> Escape {
    Some(match c {
        '"' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '/' if more(c) => "\\/".to_owned(),
        _ if c.is_control() || more(c) => {
            c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
        _ => return None,
    })
}

fn escaped(secret: &str, escape: impl Fn(char) -> Escape) -> String {
    secret.chars().map(|c| escape(c).unwrap_or_else(|| c.to_string())).collect()
}

fn with_lower_hex(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (hex, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        out.extend(["%", &hex.to_ascii_lowercase(), rest]);
    }
    out
}

/// The characters of base64 that `secret` alone decides, when it begins `offset` bytes after a group of three.
fn base64_within(secret: &str, offset: usize) -> Vec<String> {
    let mut bytes = vec![0; offset];
    bytes.extend(secret.as_bytes());
    let whole = (offset * 8).div_ceil(6)..bytes.len() * 8 / 6;
    let inner = |encoded: String| encoded.get(whole.clone()).unwrap_or_default().to_owned();
    vec![inner(STANDARD_NO_PAD.encode(&bytes)), inner(URL_SAFE_NO_PAD.encode(&bytes))]
}
