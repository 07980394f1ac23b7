//! Which ports speak HTTP, and how that is known.

use dast_policy::Scheme;

use super::service::{Protocol, ServicePort};

/// What says that a port speaks HTTP, from the strongest to the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clue {
    /// The Service's annotation `ports`.
    Annotation,
    /// The port's `appProtocol`.
    AppProtocol,
    /// The port's name.
    Name,
    /// The port's number.
    Number,
    /// It is the Service's only TCP port.
    OnlyPort,
    /// A route sends HTTP there.
    Route,
}

/// What a port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// HTTP.
    Http(Scheme, Clue),
    /// Something else.
    Other,
    /// Nothing says what.
    Unknown,
}

/// What the owner says about a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortWish {
    /// It speaks HTTP.
    Scan(Scheme),
    /// It is not to be scanned.
    Skip,
}

/// Judges a port. `only` says that the Service has no other TCP port, `routed` that a route sends HTTP there.
pub(super) fn judge(port: &ServicePort, wish: Option<PortWish>, only: bool, routed: bool) -> Judgement {
    if port.protocol != Protocol::Tcp {
        return Judgement::Other;
    }
    match wish {
        Some(PortWish::Scan(scheme)) => return Judgement::Http(scheme, Clue::Annotation),
        Some(PortWish::Skip) => return Judgement::Other,
        None => {}
    }
    let by_protocol = port.app_protocol.as_deref().and_then(app_protocol);
    let by_name = || name(&port.name);
    let by_number = || number(port.port);
    let spoken = (by_protocol.map(|spoken| (spoken, Clue::AppProtocol)))
        .or_else(|| by_name().map(|spoken| (spoken, Clue::Name)))
        .or_else(|| by_number().map(|spoken| (spoken, Clue::Number)));
    match spoken {
        Some((Some(scheme), clue)) => Judgement::Http(scheme, clue),
        Some((None, _)) => Judgement::Other,
        None if only => Judgement::Http(Scheme::Http, Clue::OnlyPort),
        None if routed => Judgement::Http(Scheme::Http, Clue::Route),
        None => Judgement::Unknown,
    }
}

/// What is spoken: HTTP by this scheme, or something else.
type Spoken = Option<Scheme>;

/// What an `appProtocol` says: a name of IANA's registry, one of Kubernetes' own
/// (<https://kubernetes.io/docs/reference/networking/service-protocols/>), or of an implementation, which says nothing here.
fn app_protocol(text: &str) -> Option<Spoken> {
    let text = text.to_ascii_lowercase();
    match text.strip_prefix("kubernetes.io/") {
        Some("h2c" | "ws") => Some(Some(Scheme::Http)),
        Some("wss") => Some(Some(Scheme::Https)),
        Some(_) => None,
        None if text.is_empty() || text.contains('/') => None,
        None => Some(http(&text)),
    }
}

/// What the name of a port says: its first part, as Istio reads it
/// (<https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/>), or its last.
fn name(text: &str) -> Option<Spoken> {
    const OTHERS: [&str; 15] = [
        "amqp",
        "dns",
        "kafka",
        "ldap",
        "memcached",
        "mongo",
        "mysql",
        "nats",
        "postgres",
        "postgresql",
        "redis",
        "smtp",
        "ssh",
        "tcp",
        "udp",
    ];
    let text = text.to_ascii_lowercase();
    let (first, last) = (text.split('-').next()?, text.rsplit('-').next()?);
    let says = |part: &str| match http(part) {
        None if OTHERS.contains(&part) => Some(None),
        None => None,
        spoken => Some(spoken),
    };
    says(first).or_else(|| says(last))
}

/// The scheme of what is spoken under a name, if that is HTTP. `web` and `websecure` are Traefik's names.
fn http(name: &str) -> Spoken {
    match name {
        "http" | "http2" | "h2c" | "grpc" | "web" | "ws" => Some(Scheme::Http),
        "https" | "grpcs" | "websecure" | "wss" => Some(Scheme::Https),
        _ => None,
    }
}

/// What is nearly always spoken at a port of this number.
fn number(port: u16) -> Option<Spoken> {
    match port {
        80 | 8000 | 8008 | 8080 => Some(Some(Scheme::Http)),
        443 | 8443 => Some(Some(Scheme::Https)),
        22 | 25 | 53 | 389 | 636 | 1433 | 1521 | 3306 | 5432 | 5672 | 6379 | 9042 | 9092 | 11211 | 27017 => {
            Some(None)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP: Scheme = Scheme::Http;
    const HTTPS: Scheme = Scheme::Https;

    fn alone(port: &ServicePort) -> Judgement {
        judge(port, None, true, false)
    }

    fn among_others(port: &ServicePort) -> Judgement {
        judge(port, None, false, false)
    }

    #[test]
    fn the_strongest_clue_decides() {
        let mut port = ServicePort::tcp(9000);
        assert_eq!(among_others(&port), Judgement::Unknown);
        assert_eq!(judge(&port, None, false, true), Judgement::Http(HTTP, Clue::Route));
        assert_eq!(judge(&port, None, true, true), Judgement::Http(HTTP, Clue::OnlyPort));
        port.port = 8443;
        assert_eq!(alone(&port), Judgement::Http(HTTPS, Clue::Number));
        port.name = "http".into();
        assert_eq!(alone(&port), Judgement::Http(HTTP, Clue::Name));
        port.app_protocol = Some("HTTPS".to_owned());
        assert_eq!(alone(&port), Judgement::Http(HTTPS, Clue::AppProtocol));
        let wish = |wish| judge(&port, Some(wish), true, true);
        assert_eq!(wish(PortWish::Scan(HTTP)), Judgement::Http(HTTP, Clue::Annotation));
        assert_eq!(wish(PortWish::Skip), Judgement::Other);
        port.protocol = Protocol::Udp;
        assert_eq!(judge(&port, Some(PortWish::Scan(HTTP)), true, true), Judgement::Other);
    }

    #[test]
    fn names_say_what_is_spoken() {
        for (name, spoken) in [
            ("http", Some(Some(HTTP))),
            ("HTTP-admin", Some(Some(HTTP))),
            ("admin-https", Some(Some(HTTPS))),
            ("https-alt", Some(Some(HTTPS))),
            ("grpc-web", Some(Some(HTTP))),
            ("websecure", Some(Some(HTTPS))),
            ("tcp-http", Some(None)),
            ("postgres", Some(None)),
            ("httpx", None),
            ("my-app", None),
            ("metrics", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(super::name(name), spoken, "{name}");
        }
    }

    #[test]
    fn application_protocols_say_what_is_spoken() {
        for (text, spoken) in [
            ("http", Some(Some(HTTP))),
            ("https", Some(Some(HTTPS))),
            ("kubernetes.io/h2c", Some(Some(HTTP))),
            ("kubernetes.io/wss", Some(Some(HTTPS))),
            ("kubernetes.io/new", None),
            ("example.com/http", None),
            ("mysql", Some(None)),
            ("htpp", Some(None)),
            ("", None),
        ] {
            assert_eq!(app_protocol(text), spoken, "{text}");
        }
    }

    #[test]
    fn what_speaks_something_else_is_not_guessed_to_be_http() {
        assert_eq!(alone(&ServicePort::tcp(5432)), Judgement::Other);
        assert_eq!(alone(&ServicePort::named("mysql", 80)), Judgement::Other);
        let mut port = ServicePort::named("http", 80);
        port.app_protocol = Some("mysql".to_owned());
        assert_eq!(alone(&port), Judgement::Other);
    }
}
