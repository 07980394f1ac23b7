//! How ZAP reads the definition of an API, and how texts come to its disk.

use dast_policy::Cause;
use dast_zap_client::ErrorCode;

use super::definition::{ApiDefinition, DefinitionSource};
use super::failure::{Shortfall, told};
use super::place::{root, within};
use super::run::{Found, Run, Stage};
use super::session::Session;

impl Run {
    /// Has ZAP read a definition, and ask everything once that is in it.
    pub(super) async fn import(
        &self,
        definition: &ApiDefinition,
        stage: &mut Stage,
        found: &mut Found,
    ) -> Result<(), Shortfall> {
        let imported = match definition {
            ApiDefinition::OpenApi(source) => {
                let warnings = self.import_openapi(source, stage).await;
                warnings.map(|warnings| found.warned(definition.as_str(), &warnings))
            }
            ApiDefinition::GraphQl { endpoint, schema } => {
                self.import_graphql(endpoint, schema.as_ref(), stage).await
            }
            ApiDefinition::Soap(source) => self.import_soap(source, stage).await,
        };
        imported.map_err(|Shortfall { cause, detail }| {
            Shortfall::new(cause, format!("ZAP cannot use {}: {detail}", definition.as_str()))
        })
    }

    /// Gives what ZAP has to say against it.
    async fn import_openapi(
        &self,
        source: &DefinitionSource,
        stage: &mut Stage,
    ) -> Result<Vec<String>, Shortfall> {
        let origin = self.request.target.origin();
        let (context, user) = (stage.scope.context(), stage.session.as_ref().and_then(Session::user));
        let openapi = self.zap.openapi();
        // Whatever servers the document names, it is the target that is asked.
        Ok(match source {
            DefinitionSource::Url(url) => {
                let import = openapi.import_url(&within(origin, url)?).context(context);
                let import = import.host_override(&origin.to_string());
                if let Some(user) = user { import.user(user) } else { import }.send().await?
            }
            DefinitionSource::Text(text) => {
                let path = self.upload("openapi", text, stage).await?;
                let import = openapi.import_file(&path).target(&root(origin)?).context(context);
                if let Some(user) = user { import.user(user) } else { import }.send().await?
            }
        })
    }

    async fn import_graphql(
        &self,
        endpoint: &str,
        schema: Option<&DefinitionSource>,
        stage: &mut Stage,
    ) -> Result<(), Shortfall> {
        let origin = self.request.target.origin();
        let (graphql, endpoint) = (self.zap.graphql(), within(origin, endpoint)?);
        match schema {
            None => graphql.import_url(&endpoint).send().await?,
            Some(DefinitionSource::Url(url)) => {
                graphql.import_url(&endpoint).url(&within(origin, url)?).send().await?;
            }
            Some(DefinitionSource::Text(text)) => {
                let path = self.upload("graphql", text, stage).await?;
                graphql.import_file(&endpoint, &path).send().await?;
            }
        }
        Ok(())
    }

    async fn import_soap(&self, source: &DefinitionSource, stage: &mut Stage) -> Result<(), Shortfall> {
        match source {
            DefinitionSource::Url(url) => {
                self.zap.soap().import_url(&within(self.request.target.origin(), url)?).send().await?;
            }
            DefinitionSource::Text(text) => {
                let path = self.upload("wsdl", text, stage).await?;
                self.zap.soap().import_file(&path).send().await?;
            }
        }
        Ok(())
    }

    /// Puts a text on ZAP's disk. Gives its path, as ZAP understands it.
    pub(super) async fn upload(
        &self,
        kind: &str,
        text: &str,
        stage: &mut Stage,
    ) -> Result<String, Shortfall> {
        let name = format!("{}.{kind}", stage.scope.marker().name());
        // ZAP deletes no files, and there may be secrets in this one.
        let empty = self.zap.core().file_upload(&name, "#");
        stage.scope.undo(|| async { empty.send().await.map(drop) });
        self.zap.core().file_upload(&name, text).send().await.map_err(|error| match error.code() {
            Some(
                ErrorCode::IllegalParameter | ErrorCode::NoAccess | ErrorCode::Disabled | ErrorCode::BadOther,
            ) => {
                let advice = "start ZAP with `-config api.filexfer=true`";
                Shortfall::new(Cause::EngineError, format!("ZAP takes no files: {}; {advice}", told(&error)))
            }
            _ => error.into(),
        })?;
        Ok(format!("${{XFER}}/{name}"))
    }
}
