//! Conditions: what people and `kubectl wait` ask an object.

use dast_policy::printable;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{Schema, SchemaGenerator, json_schema};

/// Sets the condition of its type. One whose status stays the same keeps the time at which that began. What a message quotes
/// does nothing where it is printed.
///
/// ```
/// use dast_kubernetes::crd::set_condition;
/// use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
///
/// let passed = |status: &str, second| Condition {
///     type_: "Passed".to_owned(),
///     status: status.to_owned(),
///     reason: "Judged".to_owned(),
///     message: String::new(),
///     observed_generation: None,
///     last_transition_time: Time(jiff::Timestamp::constant(second, 0)),
/// };
/// let mut conditions = vec![passed("True", 1)];
/// set_condition(&mut conditions, passed("True", 2));
/// assert_eq!(conditions, [passed("True", 1)]);
/// set_condition(&mut conditions, passed("False", 3));
/// assert_eq!(conditions, [passed("False", 3)]);
/// ```
pub fn set_condition(conditions: &mut Vec<Condition>, mut condition: Condition) {
    condition.message = printable(&condition.message).into_owned();
    match conditions.iter_mut().find(|known| known.type_ == condition.type_) {
        Some(known) => {
            if known.status == condition.status {
                condition.last_transition_time = known.last_transition_time.clone();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}

/// The usual schema of conditions: a list with one of each type
/// (<https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md>).
pub(super) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 8,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": {
                    "description": "What is stated, such as Passed.",
                    "type": "string", "maxLength": 64, "pattern": "^[A-Z][A-Za-z0-9]*$",
                },
                "status": {
                    "description": "Whether it is so.",
                    "type": "string", "enum": ["True", "False", "Unknown"],
                },
                "reason": {
                    "description": "Why, in one word for programs.",
                    "type": "string", "minLength": 1, "maxLength": 64,
                    "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                },
                "message": {
                    "description": "Why, in words for people.",
                    "type": "string", "maxLength": 512,
                },
                "lastTransitionTime": {
                    "description": "Since when the status is what it is.",
                    "type": "string", "format": "date-time",
                },
                "observedGeneration": {
                    "description": "The generation of the object that this was said of.",
                    "type": "integer", "format": "int64", "minimum": 0,
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn what_a_message_quotes_is_nothing_but_text() {
        let mut conditions = Vec::new();
        let condition = Condition {
            type_: "Accepted".to_owned(),
            status: "False".to_owned(),
            reason: "InvalidValue".to_owned(),
            message: "annotation `zaproxy`: `\u{9b}31m\nForged`".to_owned(),
            observed_generation: None,
            last_transition_time: Time(jiff::Timestamp::UNIX_EPOCH),
        };
        set_condition(&mut conditions, condition);
        assert_eq!(conditions[0].message, "annotation `zaproxy`: `\u{fffd}31m\u{fffd}Forged`");
    }
}
