//! Schemas of names, each as Kubernetes takes it
//! (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>), and of what people write in other languages.

use schemars::{Schema, SchemaGenerator, json_schema};

/// The name of a Service: a label that begins with a letter (RFC 1035).
pub(super) fn service(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": 63, "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"})
}

/// The name of most objects: a subdomain (RFC 1123).
pub(super) fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": 253, "pattern": SUBDOMAIN})
}

/// The name of a namespace: a label (RFC 1123).
pub(super) fn namespace(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"})
}

/// Names of namespaces, in which `*` stands for any letters.
pub(super) fn namespaces(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 256,
        "x-kubernetes-list-type": "set",
        "items": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?$"},
    })
}

const SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// A URL or a path: whether it is one of the target is seen once there is a target, but it has no spaces in it.
pub(super) const NO_SPACE: &str = "^[^\\s[:cntrl:]]+$";

/// A regular expression of Java, which only Java can read. Spaces alone are on every page.
pub(super) const NOT_BLANK: &str = "\\S";
