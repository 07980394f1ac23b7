//! Hosts and paths of routes, as places that a scan can visit.

use std::net::Ipv4Addr;

use dast_policy::{Origin, ValueError};

use super::name::ObjectName;
use super::route::{Path, PathRewrite};
use super::settings::Settings;

/// Names that stand in every pod's own file of hosts, where none can be put before them.
const OF_THE_MACHINE: [&str; 7] = [
    "localhost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
];

/// The host under which a scan looks for `service` when a route names `host`: the Service's own for any, and one name for
/// all that a wildcard stands for.
///
/// # Errors
/// When it is no name that may be made to lead to the Service. An address would lead where it says, the machine's own names
/// to the scanner itself, and the cluster's names to other Services.
pub(super) fn host(host: &str, service: &ObjectName, settings: &Settings) -> Result<String, ValueError> {
    let name = host.strip_suffix('.').unwrap_or(host);
    if matches!(name, "" | "*") {
        return Ok(service.dns_name());
    }
    let mut name = name.strip_prefix("*.").map_or_else(|| name.to_owned(), |rest| format!("any.{rest}"));
    name.make_ascii_lowercase();
    let cluster = settings.cluster_domain.as_str();
    let below = |name: &str, domain: &str| {
        name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    let is_of_cluster = ["svc", cluster].into_iter().any(|domain| below(&name, domain));
    if is_of_cluster {
        let in_cluster = name.strip_suffix(cluster).and_then(|name| name.strip_suffix('.'));
        let own = service.dns_name();
        if name == own || in_cluster == Some(&own) {
            return Ok(name);
        }
    }
    let is_address = name.contains([':', '[']) || name.parse::<Ipv4Addr>().is_ok();
    let is_name = Origin::is_host(&name) && !name.split('.').any(str::is_empty);
    let is_reserved = is_of_cluster
        || OF_THE_MACHINE.contains(&name.as_str())
        || below(&name, "localhost")
        || settings.reserved_hosts.contains(&name);
    if is_address || is_reserved || !is_name {
        let accepted = "a DNS name that is neither an address nor a name of the cluster, of the machine or of the scanner";
        return Err(ValueError::new(host, accepted));
    }
    Ok(name)
}

/// The path prefix that holds all that a rule's path matches, as the backends see it.
pub(super) fn path(path: &Path, rewrite: Option<&PathRewrite>) -> String {
    match (rewrite, path) {
        (Some(PathRewrite::Full(text)), _) => absolute(text),
        (Some(PathRewrite::Prefix(text)), Path::Exact(_) | Path::Prefix(_)) => folder(text),
        (Some(PathRewrite::Prefix(_)), Path::Pattern(_)) => "/".to_owned(),
        (None, Path::Exact(text)) => absolute(text),
        (None, Path::Prefix(text)) => folder(text),
        (None, Path::Pattern(text)) => literal(text),
    }
}

fn absolute(text: &str) -> String {
    if text.starts_with('/') { text.to_owned() } else { "/".to_owned() }
}

/// `/a/` and `/a` are one prefix.
fn folder(text: &str) -> String {
    let trimmed = text.trim_end_matches('/');
    if trimmed.starts_with('/') { trimmed.to_owned() } else { "/".to_owned() }
}

/// The whole segments before anything that may have a meaning in a pattern. It rather holds too much than too little.
pub(super) fn literal(pattern: &str) -> String {
    let text = pattern.strip_prefix('^').unwrap_or(pattern);
    // `/a/*`, as some controllers write a prefix.
    let glob = text.strip_suffix("/*").unwrap_or(text);
    let meaning = |c: char| "\\[](){}*+?|^$".contains(c);
    if !text.starts_with('/') || alternates(text) {
        return "/".to_owned();
    }
    match glob.find(meaning).and_then(|at| glob.get(..at)) {
        None => folder(glob),
        // The last segment may go on, or end earlier.
        Some(before) => folder(before.rsplit_once('/').map_or("/", |(segments, _)| segments)),
    }
}

/// Whether a pattern is one of several as a whole.
fn alternates(pattern: &str) -> bool {
    let mut depth = 0_usize;
    pattern.chars().any(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '|' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, ValueError> {
        let settings = Settings { reserved_hosts: ["docs.test".to_owned()].into(), ..Settings::default() };
        host(text, &ObjectName::new("shop", "web"), &settings)
    }

    #[test]
    fn a_host_becomes_a_name_to_scan_under() {
        for (text, expected) in [
            ("shop.example", "shop.example"),
            ("Shop.Example.", "shop.example"),
            ("*.shop.example", "any.shop.example"),
            ("", "web.shop.svc"),
            ("*", "web.shop.svc"),
            ("web.shop.svc", "web.shop.svc"),
            ("web.shop.svc.cluster.local", "web.shop.svc.cluster.local"),
            ("svc.example", "svc.example"),
            ("intranet", "intranet"),
        ] {
            assert_eq!(name(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_host_cannot_lead_elsewhere() {
        for text in [
            "169.254.169.254",
            "10.0.0.1",
            "0x7f.1",
            "2130706433",
            "::1",
            "[::1]",
            "fd00:ec2::254",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "*.localhost",
            "ip6-loopback",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "other.shop.svc",
            "*.svc",
            "svc",
            "cluster.local",
            "docs.test",
            "shop.example:80",
            "shop.example/",
            "user@shop.example",
            "shop..example",
            "shop\r\nX-Header: y",
            "büro.example",
            "$(hostname)",
        ] {
            assert!(name(text).is_err(), "{text}");
        }
        assert!(name(&"a".repeat(254)).is_err());
    }

    #[test]
    fn a_path_becomes_a_prefix() {
        let see = |text: Path| path(&text, None);
        assert_eq!(see(Path::Prefix("/a/".to_owned())), "/a");
        assert_eq!(see(Path::Prefix("/".to_owned())), "/");
        assert_eq!(see(Path::Prefix(String::new())), "/");
        assert_eq!(see(Path::Exact("/a/".to_owned())), "/a/");
        assert_eq!(see(Path::Exact("a".to_owned())), "/");
        for (pattern, expected) in [
            ("", "/"),
            ("/", "/"),
            ("/a", "/a"),
            ("/v1.0/file.html", "/v1.0/file.html"),
            ("/a/*", "/a"),
            ("/*", "/"),
            ("/a/b.*", "/a"),
            ("/a/b?", "/a"),
            ("/api/v[0-9]+/x", "/api"),
            ("^/a/(b|c)/d", "/a"),
            ("/a/b|/c", "/"),
            ("/a(/|$)(.*)", "/"),
            ("/a/\\d", "/a"),
            (".*", "/"),
            ("(?i)/a", "/"),
        ] {
            assert_eq!(see(Path::Pattern(pattern.to_owned())), expected, "{pattern}");
        }
    }

    #[test]
    fn a_rewritten_path_is_what_the_backend_sees() {
        let see = |text: Path, rewrite: PathRewrite| path(&text, Some(&rewrite));
        assert_eq!(see(Path::Prefix("/a".to_owned()), PathRewrite::Prefix("/".to_owned())), "/");
        assert_eq!(see(Path::Prefix("/a".to_owned()), PathRewrite::Prefix("/b/".to_owned())), "/b");
        assert_eq!(see(Path::Prefix("/a".to_owned()), PathRewrite::Full("/b.html".to_owned())), "/b.html");
        assert_eq!(see(Path::Pattern("/a".to_owned()), PathRewrite::Prefix("/b".to_owned())), "/");
    }
}
