//! What the owner of a Service asks for by annotations.

use std::collections::BTreeMap;

use dast_policy::{Scheme, ValueError};
use url::Url;

use super::annotations::field;
use super::name::ObjectName;
use super::port::PortWish;
use super::problem::{Problem, Reason};
use super::service::{Protocol, Service};
use crate::target::shown;

/// What the owner of a Service asks for by annotations, which `docs/discovery.md` lists. Whether they get it is for the
/// installation to say: images, hosts of documents and active scanning are granted by its configuration.
///
/// ```
/// use dast_core::discovery::{Annotations, Index, ObjectName, Service, ServicePort};
///
/// let web = ObjectName::new("test", "test-service");
/// let mut service = Service::new(web.clone(), "uid-1");
/// service.ports.push(ServicePort::tcp(80));
/// service.annotations = Annotations::from_iter([
///     ("dast.security.banzaicloud.io/zaproxy", "dast-test"),
///     ("dast.security.banzaicloud.io/zaproxy-namespace", "zaproxy"),
/// ]);
/// let mut index = Index::default();
/// index.apply(service);
/// let target = &index.targets_of(&web)[0];
/// assert_eq!(target.wishes().scanner, Some(ObjectName::new("zaproxy", "dast-test")));
/// assert!(target.provenance().annotation);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wishes {
    /// The ZAP that is to scan it, by `spec.zaproxy.name` of a `Dast`, and the namespace of that: `zaproxy` and
    /// `zaproxy-namespace`.
    pub scanner: Option<ObjectName>,
    /// The image of the analyzer: `analyzer_image`.
    pub image: Option<String>,
    /// The OpenAPI document of an API scan: `apiscan` and `openapi-url`.
    pub openapi: Option<Url>,
    /// Whether it is to be scanned at all: `zaproxy`, or `scan`.
    pub(super) scan: Option<bool>,
    /// What is said of ports, by their numbers: `ports`.
    pub(super) ports: BTreeMap<u16, PortWish>,
}

/// The wishes of a Service's owner, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) wishes: Wishes,
    /// The first that does not parse. What its owner wants is not known then, so that nothing is scanned.
    pub(super) refusal: Option<Problem>,
    /// What is well-formed, but does nothing.
    pub(super) notices: Vec<Problem>,
}

/// Our annotations of a Service.
const KEYS: [&str; 7] =
    ["analyzer_image", "apiscan", "openapi-url", "ports", "scan", "zaproxy", "zaproxy-namespace"];

const BOOLEAN: &str = "`true` or `false`";
const MOST_PORTS: usize = 1024;
const MOST_IMAGE: usize = 512;
const MOST_URL: usize = 2048;

/// Reads all annotations of a Service.
pub(super) fn read(service: &Service) -> Reading {
    let mut reading = Reading::default();
    let zaproxy = reading.value(service, "zaproxy", label);
    let namespace = reading.value(service, "zaproxy-namespace", label);
    let scan = reading.value(service, "scan", boolean);
    let api = reading.value(service, "apiscan", boolean).unwrap_or_default();
    let document = reading.value(service, "openapi-url", url);
    reading.wishes.image = reading.value(service, "analyzer_image", image);
    reading.wishes.ports = reading.value(service, "ports", |text| ports(text, service)).unwrap_or_default();
    if let (Some(_), Some(false)) = (&zaproxy, scan) {
        let accepted = "`true`, or no annotation `zaproxy` beside it";
        reading.refuse(Problem::new(Reason::InvalidValue, field("scan"), "false", accepted));
    }
    if let (None, Some(namespace)) = (service.annotations.ours("zaproxy"), &namespace) {
        reading.note(
            "zaproxy-namespace",
            namespace,
            "annotation `zaproxy` beside it, which names the ZAP there",
        );
    }
    match (&document, service.annotations.ours("openapi-url")) {
        (None, None) if api => {
            reading.note(
                "apiscan",
                "true",
                "annotation `openapi-url` beside it; until then it is an ordinary scan",
            );
        }
        (Some(url), _) if !api => {
            reading.note("openapi-url", url.as_str(), "annotation `apiscan` with `true` beside it");
        }
        _ => {}
    }
    reading.notices.extend(service.annotations.unknown("a Service", &KEYS));
    reading.wishes.scan = service.annotations.ours("zaproxy").map(|_| true).or(scan);
    reading.wishes.openapi = document.filter(|_| api);
    let own = &service.name.namespace;
    reading.wishes.scanner =
        zaproxy.map(|name| ObjectName::new(namespace.unwrap_or_else(|| own.to_string()), name));
    reading
}

impl Reading {
    fn value<T>(
        &mut self,
        service: &Service,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let text = service.annotations.ours(key)?;
        parse(text).map_err(|error| self.refuse(Problem::of(Reason::InvalidValue, field(key), error))).ok()
    }

    fn refuse(&mut self, problem: Problem) {
        self.refusal.get_or_insert(problem);
    }

    fn note(&mut self, key: &str, value: &str, needs: &str) {
        self.notices.push(Problem::new(Reason::NoEffect, field(key), shown(value), needs));
    }
}

/// Reads a label of DNS (RFC 1123), as Services and namespaces are named.
fn label(text: &str) -> Result<String, ValueError> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let inner = !text.starts_with('-') && !text.ends_with('-');
    if !text.is_empty() && text.len() <= 63 && inner && text.bytes().all(legal) {
        return Ok(text.to_owned());
    }
    Err(ValueError::new(text, "a name of at most 63 lower-case letters, digits and inner `-`"))
}

pub(super) fn boolean(text: &str) -> Result<bool, ValueError> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ValueError::new(text, BOOLEAN)),
    }
}

/// Reads a reference of an image. Which images may run is not decided here, but what is no reference never gets that far.
fn image(text: &str) -> Result<String, ValueError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._/:@-".contains(&b);
    let begins = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if begins && text.len() <= MOST_IMAGE && text.bytes().all(legal) {
        return Ok(text.to_owned());
    }
    Err(ValueError::new(
        text,
        format!("an image such as `registry.example/name:tag`, at most {MOST_IMAGE} bytes"),
    ))
}

fn url(text: &str) -> Result<Url, ValueError> {
    let read = crate::Target::parse(text).ok().filter(|_| text.len() <= MOST_URL && text.trim() == text);
    let url = read.and_then(|target| target.seeds().first().cloned());
    let accepted =
        format!("a URL that begins with `http://` or `https://`, without user, at most {MOST_URL} bytes");
    url.ok_or_else(|| ValueError::new(shown(text), accepted))
}

/// Reads `PORT=SCHEME, …`, where a port is named by its name or number.
fn ports(text: &str, service: &Service) -> Result<BTreeMap<u16, PortWish>, ValueError> {
    let list = "`PORT=http`, `PORT=https` or `PORT=none` for TCP ports of the Service by name or number, each once, separated by commas";
    let refused = |part: &str| ValueError::new(part, list);
    if text.len() > MOST_PORTS {
        return Err(ValueError::new(text, format!("{list}, at most {MOST_PORTS} bytes")));
    }
    let mut wishes = BTreeMap::new();
    for part in text.split(',').map(str::trim) {
        let (name, spoken) = part.split_once('=').ok_or_else(|| refused(part))?;
        let (name, spoken) = (name.trim(), spoken.trim());
        let wish = match spoken {
            "http" => PortWish::Scan(Scheme::Http),
            "https" => PortWish::Scan(Scheme::Https),
            "none" => PortWish::Skip,
            _ => return Err(refused(part)),
        };
        // A port's name has a letter in it, so that no name is a number (RFC 6335, section 5.1).
        let number = name.parse::<u16>().ok().filter(|_| name.bytes().all(|b| b.is_ascii_digit()));
        let is_meant = |port: &u16, named: &str| number == Some(*port) || (!name.is_empty() && named == name);
        let found = service
            .ports
            .iter()
            .find(|port| port.protocol == Protocol::Tcp && is_meant(&port.port, &port.name));
        let port = found.ok_or_else(|| refused(part))?;
        if wishes.insert(port.port, wish).is_some() {
            return Err(refused(part));
        }
    }
    Ok(wishes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Annotations, ServicePort};

    fn reading(annotations: &[(&str, &str)]) -> Reading {
        let mut service = Service::new(ObjectName::new("shop", "web"), "1");
        service.ports = vec![ServicePort::named("http", 80), ServicePort::named("admin", 9000)];
        service.ports.push(ServicePort { protocol: Protocol::Udp, ..ServicePort::named("quic", 443) });
        let full = annotations
            .iter()
            .map(|(key, value)| (format!("{}{key}", dast_policy::ANNOTATION_PREFIX), *value));
        service.annotations = Annotations::from_iter(full);
        read(&service)
    }

    #[test]
    fn good_values_are_taken() {
        let read = reading(&[
            ("zaproxy", "dast-test"),
            ("analyzer_image", "ghcr.io/banzaicloud/dast-analyzer:latest"),
            ("apiscan", "true"),
            ("openapi-url", "https://docs.test/openapi.json"),
            ("ports", "80=https, admin=http"),
        ]);
        assert_eq!(read.refusal, None);
        assert_eq!(read.notices, []);
        let wishes = read.wishes;
        assert_eq!(wishes.scanner, Some(ObjectName::new("shop", "dast-test")));
        assert_eq!(wishes.image.as_deref(), Some("ghcr.io/banzaicloud/dast-analyzer:latest"));
        assert_eq!(wishes.openapi.unwrap().as_str(), "https://docs.test/openapi.json");
        assert_eq!(wishes.scan, Some(true));
        let expected = [(80, PortWish::Scan(Scheme::Https)), (9000, PortWish::Scan(Scheme::Http))];
        assert_eq!(wishes.ports, BTreeMap::from(expected));
        assert_eq!(reading(&[("scan", "false")]).wishes.scan, Some(false));
        assert_eq!(reading(&[]).wishes, Wishes::default());
    }

    #[test]
    fn every_bad_value_is_refused_with_field_value_and_what_is_accepted() {
        let long = "a".repeat(100_000);
        let label = "a name of at most 63 lower-case letters";
        let image = "an image such as";
        let url = "a URL that begins with";
        let port = "`PORT=http`, `PORT=https` or `PORT=none`";
        let bad: &[(&str, &[&str], &str)] = &[
            (
                "zaproxy",
                &["", "Dast", "a b", "a/b", "-a", "a.b", "$(id)", "{{ .x }}", "a\nb: c", &long],
                label,
            ),
            ("zaproxy-namespace", &["", "kube_system", "../a", "a\r\nX: y", &long], label),
            ("scan", &["", "yes", "True", " true", "1", &long], BOOLEAN),
            ("apiscan", &["", "TRUE", "no", &long], BOOLEAN),
            ("analyzer_image", &["", " ", "-x", "a b", "a;b", "`id`", "a\nb", "bücher", &long], image),
            (
                "openapi-url",
                &[
                    "",
                    "/openapi.json",
                    "docs.test",
                    "file:///etc/passwd",
                    "http://u:pw@docs.test/",
                    "http://a b/",
                    &long,
                ],
                url,
            ),
            (
                "ports",
                &[
                    "",
                    ",",
                    "80",
                    "80=",
                    "80=ftp",
                    "=http",
                    "81=http",
                    "65536=http",
                    "-1=http",
                    "+80=http",
                    "443=http",
                    "quic=https",
                    "nope=http",
                    "80=http,",
                    "80=http,80=https",
                    "80=http,http=none",
                    "80=HTTP",
                    "80==http",
                    &long,
                ],
                port,
            ),
        ];
        for (key, values, accepted) in bad {
            for value in *values {
                let refusal = reading(&[(key, value)]).refusal.unwrap_or_else(|| panic!("{key}: {value}"));
                assert_eq!(refusal.reason(), Reason::InvalidValue);
                assert_eq!(refusal.field(), format!("annotation `dast.security.banzaicloud.io/{key}`"));
                assert!(refusal.accepted().starts_with(accepted), "{refusal}");
                assert!(refusal.to_string().len() < 500 && !refusal.to_string().contains('\n'), "{refusal}");
            }
        }
        let told = reading(&[("openapi-url", "ftp://bob:hunter2@docs.test/")]).refusal.unwrap().to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn a_contradiction_is_refused() {
        let read = reading(&[("zaproxy", "dast-test"), ("scan", "false")]);
        assert_eq!(
            read.refusal.unwrap().to_string(),
            "annotation `dast.security.banzaicloud.io/scan`: `false` is not accepted: expected `true`, or no annotation \
             `zaproxy` beside it"
        );
    }

    #[test]
    fn what_nobody_reads_is_told_in_one_sentence() {
        let read = reading(&[("scan", "true"), ("zaproxi", "hunter2")]);
        assert_eq!((read.refusal, read.wishes.scan), (None, Some(true)));
        let told = "annotations `dast.security.banzaicloud.io/…`: `zaproxi` is not accepted: expected those of a Service: \
                    `analyzer_image`, `apiscan`, `openapi-url`, `ports`, `scan`, `zaproxy`, `zaproxy-namespace`";
        assert_eq!(read.notices.iter().map(ToString::to_string).collect::<Vec<_>>(), [told]);
        let many: Vec<String> = (0..8000).map(|number| format!("a{number}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
        let read = reading(&many);
        assert_eq!(
            read.notices.iter().map(Problem::value).collect::<Vec<_>>(),
            ["a0, a1, a10, and 7997 more"]
        );
    }

    #[test]
    fn what_does_nothing_is_told() {
        for (annotations, key) in [
            (&[("apiscan", "true")][..], "apiscan"),
            (&[("openapi-url", "http://a/")], "openapi-url"),
            (&[("openapi-url", "http://a/"), ("apiscan", "false")], "openapi-url"),
            (&[("zaproxy-namespace", "zap")], "zaproxy-namespace"),
        ] {
            let read = reading(annotations);
            assert_eq!(read.refusal, None);
            let [notice] = &read.notices[..] else { panic!("{:?}", read.notices) };
            assert_eq!((notice.reason(), notice.field()), (Reason::NoEffect, field(key).as_str()));
        }
        let told = reading(&[("openapi-url", "http://a/?token=hunter2")]).notices[0].to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
