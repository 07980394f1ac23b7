//! The definition of an API, from which ZAP learns what there is to ask.

use dast_policy::ValueError;

/// The definition of an API. The addresses of servers in it do not count: what is asked is the target.
///
/// ```
/// use dast_engines::zap::{ApiDefinition, DefinitionSource};
///
/// let served = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
/// let schema = DefinitionSource::Text("type Query { shop: String }".into());
/// let graphql = ApiDefinition::GraphQl { endpoint: "/graphql".into(), schema: Some(schema) };
/// assert_ne!(served, graphql);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiDefinition {
    /// An OpenAPI or Swagger document, in JSON or YAML.
    OpenApi(DefinitionSource),
    /// A GraphQL endpoint of the target: a URL, or a path. Without a schema, ZAP asks the endpoint for it.
    GraphQl {
        /// Where queries are sent.
        endpoint: String,
        /// What can be asked.
        schema: Option<DefinitionSource>,
    },
    /// A WSDL document.
    Soap(DefinitionSource),
}

/// Where a definition comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefinitionSource {
    /// ZAP fetches it from the target: a URL of the target's origin, or a path. Another origin is refused, because ZAP would
    /// carry out requests there.
    Url(String),
    /// Its text, which is uploaded to ZAP. ZAP must allow that (`api.filexfer=true`).
    Text(String),
}

impl ApiDefinition {
    pub(super) fn check(&self) -> Result<(), ValueError> {
        match self {
            Self::OpenApi(source) | Self::Soap(source) => source.check(),
            Self::GraphQl { endpoint, schema } => {
                if endpoint.is_empty() {
                    return Err(ValueError::new("", "the URL or the path of a GraphQL endpoint"));
                }
                schema.as_ref().map_or(Ok(()), DefinitionSource::check)
            }
        }
    }

    /// What ZAP's add-on for it is called in its API.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::OpenApi(_) => "the OpenAPI definition",
            Self::GraphQl { .. } => "the GraphQL schema",
            Self::Soap(_) => "the WSDL definition",
        }
    }
}

impl DefinitionSource {
    fn check(&self) -> Result<(), ValueError> {
        match self {
            Self::Url(url) if url.is_empty() => Err(ValueError::new(url, "a URL or a path of the target")),
            Self::Text(text) if text.trim().is_empty() => {
                Err(ValueError::new("an empty text", "the definition of an API"))
            }
            _ => Ok(()),
        }
    }
}
