//! What ingress controllers read from annotations: further backends, hosts and paths.
//!
//! Which controller serves an Ingress is not known here, so that annotations only ever add to what its rules say: one that
//! nobody reads hides nothing.

use dast_policy::ValueError;
use serde_json::Value;

use super::annotations::Annotations;
use super::name::ObjectName;
use super::problem::{Problem, Reason};
use super::route::{Backend, BackendPort, Path, Route};

const NGINX: &str = "nginx.ingress.kubernetes.io/";
const ALB_ACTIONS: &str = "alb.ingress.kubernetes.io/actions.";

/// Further names of all hosts, separated by commas (ingress-nginx; Kong).
const ALIASES: [&str; 2] = ["nginx.ingress.kubernetes.io/server-alias", "konghq.com/host-aliases"];

/// Configuration of a proxy as it is, which may lead anywhere (ingress-nginx, F5, HAProxy Technologies, HAProxy Ingress).
const RAW: [&str; 13] = [
    "haproxy-ingress.github.io/config-backend",
    "haproxy-ingress.github.io/config-backend-early",
    "haproxy-ingress.github.io/config-backend-late",
    "haproxy.org/backend-config-snippet",
    "haproxy.org/frontend-config-snippet",
    "nginx.ingress.kubernetes.io/auth-snippet",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/server-snippet",
    "nginx.ingress.kubernetes.io/stream-snippet",
    "nginx.org/location-snippets",
    "nginx.org/server-snippets",
    "nginx.org/stream-snippets",
    "nginx.org/http-snippets",
];

/// What annotations add to the rules of an Ingress.
#[derive(Debug, Default)]
pub(super) struct Additions {
    /// For the hosts of all rules.
    pub(super) backends: Vec<Backend>,
    /// Beside the hosts that rules name.
    pub(super) hosts: Vec<String>,
    /// Beside the paths that rules name.
    pub(super) paths: Vec<Path>,
    pub(super) problems: Vec<Problem>,
}

/// Reads what annotations add to an Ingress, and nothing for any other route.
pub(super) fn additions(route: &Route) -> Additions {
    let mut add = Additions::default();
    if !route.is_ingress() {
        return add;
    }
    let annotations = &route.annotations;
    // None of a route that has none is the usual.
    if annotations.is_empty() {
        return add;
    }
    let nginx = |key: &str| annotations.get(&format!("{NGINX}{key}"));
    let list = |text: &str| {
        text.split(',').map(|host| host.trim().to_owned()).filter(|host| !host.is_empty()).collect()
    };
    let aliases = ALIASES.iter().filter_map(|key| annotations.get(key));
    add.hosts = aliases.flat_map::<Vec<String>, _>(list).collect();
    add.hosts.extend(nginx("upstream-vhost").map(str::to_owned));
    // What stands for a captured group is not known.
    add.paths.extend(nginx("rewrite-target").map(|target| Path::Pattern(target.to_owned())));
    if annotations.get("konghq.com/strip-path") == Some("true") {
        add.paths.push(Path::Prefix("/".to_owned()));
    }
    if let Some(service) = nginx("default-backend") {
        // Port 80 in name only: the controller takes the Service's first port.
        let name = ObjectName::new(route.name.name.namespace.clone(), service);
        add.backends.push(Backend::Service(name, BackendPort::First));
    }
    if let Some(url) = nginx("mirror-target") {
        add.backends.push(mirror(url));
    }
    for key in RAW {
        if annotations.get(key).is_some() {
            add.backends.push(Backend::Other(format!("raw configuration in annotation `{key}`")));
        }
    }
    for (key, text) in annotations.iter().filter(|(key, _)| key.starts_with(ALB_ACTIONS)) {
        match action(text, &route.name.name.namespace) {
            Ok(backends) => add.backends.extend(backends),
            Err(error) => {
                add.problems.push(Problem::of(Reason::InvalidValue, format!("annotation `{key}`"), error));
                add.backends.push(Backend::Other(format!("action in annotation `{key}`")));
            }
        }
    }
    add
}

/// Whether a backend of a rule only stands for an annotation, where its backends are
/// (<https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions>).
pub(super) fn stands_for_annotation(backend: &Backend, annotations: &Annotations) -> bool {
    let Backend::Service(service, BackendPort::Name(port)) = backend else { return false };
    &**port == "use-annotation" && annotations.get(&format!("{ALB_ACTIONS}{}", service.name)).is_some()
}

/// Where a mirror's URL leads. It ends where a variable of the proxy begins.
fn mirror(url: &str) -> Backend {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '$', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority
        .split_once(':')
        .unwrap_or((authority, if url.starts_with("https:") { "443" } else { "80" }));
    let mut labels = host.split('.');
    match (labels.next(), labels.next(), labels.next(), port.parse()) {
        (Some(name), Some(namespace), Some("svc"), Ok(port)) => {
            Backend::service(ObjectName::new(namespace, name), port)
        }
        _ => Backend::Other("a URL in annotation `nginx.ingress.kubernetes.io/mirror-target`".to_owned()),
    }
}

/// The backends of an action of the AWS Load Balancer Controller. It reads its JSON as Go does: whatever the case of keys.
fn action(text: &str, namespace: &str) -> Result<Vec<Backend>, ValueError> {
    let refused = || {
        let accepted = "JSON with `type` `forward`, `redirect` or `fixed-response`, and for `forward` a `targetGroupARN` or a \
                        `forwardConfig` whose `targetGroups` have `serviceName` and `servicePort`, or `targetGroupARN`";
        ValueError::new(text, accepted)
    };
    let action: Value = serde_json::from_str(text).map_err(|_| refused())?;
    match field(&action, "type").and_then(Value::as_str) {
        Some("forward") => {}
        Some("redirect" | "fixed-response") => return Ok(Vec::new()),
        _ => return Err(refused()),
    }
    let elsewhere = |group: &Value| {
        let named =
            ["targetGroupARN", "targetGroupName"].into_iter().find_map(|key| field(group, key)?.as_str());
        named.map(|name| Backend::Other(format!("AWS target group `{name}`")))
    };
    if let Some(backend) = elsewhere(&action) {
        return Ok(vec![backend]);
    }
    let config = field(&action, "forwardConfig").ok_or_else(refused)?;
    let groups = field(config, "targetGroups").and_then(Value::as_array).ok_or_else(refused)?;
    let backend = |group: &Value| {
        let Some(name) = field(group, "serviceName").and_then(Value::as_str) else {
            return elsewhere(group).ok_or_else(refused);
        };
        let port = match field(group, "servicePort") {
            Some(Value::Number(number)) => {
                number.as_u64().and_then(|number| number.try_into().ok()).map(BackendPort::Number)
            }
            Some(Value::String(text)) => Some(
                text.parse().map_or_else(|_| BackendPort::Name(text.as_str().into()), BackendPort::Number),
            ),
            _ => None,
        };
        Ok(Backend::Service(ObjectName::new(namespace, name), port.ok_or_else(refused)?))
    };
    if groups.is_empty() { Err(refused()) } else { groups.iter().map(backend).collect() }
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{RouteKind, RouteRef};

    fn of(kind: RouteKind, annotations: &[(&str, &str)]) -> Additions {
        let mut route = Route::new(RouteRef::new(kind, ObjectName::new("shop", "front")));
        route.annotations = Annotations::from_iter(annotations.iter().copied());
        additions(&route)
    }

    fn backends(key: &str, value: &str) -> Vec<Backend> {
        let add = of(RouteKind::Ingress, &[(key, value)]);
        assert!(add.problems.is_empty(), "{:?}", add.problems);
        add.backends
    }

    fn web() -> ObjectName {
        ObjectName::new("shop", "web")
    }

    #[test]
    fn annotations_name_backends() {
        let nginx = |key: &str| format!("nginx.ingress.kubernetes.io/{key}");
        let first = Backend::Service(web(), BackendPort::First);
        assert_eq!(backends(&nginx("default-backend"), "web"), [first]);
        for (url, expected) in [
            ("http://web.shop.svc.cluster.local$request_uri", Some(80)),
            ("https://web.shop.svc/x", Some(443)),
            ("http://web.shop.svc:8080$request_uri", Some(8080)),
            ("https://elsewhere.example$request_uri", None),
            ("", None),
        ] {
            let found = backends(&nginx("mirror-target"), url);
            let expected = expected.map(|port| Backend::service(web(), port));
            assert_eq!(found.first().filter(|b| !matches!(b, Backend::Other(_))), expected.as_ref(), "{url}");
            assert_eq!(found.len(), 1);
        }
        for key in RAW {
            assert!(matches!(&backends(key, "x")[..], [Backend::Other(what)] if what.contains(key)));
        }
    }

    #[test]
    fn actions_of_a_load_balancer_name_backends() {
        let of = |text: &str| backends("alb.ingress.kubernetes.io/actions.split", text);
        let group = |fields: &str| {
            format!(r#"{{"type":"forward","forwardConfig":{{"targetGroups":[{{{fields}}}]}}}}"#)
        };
        assert_eq!(of(&group(r#""serviceName":"web","servicePort":80"#)), [Backend::service(web(), 80)]);
        assert_eq!(
            of(&group(r#""ServiceName":"web","ServicePort":"80","weight":0"#)),
            [Backend::service(web(), 80)]
        );
        let named = Backend::Service(web(), BackendPort::Name("http".into()));
        assert_eq!(of(&group(r#""serviceName":"web","servicePort":"http""#)), [named]);
        assert!(matches!(&of(&group(r#""targetGroupARN":"arn:x""#))[..], [Backend::Other(_)]));
        assert!(matches!(&of(r#"{"Type":"forward","TargetGroupARN":"arn:x"}"#)[..], [Backend::Other(_)]));
        assert_eq!(of(r#"{"type":"redirect","redirectConfig":{}}"#), []);
    }

    #[test]
    fn an_action_that_cannot_be_read_leads_to_nothing_that_is_known() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            r#"{"type":"forward"}"#,
            r#"{"type":"other"}"#,
            r#"{"type":"forward","forwardConfig":{"targetGroups":[]}}"#,
            r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web"}]}}"#,
            r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":65536}]}}"#,
            &"[".repeat(100_000),
        ] {
            let add = of(RouteKind::Ingress, &[("alb.ingress.kubernetes.io/actions.x", text)]);
            assert_eq!(add.problems[0].reason(), Reason::InvalidValue, "{text}");
            assert!(matches!(&add.backends[..], [Backend::Other(_)]), "{text}");
        }
    }

    #[test]
    fn annotations_add_hosts_and_paths() {
        let add = of(
            RouteKind::Ingress,
            &[
                ("nginx.ingress.kubernetes.io/server-alias", "a.test, b.test,"),
                ("konghq.com/host-aliases", "c.test"),
                ("nginx.ingress.kubernetes.io/upstream-vhost", "d.test"),
                ("nginx.ingress.kubernetes.io/rewrite-target", "/x/$2"),
                ("konghq.com/strip-path", "true"),
            ],
        );
        assert_eq!(add.hosts, ["a.test", "b.test", "c.test", "d.test"]);
        assert_eq!(add.paths, [Path::Pattern("/x/$2".to_owned()), Path::Prefix("/".to_owned())]);
    }

    #[test]
    fn other_routes_have_no_such_annotations() {
        let add = of(RouteKind::HttpRoute, &[("nginx.ingress.kubernetes.io/default-backend", "web")]);
        assert!(add.backends.is_empty());
    }
}
