//! Who may do what with our objects: cluster roles to be aggregated, and policies of admission that no role can loosen.

mod protection;
mod roles;

use std::fmt;

pub use protection::{Protection, protections};
pub use roles::{developer_role, viewer_role};

/// The prefix of our labels and annotations. On namespaces, only those who may write cluster policies set such a label.
pub const PREFIX: &str = "dast.security.banzaicloud.io/";

/// The field manager of everything that the operator writes.
pub const FIELD_MANAGER: &str = "dast-operator";

/// A service account.
///
/// ```
/// let operator = dast_kubernetes::access::ServiceAccount::default();
/// assert_eq!(operator.to_string(), "system:serviceaccount:dast-system:dast-operator");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The operator's, where nobody chose another one. In `deploy/admission` its user name stands once in each file.
impl Default for ServiceAccount {
    fn default() -> Self {
        Self { namespace: "dast-system".to_owned(), name: "dast-operator".to_owned() }
    }
}

/// Its user name.
impl fmt::Display for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}
