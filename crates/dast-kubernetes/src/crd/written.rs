//! A part of an object that is kept as it was written, and read when it is needed.

use std::fmt;
use std::marker::PhantomData;

use dast_policy::{Evidence, EvidenceError, PolicyDocument, PolicyError};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{document, evidence};

/// A part of an object that is kept as it was written, and read when it is needed.
///
/// An object is listed and watched whatever is wrong with such a part, so that a condition can say what.
///
/// ```
/// use dast_kubernetes::crd::Written;
/// use dast_policy::PolicyDocument;
///
/// let written = Written::from(&PolicyDocument::standard());
/// assert_eq!(written.read()?, PolicyDocument::standard());
/// # Ok::<(), dast_policy::PolicyError>(())
/// ```
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Written<T> {
    json: Map<String, Value>,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl Written<PolicyDocument> {
    /// Reads the policy.
    ///
    /// # Errors
    /// With everything that is wrong with it.
    pub fn read(&self) -> Result<PolicyDocument, PolicyError> {
        PolicyDocument::from_json(&self.text())
    }
}

impl Written<dast_policy::Exemption> {
    /// Reads the exemption.
    ///
    /// # Errors
    /// With everything that is wrong with it.
    pub fn read(&self) -> Result<dast_policy::Exemption, PolicyError> {
        dast_policy::Exemption::from_json(&self.text())
    }
}

impl Written<Evidence> {
    /// Reads the evidence.
    ///
    /// # Errors
    /// When it is of another version, was tampered with, or contradicts itself.
    pub fn read(&self) -> Result<Evidence, EvidenceError> {
        Evidence::from_json(&self.text())
    }
}

impl<T> Written<T> {
    /// Keeps `json` as it is.
    pub fn new(json: Map<String, Value>) -> Self {
        Self { json, of: PhantomData }
    }

    /// What was written.
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }

    fn text(&self) -> String {
        // Text keys and JSON values: there is nothing in it that JSON cannot say.
        serde_json::to_string(&self.json).unwrap_or_default()
    }

    fn of(value: &impl Serialize) -> Self {
        let mut json = match serde_json::to_value(value) {
            Ok(Value::Object(json)) => json,
            // These are written as maps with text keys, which cannot fail.
            _ => Map::new(),
        };
        json.values_mut().for_each(leave_out_null);
        Self::new(json)
    }
}

/// API servers leave out what is null, so that it would differ from what is stored.
fn leave_out_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(leave_out_null);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_null),
        _ => {}
    }
}

impl From<&PolicyDocument> for Written<PolicyDocument> {
    fn from(document: &PolicyDocument) -> Self {
        Self::of(document)
    }
}

impl From<&dast_policy::Exemption> for Written<dast_policy::Exemption> {
    fn from(exemption: &dast_policy::Exemption) -> Self {
        Self::of(exemption)
    }
}

impl From<&Evidence> for Written<Evidence> {
    fn from(evidence: &Evidence) -> Self {
        Self::of(evidence)
    }
}

impl<T> Clone for Written<T> {
    fn clone(&self) -> Self {
        Self::new(self.json.clone())
    }
}

impl<T> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl<T> fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Written").field(&self.json).finish()
    }
}

impl JsonSchema for Written<PolicyDocument> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        PolicyDocument::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        document::policy(generator)
    }
}

impl JsonSchema for Written<dast_policy::Exemption> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        dast_policy::Exemption::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        document::exemption(generator)
    }
}

impl JsonSchema for Written<Evidence> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Evidence".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        evidence::schema(generator)
    }
}
