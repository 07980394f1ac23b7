//! Settings of ZAP, each passed to it with `-config`.

use dast_policy::reading::{Place, Reader};
use dast_policy::{Problem, ValueError};

/// The longest setting, in bytes.
const MOST_BYTES: usize = 4096;

const FORM: &str = "`name=value` on one line, with a name such as `spider.maxDepth`, of at most 4096 bytes";

/// What people may set where the configuration does not say: how ZAP crawls, attacks and looks, what it fills into forms,
/// and what it puts into requests.
pub(super) const USUAL: [&str; 12] = [
    "ajaxSpider.",
    "anticsrf.",
    "connection.",
    "formhandler.",
    "globalexcludeurl.",
    "graphql.",
    "network.connection.",
    "pscans.",
    "replacer.",
    "rules.",
    "scanner.",
    "spider.",
];

/// What nobody may set: who may use ZAP and from where, what it downloads, and what it runs.
const NEVER: [&str; 9] = [
    "api.",
    "autoupdate.",
    "callhome.",
    "network.localServers.",
    "oast.",
    "proxy.",
    "script.",
    "selenium.",
    "start.",
];

/// What leads all of ZAP's requests elsewhere: it may be set only where the configuration lists it by name.
const ELSEWHERE: [&str; 3] =
    ["connection.proxyChain.", "network.connection.httpProxy.", "network.connection.socksProxy."];

/// The settings that may be passed on, and what is wrong with the others.
pub(super) fn sort_out<'a>(wishes: &'a [String], prefixes: &[String]) -> (Vec<&'a str>, Vec<Problem>) {
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for (index, wish) in wishes.iter().enumerate() {
        match check(wish, prefixes) {
            Ok(()) => accepted.push(wish.as_str()),
            Err(error) => {
                refused.push(Problem::new(format!("config[{index}]"), Some(error.value()), error.accepted()));
            }
        }
    }
    (accepted, refused)
}

fn check(wish: &str, prefixes: &[String]) -> Result<(), ValueError> {
    let (name, value) = wish.split_once('=').ok_or_else(|| ValueError::new(wish, FORM))?;
    if wish.len() > MOST_BYTES || !is_name(name) || value.chars().any(char::is_control) {
        return Err(ValueError::new(shown(wish), FORM));
    }
    // ZAP's names are told apart by their case, but what must never be set is refused however it is written.
    let lower = name.to_ascii_lowercase();
    let is_below = |prefix: &str| lower.starts_with(&prefix.to_ascii_lowercase());
    let is_listed = |prefix: &String| name.starts_with(prefix.as_str());
    let allowed = match ELSEWHERE.iter().find(|prefix| is_below(prefix)) {
        Some(place) => prefixes.iter().any(|prefix| is_listed(prefix) && prefix.starts_with(place)),
        None => prefixes.iter().any(is_listed),
    };
    if !allowed || NEVER.iter().any(|prefix| is_below(prefix)) {
        let accepted = "a setting that the configuration lists in `allowed.zapOptions`";
        return Err(ValueError::new(shown(wish), accepted));
    }
    Ok(())
}

/// A beginning of names.
pub(super) fn prefix(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let never = NEVER.map(|prefix| format!("`{prefix}`")).join(", ");
    let accepted =
        format!("the beginning of names of ZAP's settings, up to a dot, such as `spider.`; none of {never}");
    super::name::accept(reader, place, &accepted, |text| {
        let lower = text.to_ascii_lowercase();
        let is_never = |prefix: &&str| lower.starts_with(&prefix.to_ascii_lowercase());
        text.strip_suffix('.').is_some_and(is_name) && !NEVER.iter().any(is_never)
    })
}

/// Words with dots between them, each perhaps with a number: `replacer.full_list(0).url`. Two dots would be a name with a
/// dot in it, which nobody needs.
fn is_name(text: &str) -> bool {
    let is_word = |word: &str| {
        let word = match word.split_once('(') {
            Some((word, number)) => match number.strip_suffix(')') {
                Some(digits)
                    if (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) =>
                {
                    word
                }
                _ => return false,
            },
            None => word,
        };
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    text.split('.').all(is_word)
}

/// A setting without its value, which may be a password.
fn shown(wish: &str) -> &str {
    wish.split_once('=').map_or(wish, |(name, _)| name)
}
