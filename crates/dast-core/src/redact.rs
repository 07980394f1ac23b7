//! Secrets out of what is reported, once, where an engine turns an exchange into a finding.

mod forms;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use percent_encoding::percent_decode_str;

use self::forms::forms;

/// What stands where a secret was.
const MARK: &str = "REDACTED";

/// Header fields whose value is a credential as a whole.
const CREDENTIAL_HEADERS: [&str; 5] =
    ["authorization", "proxy-authorization", "x-api-key", "x-auth-token", "x-zap-api-key"];

/// Parameters whose value is a credential. Case does not matter, `-` counts as `_`, and in `user[password]` or
/// `user.password` any part may be meant.
const SENSITIVE_PARAMETERS: [&str; 42] = [
    "access_key",
    "access_token",
    "api_key",
    "apikey",
    "assertion",
    "auth",
    "auth_token",
    "authorization",
    "client_assertion",
    "client_secret",
    "code",
    "credential",
    "credentials",
    "csrf_token",
    "id_token",
    "jsessionid",
    "jwt",
    "key",
    "otp",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "phpsessid",
    "pwd",
    "refresh_token",
    "samlresponse",
    "secret",
    "session",
    "session_id",
    "session_token",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "ticket",
    "token",
    "x_amz_credential",
    "x_amz_security_token",
    "x_amz_signature",
    "x_goog_credential",
    "x_goog_signature",
];

/// Takes secrets out of texts, URLs and header fields.
///
/// Known secrets of four bytes and more are found anywhere, also percent-encoded, escaped as HTML and JSON escape text, and
/// as (a part of) base64. Besides, values are taken out where they are secret by their place: in the header fields
/// `Authorization`, `Proxy-Authorization`, `X-Api-Key`, `X-Auth-Token`, `X-ZAP-API-Key`, `Cookie` and `Set-Cookie` (names
/// and attributes of cookies stay), and in the parameters of URLs that are called `password`, `token`, `api_key`, `session` and the like.
/// Redacting twice changes nothing.
///
/// ```
/// use dast_core::Redactor;
///
/// let redactor = Redactor::new(["hunter2"]);
/// assert_eq!(redactor.text("it says hunter2!"), "it says REDACTED!");
/// assert_eq!(redactor.text("Cookie: sid=1; theme=dark"), "Cookie: sid=REDACTED; theme=REDACTED");
/// assert_eq!(redactor.header("Authorization", "Bearer abc"), "REDACTED");
/// assert_eq!(redactor.url("http://bob:pw@shop.test/?id=7&token=abc"), "http://shop.test/?id=7&token=REDACTED");
/// ```
#[derive(Clone)]
pub struct Redactor {
    /// The secrets in all forms in which they are looked for.
    needles: Vec<String>,
    /// What stands where a secret was, when [`MARK`] and the text around it happen to be a secret.
    spare: String,
}

impl Redactor {
    /// Secrets shorter than this, in bytes, are not looked for: they would be found everywhere.
    pub const SHORTEST_SECRET: usize = 4;

    /// A redactor that knows `secrets`, besides what is secret by its place.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut needles: Vec<String> =
            secrets.into_iter().flat_map(|secret| forms(secret.as_ref())).collect();
        needles.sort_unstable();
        needles.dedup();
        // A character that is part of no secret cannot complete one.
        let free = |c: &char| !needles.iter().any(|needle| needle.contains(*c));
        let spare =
            std::iter::once('*').chain('\u{2588}'..).find(free).map_or_else(String::new, String::from);
        Self { needles, spare }
    }

    /// `text` without secrets: known ones, values of credential header lines, of cookies, and of sensitive parameters,
    /// and users of URLs.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redact(text, &|text| {
            let mut secret = header_lines(text);
            secret.extend(parameters(text, ends_in_text));
            secret.extend(users(text));
            secret
        })
    }

    /// The value of the header field `name` without secrets.
    pub fn header<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        self.redact(value, &|value| {
            let mut secret = header_value(name, value, 0);
            secret.extend(parameters(value, ends_in_text));
            secret.extend(users(value));
            secret
        })
    }

    /// `url` without its user, known secrets, and values of sensitive parameters. It need not be a whole URL.
    pub fn url(&self, url: &str) -> String {
        let by_place = |url: &str| parameters(url, ends_in_url);
        let mut done = self.redact(url, &by_place).into_owned();
        // Taking a user out may bring two halves of a known secret together.
        while let Some(shorter) = without_user(&done) {
            done = self.redact(&shorter, &by_place).into_owned();
        }
        done
    }

    fn redact<'a>(&self, text: &'a str, by_place: &dyn Fn(&str) -> Vec<Range<usize>>) -> Cow<'a, str> {
        let done = self.redact_with(MARK, text, by_place);
        if !self.knows_some_of(&done) {
            return done;
        }
        self.redact_with(&self.spare, text, by_place)
    }

    fn redact_with<'a>(
        &self,
        mark: &str,
        text: &'a str,
        by_place: &dyn Fn(&str) -> Vec<Range<usize>>,
    ) -> Cow<'a, str> {
        let mut done = match replace(text, self.known(text), mark) {
            Some(done) => Cow::Owned(done),
            None => Cow::Borrowed(text),
        };
        // One value may end where another begins, so it takes a second look. Each leaves less that is not a mark.
        loop {
            let mut secret = by_place(&done);
            secret.retain(|range| {
                done.get(range.clone()).is_some_and(|value| value != MARK && value != self.spare)
            });
            match replace(&done, secret, mark) {
                Some(next) => done = Cow::Owned(next),
                None => return done,
            }
        }
    }

    fn known(&self, text: &str) -> Vec<Range<usize>> {
        let found = |needle: &str| -> Vec<_> {
            text.match_indices(needle).map(|(start, found)| start..start + found.len()).collect()
        };
        self.needles.iter().flat_map(|needle| found(needle)).collect()
    }

    fn knows_some_of(&self, text: &str) -> bool {
        self.needles.iter().any(|needle| text.contains(needle))
    }
}

/// A redactor that knows no secrets, and finds those that are secret by their place.
impl Default for Redactor {
    fn default() -> Self {
        Self::new::<&str>([])
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// Puts `mark` in the place of all `ranges`, once for those that overlap; `None` if there are none.
fn replace(text: &str, mut ranges: Vec<Range<usize>>, mark: &str) -> Option<String> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for range in &ranges {
        if range.start >= done {
            out.push_str(text.get(done..range.start)?);
            out.push_str(mark);
        }
        done = done.max(range.end);
    }
    out.push_str(text.get(done..)?);
    if ranges.is_empty() { None } else { Some(out) }
}

/// The values of header lines that are secret.
fn header_lines(text: &str) -> Vec<Range<usize>> {
    let mut secret = Vec::new();
    let mut start = 0;
    for line in text.split(['\n', '\r']) {
        if let Some((name, value)) = line.split_once(':') {
            secret.extend(header_value(name, value, start + name.len() + 1));
        }
        start += line.len() + 1;
    }
    secret
}

/// What is secret of the value of the header field `name`, which begins at `start`.
fn header_value(name: &str, value: &str, start: usize) -> Vec<Range<usize>> {
    let is = |known: &str| name.trim().eq_ignore_ascii_case(known);
    let whole = CREDENTIAL_HEADERS.iter().any(|known| is(known));
    let cookies = match () {
        () if whole => return vec![trimmed(value, start)],
        () if is("cookie") => usize::MAX,
        // What follows the first pair are attributes (RFC 6265, section 4.1.1).
        () if is("set-cookie") => 1,
        () => 0,
    };
    let mut secret = Vec::new();
    let mut start = start;
    for pair in value.split(';').take(cookies) {
        let name = pair.split_once('=').map_or(0, |(name, _)| name.len() + 1);
        secret.push(trimmed(pair.get(name..).unwrap_or_default(), start + name));
        start += pair.len() + 1;
    }
    secret
}

fn trimmed(text: &str, start: usize) -> Range<usize> {
    let front = start + text.len() - text.trim_start().len();
    front..front + text.trim().len()
}

/// The values of sensitive parameters. A parameter stands at the beginning, or after `?`, `&`, `#` or `;`.
fn parameters(text: &str, ends: fn(char) -> bool) -> Vec<Range<usize>> {
    let mut secret = Vec::new();
    let mut name_start = Some(0);
    let mut in_path = false;
    for (at, c) in text.char_indices() {
        match c {
            '?' | '&' | '#' | ';' => {
                name_start = Some(at + 1);
                // `/cart;jsessionid=1/item` has parameters within the path, `?a=1&amp;b=2` has not.
                in_path = c == ';' && !text.get(..at).is_some_and(|before| before.ends_with("&amp"));
            }
            '=' => {
                let name = name_start.take().and_then(|start| text.get(start..at));
                if name.is_some_and(is_sensitive) {
                    let end = |c| ends(c) || (in_path && matches!(c, '/' | '?' | ';'));
                    let value = text.get(at + 1..).unwrap_or_default();
                    secret.push(at + 1..at + 1 + value.find(end).unwrap_or(value.len()));
                }
            }
            _ => {}
        }
    }
    secret
}

fn is_sensitive(name: &str) -> bool {
    let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase().replace('-', "_");
    name.split(['[', ']', '.']).any(|part| SENSITIVE_PARAMETERS.binary_search(&part).is_ok())
}

fn ends_in_url(c: char) -> bool {
    matches!(c, '&' | '#')
}

fn ends_in_text(c: char) -> bool {
    ends_in_url(c) || c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>')
}

/// The users, with their passwords, of all URLs in a text.
fn users(text: &str) -> Vec<Range<usize>> {
    let user = |(at, slashes): (usize, &str)| {
        let start = at + slashes.len();
        let rest = text.get(start..)?;
        let authority = rest.split(|c| ends_in_text(c) || matches!(c, '/' | '?' | '\\')).next()?;
        authority.rfind('@').map(|end| start..start + end)
    };
    text.match_indices("://").filter_map(user).collect()
}

/// A URL without the first user in it; `None` if it names none.
fn without_user(url: &str) -> Option<String> {
    let user = |(at, slashes): (usize, &str)| {
        let (before, rest) = url.split_at_checked(at + slashes.len())?;
        let end = rest.find(['/', '?', '#', '\\', '&']).unwrap_or(rest.len());
        let at = rest.get(..end)?.rfind('@')?;
        Some(format!("{before}{}", rest.get(at + 1..)?))
    };
    url.match_indices("://").find_map(user)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use percent_encoding::utf8_percent_encode;
    use proptest::prelude::*;

    use super::forms::UNRESERVED;
    use super::*;

    fn plain() -> Redactor {
        Redactor::default()
    }

    #[test]
    fn the_list_of_parameters_is_sorted() {
        assert!(SENSITIVE_PARAMETERS.is_sorted());
    }

    #[test]
    fn known_secrets_go_in_every_form() {
        let redactor = Redactor::new(["p@ss w/rd?é", "abc"]);
        for text in [
            "p@ss w/rd?é",
            "p%40ss%20w%2Frd%3F%C3%A9",
            "p%40ss%20w%2frd%3f%c3%a9",
            "p%40ss+w%2Frd%3F%C3%A9",
            "p@ss%20w/rd?%C3%A9",
        ] {
            assert_eq!(redactor.text(&format!("<{text}>")), "<REDACTED>", "{text}");
        }
        assert_eq!(redactor.text("abc is too short to be looked for"), "abc is too short to be looked for");
        for before in ["", "a", "ab", "bob:"] {
            for after in ["", "x", "xy"] {
                let encoded = STANDARD_NO_PAD.encode(format!("{before}p@ss w/rd?é{after}"));
                let redacted = redactor.text(&encoded).into_owned();
                let left = redacted.replace(MARK, "").len();
                assert!(
                    redacted.contains(MARK) && left <= 2 + (before.len() + after.len()) * 8 / 6,
                    "{redacted}"
                );
            }
        }
    }

    #[test]
    fn known_secrets_go_as_pages_and_documents_write_them() {
        let redactor = Redactor::new([r#"p&ss"wo'd/<é\1"#]);
        for text in [
            r#"p&amp;ss"wo'd/&lt;é\1"#,
            r"p&amp;ss&quot;wo'd/&lt;é\1",
            r"p&amp;ss&quot;wo&#39;d/&lt;é\1",
            r"p&amp;ss&quot;wo&#x27;d/&lt;é\1",
            r"p&amp;ss&#34;wo&#39;d/&lt;é\1",
            r#"p&ss\"wo'd/<é\\1"#,
            r#"p&ss\"wo'd\/<é\\1"#,
            r#"p&ss\"wo'd/<\u00e9\\1"#,
            r#"p\u0026ss\"wo'd/\u003cé\\1"#,
            r#"p\u0026ss\"wo\u0027d/\u003c\u00e9\\1"#,
        ] {
            assert_eq!(redactor.text(&format!("[{text}]")), "[REDACTED]", "{text}");
        }
    }

    #[test]
    fn overlapping_secrets_go_together() {
        let redactor = Redactor::new(["abcdef", "defghi", "abcdefgh"]);
        assert_eq!(redactor.text("_abcdefghi_abcdef_"), "_REDACTED_REDACTED_");
    }

    #[test]
    fn a_mark_never_completes_a_secret() {
        for (secrets, text) in [
            (["REDACTED", "EDAC"], "REDACTED"),
            (["xxRED", "secret"], "xxsecret"),
            (["EDxx", "secret"], "secretxx*"),
            (["CTEDREDA", "secret"], "secret?token=a?token=b"),
            (["**ED", "D\u{2588}\u{2588}d"], "**ED \u{2588}"),
        ] {
            let redactor = Redactor::new(secrets);
            let redacted = redactor.text(text).into_owned();
            assert!(!redactor.knows_some_of(&redacted), "{redacted}");
            assert_eq!(redactor.text(&redacted), redacted);
        }
    }

    #[test]
    fn credential_headers_keep_their_names_only() {
        let text = "GET / HTTP/1.1\r\nAuthorization: Basic Ym9i\r\nCOOKIE: a=1; b=2;c\r\nAccept: */*\r\n\
                    Set-Cookie:id=x; Path=/; HttpOnly\nproxy-authorization:\tBearer y \nX-Api-Key: z";
        let expected = "GET / HTTP/1.1\r\nAuthorization: REDACTED\r\nCOOKIE: a=REDACTED; b=REDACTED;REDACTED\r\n\
                        Accept: */*\r\nSet-Cookie:id=REDACTED; Path=/; HttpOnly\nproxy-authorization:\tREDACTED \n\
                        X-Api-Key: REDACTED";
        assert_eq!(plain().text(text), expected);
        assert_eq!(plain().header("Cookie", "a=1; b="), "a=REDACTED; b=");
        assert_eq!(plain().header("set-cookie", "id=x; Secure"), "id=REDACTED; Secure");
        assert_eq!(plain().header("Location", "http://u:p@a/?code=1"), "http://REDACTED@a/?code=REDACTED");
        assert_eq!(plain().header("Server", "nginx"), "nginx");
    }

    #[test]
    fn urls_lose_users_and_sensitive_values() {
        for (url, expected) in [
            ("http://a/?id=1&q=x", "http://a/?id=1&q=x"),
            ("http://a/?Password=x&id=1", "http://a/?Password=REDACTED&id=1"),
            ("http://a/?p%61ssword=x'y z", "http://a/?p%61ssword=REDACTED"),
            ("http://a/?user[password]=x", "http://a/?user[password]=REDACTED"),
            ("http://a/?X-Amz-Signature=x", "http://a/?X-Amz-Signature=REDACTED"),
            ("http://a/?token=x;y=z&b", "http://a/?token=REDACTED&b"),
            ("http://a/c;jsessionid=1/d?e=f", "http://a/c;jsessionid=REDACTED/d?e=f"),
            ("http://a/#access_token=x&b=c", "http://a/#access_token=REDACTED&b=c"),
            ("http://a/?token=", "http://a/?token="),
            ("http://a/?monkey=1", "http://a/?monkey=1"),
            ("http://u:p@a/@b", "http://a/@b"),
            ("http://u@b:p@a", "http://a"),
            ("http://a/?next=http://u:p@b/", "http://a/?next=http://b/"),
            ("token=x&a=b", "token=REDACTED&a=b"),
        ] {
            assert_eq!(plain().url(url), expected);
        }
        assert_eq!(Redactor::new(["//shop"]).url("http://u@shop/"), "http:REDACTED/");
    }

    #[test]
    fn urls_within_text_are_found() {
        let text = r#"<a href="/x?id=1&amp;token=a/b">, (http://u:p@h/?sid=1 failed)"#;
        let expected = r#"<a href="/x?id=1&amp;token=REDACTED">, (http://REDACTED@h/?sid=REDACTED failed)"#;
        assert_eq!(plain().text(text), expected);
        assert!(matches!(plain().text("nothing to hide: a=b"), Cow::Borrowed(_)));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        assert_eq!(format!("{:?}", Redactor::new(["hunter2"])), "Redactor { .. }");
    }

    /// Texts made of what redaction looks at.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "Cookie: ",
                "Set-Cookie:",
                "\nAuthorization: ",
                "\r\n",
                "\n",
                "; ",
                ";",
                "=",
                "?",
                "&",
                "&amp;",
                "#",
                "://",
                "@",
                "/",
                "http://",
                "token",
                "?token=",
                ";sid=",
                "?password=",
                " ",
                "\"",
                "REDACTED",
                "*",
                "hunter2",
                "hun",
                "ter2",
                "RED",
                "ACTED",
            ])
            .prop_map(str::to_owned),
            "[ -~é]{0,4}",
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn secrets() -> impl Strategy<Value = Vec<String>> {
        let secret =
            prop_oneof!["[ -~]{4,8}", "[REDACT]{4,6}", "(hunter2|ter2hun|://h|D\\*|EDRED)[@=;?&/:]{0,4}"];
        prop::collection::vec(secret, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn redacting_twice_changes_nothing(text in texts(), secrets in secrets()) {
            let redactor = Redactor::new(&secrets);
            let once = redactor.text(&text);
            prop_assert_eq!(redactor.text(&once), once.as_ref());
            let once = redactor.url(&text);
            prop_assert_eq!(redactor.url(&once), once);
            for name in ["Cookie", "Set-Cookie", "Authorization", "Server"] {
                let once = redactor.header(name, &text);
                prop_assert_eq!(redactor.header(name, &once), once.as_ref());
            }
        }

        #[test]
        fn no_known_secret_survives(text in texts(), secrets in secrets(), at in any::<prop::sample::Index>()) {
            let redactor = Redactor::new(&secrets);
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            for secret in secrets.iter().filter(|secret| secret.len() >= Redactor::SHORTEST_SECRET) {
                let mut with = text.clone();
                with.insert_str(places[at.index(places.len())], secret);
                for out in [
                    redactor.text(&with).into_owned(),
                    redactor.url(&with),
                    redactor.header("Cookie", &with).into_owned(),
                    redactor.header("X", &with).into_owned(),
                ] {
                    for secret in secrets.iter().filter(|secret| secret.len() >= Redactor::SHORTEST_SECRET) {
                        prop_assert!(!out.contains(secret.as_str()), "{:?} in {:?}", secret, out);
                    }
                }
            }
        }

        #[test]
        fn no_encoded_secret_survives(secret in "\\PC{4,12}", before in "[a-z:]{0,5}", after in "[a-z]{0,3}") {
            prop_assume!(secret.len() >= Redactor::SHORTEST_SECRET);
            let redactor = Redactor::new([&secret]);
            let percent = utf8_percent_encode(&secret, UNRESERVED).to_string();
            let text = format!("{before}{percent}{after}");
            prop_assert!(!redactor.text(&text).contains(&percent));
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"));
            prop_assert_ne!(redactor.text(&encoded), encoded.as_str());
        }
    }
}
