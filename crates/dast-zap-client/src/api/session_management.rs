//! How sessions of a context are told apart.

use super::authentication::{KnownParameter, MethodParameters};
use crate::endpoint::endpoints;
use crate::id::ContextId;
use crate::open_enum::open_enum;

endpoints! {
    /// How sessions of a context are told apart.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ContextId, ZapClient, session_management::SessionMethod};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.session_management().set_method(ContextId::new(2), SessionMethod::Http).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct SessionManagement("sessionManagement");

    /// How sessions of a context are told apart.
    view "getSessionManagementMethod" method(context: ContextId = "contextId") -> SessionMethod as "methodName";

    /// Methods that this ZAP knows.
    view "getSupportedSessionManagementMethods" supported_methods() -> Vec<SessionMethod> as "supportedMethods";

    /// Parameters that a method takes.
    view "getSessionManagementMethodConfigParams" method_parameters(
        method: SessionMethod = "methodName",
    ) -> Vec<KnownParameter> as "methodConfigParams";

    /// Says how sessions of a context are told apart.
    action "setSessionManagementMethod" set_method(
        context: ContextId = "contextId",
        method: SessionMethod = "methodName",
    ) => SetSessionMethod {
        /// The parameters of the method.
        parameters: &MethodParameters = "methodConfigParams",
    };
}

open_enum! {
    /// A way to tell sessions apart.
    pub enum SessionMethod {
        /// By cookies.
        Cookies = "cookieBasedSessionManagement",
        /// By HTTP's own authentication.
        Http = "httpAuthSessionManagement",
        /// By a script.
        Script = "scriptBasedSessionManagement",
    }
}
