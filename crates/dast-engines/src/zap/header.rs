//! Header fields that ZAP adds to requests.

use dast_policy::ValueError;

use super::secret::Secret;

/// A field that ZAP puts into the head of every request to the target, such as `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: Secret,
}

impl Header {
    pub(super) fn check(&self) -> Result<(), ValueError> {
        // RFC 9110, section 5.1 and 5.6.2: what a name is made of.
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if self.name.is_empty() || !self.name.chars().all(is_token) {
            return Err(ValueError::new(&self.name, "the name of a header field"));
        }
        if self.value.0.is_empty() || self.value.0.chars().any(|c| c.is_control() && c != '\t') {
            // The value may be a secret.
            let value = format!("the value of `{}`", self.name);
            return Err(ValueError::new(value, "text without line breaks and other control characters"));
        }
        Ok(())
    }
}
