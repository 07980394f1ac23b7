//! Posting to the operator as somebody does who is not the analyzer.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Request, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::time::timeout;

use crate::pod::Pod;
use crate::stage::{SYSTEM, Stage};
use crate::tls::trusting;

/// The Service that results are brought to, and the name in its certificate.
const SERVICE: &str = "dast-operator";
const NAME: &str = "dast-operator.dast-system.svc";
/// Where the operator keeps its certificates.
const AUTHORITIES: [&str; 3] =
    ["secret", "dast-certificates", r#"--output=go-template={{index .data "ca.crt" | base64decode}}"#];
const PATIENCE: Duration = Duration::from_secs(30);

/// What the operator says of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The class of the refusal; empty if there is none.
    pub category: String,
    /// Why, in words.
    pub detail: String,
}

impl Stage {
    /// Posts `{}` to the Service to which results are brought, by way of the address that it has in the cluster. The path
    /// is below it, and the token is whoever's.
    ///
    /// # Errors
    /// When the operator cannot be reached, or has another certificate than it should.
    pub fn post(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        let service = self.get(&["service", SERVICE, "--namespace", SYSTEM])?;
        let address = service.pointer("/spec/clusterIP").and_then(Value::as_str);
        self.post_at(address.context("it has no address")?, path, token)
    }

    /// The same to one of the operator's pods, whether it leads or not.
    ///
    /// # Errors
    /// When it cannot be reached, or has another certificate than it should.
    pub fn post_to(&self, operator: &Pod, path: &str, token: Option<&str>) -> Result<Answer> {
        self.post_at(operator.address.as_deref().context("the pod has no address")?, path, token)
    }

    fn post_at(&self, address: &str, path: &str, token: Option<&str>) -> Result<Answer> {
        let address = SocketAddr::new(address.parse()?, 8443);
        let authorities = self.kubectl(&[&["get", "--namespace", SYSTEM][..], &AUTHORITIES].concat())?;
        let client = Client::builder(TokioExecutor::new()).build(connector(&authorities)?);
        let uri: Uri = format!("https://{address}{path}").parse()?;
        let mut request = Request::post(uri).header(CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.trim()));
        }
        let request = request.body(Full::new(Bytes::from_static(b"{}")))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { timeout(PATIENCE, answer(&client, request)).await })?
    }
}

type Https = HttpsConnector<HttpConnector>;

async fn answer(client: &Client<Https, Full<Bytes>>, request: Request<Full<Bytes>>) -> Result<Answer> {
    let answer = client.request(request).await.context("the operator does not answer")?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.context("the answer broke off")?.to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |field: &str| problem.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Answer { status, category: text("category"), detail: text("detail") })
}

/// Only the operator's own authorities are trusted.
fn connector(authorities: &str) -> Result<Https> {
    let name = FixedServerNameResolver::new(ServerName::try_from(NAME)?);
    let builder = HttpsConnectorBuilder::new().with_tls_config(trusting(authorities)?).https_only();
    Ok(builder.with_server_name_resolver(name).enable_http1().build())
}
