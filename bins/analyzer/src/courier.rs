//! What is brought to the operator.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use backon::{ExponentialBuilder, Retryable};
use dast_kubernetes::crd::RunProgress;
use dast_kubernetes::order::Delivery;
use dast_policy::Bound;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout};

/// How long the operator may be away: it is restarted, its node is drained, its image is pulled.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// For one attempt to post a report, however slow the network.
const FOR_A_REPORT: Duration = Duration::from_secs(2 * 60);
/// The same for progress, which is old soon.
const FOR_PROGRESS: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// An answer says in a sentence what is wrong.
const MOST_ANSWER_BYTES: usize = 16 * 1024;

/// Posts to the operator: to nobody but who has a certificate of its authorities, and with the token of the moment.
pub(crate) struct Courier {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    token_file: PathBuf,
}

impl Courier {
    /// A courier to the address of an order.
    pub(crate) fn new(delivery: &Delivery) -> Result<Self> {
        let base = delivery.url.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().with_context(|| format!("`delivery.url`: `{base}` is no URL"))?;
        // A token is shown to nobody who could read it in passing.
        let https = uri.scheme_str() == Some("https");
        ensure!(
            https,
            "`delivery.url`: `{base}` is not accepted: expected a URL that begins with `https://`"
        );
        let connector = HttpsConnectorBuilder::new().with_tls_config(trust(&delivery.authorities)?);
        let connector = connector.https_only().enable_http1().build();
        // A connection that was kept may be to an operator that is gone.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { client, base, token_file: delivery.token_file.clone() })
    }

    /// Posts a report until it is taken, refused for good, or too much time has passed.
    pub(crate) async fn deliver(&self, path: &str, report: Vec<u8>) -> Result<()> {
        let report = Bytes::from(report);
        let until = Instant::now() + PATIENCE;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_jitter()
            .without_max_times();
        let post = || self.post(path, report.clone(), FOR_A_REPORT);
        post.retry(pauses)
            .when(|error: &Undelivered| error.is_retryable() && Instant::now() < until)
            .adjust(|error, pause| pause.map(|pause| error.pause().unwrap_or(pause)))
            .notify(|error, pause| {
                let error = format!("{error:#}");
                tracing::warn!(error, pause_seconds = pause.as_secs_f64(), "the report was not taken yet");
            })
            .await
            .context("the report was not delivered")
    }

    /// Posts progress, once.
    pub(crate) async fn tell(&self, path: &str, progress: &RunProgress) -> Result<()> {
        let json = serde_json::to_vec(progress)?;
        Ok(self.post(path, json.into(), FOR_PROGRESS).await?)
    }

    async fn post(&self, path: &str, body: Bytes, time: Duration) -> Result<(), Undelivered> {
        let request = self.request(path, body)?;
        let answered = async {
            let answer = self.client.request(request).await.map_err(Undelivered::Connection)?;
            if answer.status().is_success() { Ok(()) } else { Err(refusal(answer).await) }
        };
        timeout(time, answered).await.unwrap_or(Err(Undelivered::Late(time)))
    }

    /// The token is read each time: the kubelet renews it while the scan runs.
    fn request(&self, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>, Undelivered> {
        let token = std::fs::read_to_string(&self.token_file);
        let token = token.map_err(|error| Undelivered::Token(self.token_file.clone(), error))?;
        let mut token = HeaderValue::try_from(format!("Bearer {}", token.trim()))?;
        token.set_sensitive(true);
        let request = Request::post(format!("{}{path}", self.base)).header(AUTHORIZATION, token);
        Ok(request.header(CONTENT_TYPE, "application/json").body(Full::new(body))?)
    }
}

/// Only these authorities are trusted, whatever the system trusts.
fn trust(pem: &str) -> Result<ClientConfig> {
    let mut authorities = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let authority = authority.context("`delivery.authorities` are not certificates in PEM")?;
        authorities.add(authority).context("`delivery.authorities` have one that cannot be used")?;
    }
    ensure!(!authorities.is_empty(), "`delivery.authorities`: expected certificates in PEM, at least one");
    Ok(ClientConfig::builder().with_root_certificates(authorities).with_no_client_auth())
}

async fn refusal(answer: Response<Incoming>) -> Undelivered {
    let status = answer.status();
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = Limited::new(answer.into_body(), MOST_ANSWER_BYTES).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let detail = detail(&body);
    Undelivered::Refused { status, detail, retry_after: seconds.map(Duration::from_secs) }
}

/// What an answer says: the `detail` of a problem (RFC 9457), or its text.
fn detail(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let problem: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let detail = problem.as_ref().and_then(|problem| problem.get("detail")?.as_str());
    let mut detail = detail.unwrap_or(text.trim()).replace(char::is_control, " ");
    Bound::shorten(&mut detail, 500);
    detail
}

/// Why something was not delivered.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error("cannot read the token `{}`", .0.display())]
    Token(PathBuf, #[source] io::Error),
    #[error("the token cannot be sent")]
    Unsendable(#[from] hyper::header::InvalidHeaderValue),
    #[error("the request cannot be made")]
    Request(#[from] hyper::http::Error),
    #[error("cannot reach the operator")]
    Connection(#[source] hyper_util::client::legacy::Error),
    #[error("the operator did not answer within {} s", .0.as_secs())]
    Late(Duration),
    #[error("the operator refused it ({status}): {detail}")]
    Refused { status: StatusCode, detail: String, retry_after: Option<Duration> },
}

impl Undelivered {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Late(_) => true,
            Self::Refused { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
            }
            Self::Token(..) | Self::Unsendable(_) | Self::Request(_) => false,
        }
    }

    /// How long the operator wants to be left alone.
    fn pause(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => retry_after.map(|pause| pause.min(LONGEST_PAUSE)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_its_own_words() {
        assert_eq!(detail(br#"{"title":"Conflict","detail":"the run\nhas ended"}"#), "the run has ended");
        assert_eq!(
            detail(
                b" no such page
"
            ),
            "no such page"
        );
        assert!(detail("x".repeat(10_000).as_bytes()).len() <= 500);
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_when_nobody_comes_back() {
        dast_runtime::choose_cryptography();
        let folder = tempfile::tempdir().unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, "t").unwrap();
        let authorities = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let delivery = Delivery { url: format!("https://{nobody}"), token_file, authorities };
        let began = Instant::now();
        let error = Courier::new(&delivery).unwrap().deliver("/", Vec::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "the report was not delivered");
        // On a clock that only moves when all wait.
        let waited = began.elapsed();
        assert!(waited >= PATIENCE && waited < PATIENCE + 3 * FOR_A_REPORT, "{waited:?}");
    }
}
