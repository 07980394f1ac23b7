//! How the users of a context log in.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::endpoint::endpoints;
use crate::id::ContextId;
use crate::open_enum::open_enum;
use crate::parameter::Value;
use crate::wire::{Wire, plain, wire};

endpoints! {
    /// How the users of a context log in.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ZapClient, authentication::AuthenticationMethod};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let context = zap.context().new_context("shop").send().await?;
    /// let form = AuthenticationMethod::Form {
    ///     login_url: "http://shop.test/login".parse()?,
    ///     login_page_url: None,
    ///     request_data: "user={%username%}&pass={%password%}".to_owned(),
    /// };
    /// zap.authentication().set_method(context, &form).send().await?;
    /// zap.authentication().set_logged_in_indicator(context, r"\Qlog out\E").send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Authentication("authentication");

    /// How the users of a context log in.
    view "getAuthenticationMethod" method(context: ContextId = "contextId") -> ConfiguredMethod as "method";

    /// Methods that this ZAP knows.
    view "getSupportedAuthenticationMethods" supported_methods() -> Vec<MethodName> as "supportedMethods";

    /// Parameters that a method takes.
    view "getAuthenticationMethodConfigParams" method_parameters(
        method: MethodName = "authMethodName",
    ) -> Vec<KnownParameter> as "methodConfigParams";

    /// Says by name how the users of a context log in: for methods that [`AuthenticationMethod`] does not have.
    action "setAuthenticationMethod" set_method_by_name(
        context: ContextId = "contextId",
        method: MethodName = "authMethodName",
    ) => SetAuthenticationMethod {
        /// The parameters of the method.
        parameters: &MethodParameters = "authMethodConfigParams",
    };

    /// The regular expression of answers to those who are logged in; empty for none.
    view "getLoggedInIndicator" logged_in_indicator(
        context: ContextId = "contextId",
    ) -> String as "logged_in_regex";

    /// The regular expression of answers to those who are logged out; empty for none.
    view "getLoggedOutIndicator" logged_out_indicator(
        context: ContextId = "contextId",
    ) -> String as "logged_out_regex";

    /// Sets the regular expression of answers to those who are logged in. It cannot be empty: setting the method removes
    /// it.
    action "setLoggedInIndicator" set_logged_in_indicator(
        context: ContextId = "contextId",
        regex: &str = "loggedInIndicatorRegex",
    );

    /// Sets the regular expression of answers to those who are logged out. It cannot be empty: setting the method
    /// removes it.
    action "setLoggedOutIndicator" set_logged_out_indicator(
        context: ContextId = "contextId",
        regex: &str = "loggedOutIndicatorRegex",
    );
}

impl Authentication {
    /// Says how the users of a context log in. It makes ZAP forget the credentials of users that were set before, and
    /// the indicators.
    pub fn set_method(&self, context: ContextId, method: &AuthenticationMethod) -> SetAuthenticationMethod {
        let request = self.set_method_by_name(context, method.name());
        match method.parameters() {
            Some(parameters) => request.parameters(&parameters),
            None => request,
        }
    }
}

open_enum! {
    /// The name of a way to log in.
    pub enum MethodName {
        /// By a form.
        Form = "formBasedAuthentication",
        /// By a JSON document.
        Json = "jsonBasedAuthentication",
        /// By HTTP's own authentication: Basic, Digest or NTLM.
        Http = "httpAuthentication",
        /// By a script.
        Script = "scriptBasedAuthentication",
        /// By hand: a user has a session that was recorded.
        Manual = "manualAuthentication",
    }
}

/// A way to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthenticationMethod {
    /// A form is sent.
    Form {
        /// Where it is sent to.
        login_url: Url,
        /// The page that has the form, where it must be fetched first.
        login_page_url: Option<Url>,
        /// The body, form encoded, where `{%username%}` and `{%password%}` stand for those of a user.
        request_data: String,
    },
    /// A JSON document is sent.
    Json {
        /// Where it is sent to.
        login_url: Url,
        /// The page that must be fetched first, if any.
        login_page_url: Option<Url>,
        /// The document, where `{%username%}` and `{%password%}` stand for those of a user.
        request_data: String,
    },
    /// HTTP's own authentication: Basic, Digest or NTLM.
    Http {
        /// The host that asks for it.
        hostname: String,
        /// Its port; 80 by default.
        port: Option<u16>,
        /// The realm; any by default.
        realm: Option<String>,
    },
    /// By hand: a user has a session that was recorded.
    Manual,
}

impl AuthenticationMethod {
    /// The name by which ZAP knows it.
    pub fn name(&self) -> MethodName {
        match self {
            Self::Form { .. } => MethodName::Form,
            Self::Json { .. } => MethodName::Json,
            Self::Http { .. } => MethodName::Http,
            Self::Manual => MethodName::Manual,
        }
    }

    fn parameters(&self) -> Option<MethodParameters> {
        let parameters = MethodParameters::new();
        match self {
            Self::Form { login_url, login_page_url, request_data }
            | Self::Json { login_url, login_page_url, request_data } => {
                let page = login_page_url.as_ref().map(Url::as_str);
                let parameters = parameters.with("loginUrl", login_url.as_str());
                Some(parameters.with("loginRequestData", request_data).perhaps("loginPageUrl", page))
            }
            Self::Http { hostname, port, realm } => {
                let port = port.map(|port| port.to_string());
                let parameters = parameters.with("hostname", hostname).perhaps("realm", realm.as_deref());
                Some(parameters.perhaps("port", port.as_deref()))
            }
            Self::Manual => None,
        }
    }
}

/// Parameters of a way to log in, of credentials, or of a way to keep a session: names with values, which are encoded
/// here.
///
/// ```
/// use dast_zap_client::authentication::MethodParameters;
///
/// let parameters = MethodParameters::new().with("username", "ann").with("password", "a&b=c");
/// assert_eq!(format!("{parameters:?}"), r#"MethodParameters(["username", "password"])"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MethodParameters(Vec<(String, String)>);

impl MethodParameters {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn perhaps(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// Form encoded, within a parameter that is encoded once more.
impl Value for MethodParameters {
    fn text(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

/// The names alone: values may be passwords.
impl fmt::Debug for MethodParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_tuple("MethodParameters").field(&names).finish()
    }
}

/// How the users of a context log in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfiguredMethod {
    /// The name of the method.
    pub name: MethodName,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
}

impl Wire for ConfiguredMethod {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut parameters = BTreeMap::<String, String>::read(deserializer)?;
        let name = parameters.remove("methodName").ok_or_else(|| D::Error::missing_field("methodName"))?;
        Ok(Self { name: name.as_str().into(), parameters })
    }
}

/// A parameter that a method takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct KnownParameter {
    /// Its name.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// Whether it must be given.
    #[serde(deserialize_with = "wire")]
    pub mandatory: bool,
}

plain!(KnownParameter);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_so_that_each_comes_back_as_it_was() {
        let form = AuthenticationMethod::Form {
            login_url: "http://shop.test/login?next=%2Fa&b".parse().unwrap(),
            login_page_url: Some("http://shop.test/".parse().unwrap()),
            request_data: "user={%username%}&pass={%password%}+ü".to_owned(),
        };
        let text = form.parameters().unwrap().text();
        assert!(text.starts_with("loginUrl=http%3A%2F%2Fshop.test%2Flogin%3Fnext%3D%252Fa%26b&"), "{text}");
        let back: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        assert_eq!(back, form.parameters().unwrap().0);
    }

    #[test]
    fn what_is_not_given_is_not_sent() {
        let http =
            AuthenticationMethod::Http { hostname: "shop.test".to_owned(), port: Some(8080), realm: None };
        assert_eq!(http.parameters().unwrap().text(), "hostname=shop.test&port=8080");
        assert_eq!(AuthenticationMethod::Manual.parameters(), None);
    }
}
