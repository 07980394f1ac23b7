//! Names as Kubernetes takes them
//! (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).

/// A label of RFC 1123, in which `besides` may stand anywhere.
pub(crate) fn is_label(text: &str, besides: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || besides.contains(c);
    (1..=63).contains(&text.len())
        && text.chars().all(|c| is_end(c) || c == '-')
        && text.starts_with(is_end)
        && text.ends_with(is_end)
}

/// A subdomain of RFC 1123.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|label| is_label(label, ""))
}
