//! Who sees to it that the webhook is registered.

use std::error::Error;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use kube::api::PatchParams;
use kube::core::ObjectMeta;
use kube::{Api, Client};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::time::sleep;

use super::error::RegistrationError;
use super::file::Registrations;
use super::kind::Kind;
use super::probe::Probe;
use crate::access::FIELD_MANAGER;
use crate::patch::applied;

/// How often it is looked whether all is as it should be.
const LOOK: Duration = Duration::from_secs(30);
/// After something went wrong.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Puts webhooks into the two configurations that the chart makes, and keeps them so. One of several replicas does it: the one
/// that holds the lease.
///
/// It never takes away what is registered because the webhook is down. What the file says of it meanwhile is written, so that
/// another failure policy helps; only other authorities have to wait until they vouch for somebody.
///
/// ```no_run
/// # async fn example(client: kube::Client, certificates: &str, file: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use dast_kubernetes::registration::{Registrar, Registrations};
/// use futures_util::StreamExt;
/// use tokio::sync::watch;
///
/// let (_file, registrations) = watch::channel(Arc::new(Registrations::from_yaml(file)?));
/// let (_news, authorities) = watch::channel(Arc::from(certificates));
/// let registrar = Registrar::new(client, "dast-system", registrations, authorities);
/// let mut told = Box::pin(registrar.watch());
/// while let Some(outcome) = told.next().await {
///     println!("{outcome:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct Registrar {
    client: Client,
    namespace: String,
    registrations: watch::Receiver<Arc<Registrations>>,
    authorities: watch::Receiver<Arc<str>>,
    pub(super) probe: Probe,
    errors: Family<Failure, Counter>,
}

/// How it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All was as it should be.
    Kept,
    /// It was not, and is now.
    Written,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    category: &'static str,
}

impl Registrar {
    /// Registers, by `client`, what `registrations` say at any time, for a Service in the operator's own namespace whose
    /// certificate `authorities` (PEM) vouch for.
    pub fn new(
        client: Client,
        namespace: impl Into<String>,
        registrations: watch::Receiver<Arc<Registrations>>,
        authorities: watch::Receiver<Arc<str>>,
    ) -> Self {
        let namespace = namespace.into();
        let (probe, errors) = (Probe::default(), Family::default());
        Self { client, namespace, registrations, authorities, probe, errors }
    }

    /// Makes its metrics part of what is scraped.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Looks at the registration of the webhook that did not work and are repeated";
        registry.register("dast_registration_errors", help, self.errors.clone());
    }

    /// Looks again and again, and at once when the file or the authorities change. It tells what was written, and that all is
    /// well at first and after an error; an error is told once and tried again until it is another one. Dropping the stream
    /// ends that, and takes nothing away.
    pub fn watch(self) -> impl Stream<Item = Result<Outcome, RegistrationError>> + Send {
        stream::unfold((self, None, Duration::ZERO), async |(registrar, told, pause)| {
            let (mut registrar, mut pause): (Self, Duration) = (registrar, pause);
            let told: Option<Told> = told;
            loop {
                registrar.wait(pause).await;
                match registrar.settle().await {
                    Ok(outcome) => {
                        pause = LOOK;
                        if outcome == Outcome::Written || told != Some(Told::Well) {
                            return Some((Ok(outcome), (registrar, Some(Told::Well), pause)));
                        }
                    }
                    Err(error) => {
                        registrar.errors.get_or_create(&Failure { category: error.category() }).inc();
                        pause = LOOK_AGAIN;
                        let now = Some(Told::Wrong(chain(&error)));
                        if told != now {
                            return Some((Err(error), (registrar, now, pause)));
                        }
                    }
                }
            }
        })
    }

    /// Has both configurations hold what they should.
    ///
    /// # Errors
    /// When they are not there or cannot be written, or when the webhook does not answer.
    pub async fn settle(&self) -> Result<Outcome, RegistrationError> {
        let (registrations, authorities) =
            (self.registrations.borrow().clone(), self.authorities.borrow().clone());
        let wanted = Wanted {
            registrations: &registrations,
            namespace: &self.namespace,
            bundle: ByteString(authorities.as_bytes().to_vec()),
        };
        let mutating = Found::<MutatingWebhookConfiguration>::look(&self.client, &wanted).await?;
        let validating = Found::<ValidatingWebhookConfiguration>::look(&self.client, &wanted).await?;
        if mutating.is(&wanted) && validating.is(&wanted) {
            return Ok(Outcome::Kept);
        }
        let answer = self.probe.ask(&registrations.service, &self.namespace, &authorities).await;
        let (mutated, validated) = match &answer {
            Ok(()) => (mutating.hold(&wanted).await?, validating.hold(&wanted).await?),
            Err(_) => (mutating.hold_unproven(&wanted).await?, validating.hold_unproven(&wanted).await?),
        };
        answer?;
        Ok(if mutated || validated { Outcome::Written } else { Outcome::Kept })
    }

    async fn wait(&mut self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            () = changed(&mut self.registrations) => {}
            () = changed(&mut self.authorities) => {}
        }
    }
}

/// What was told last.
#[derive(PartialEq, Eq)]
enum Told {
    Well,
    Wrong(String),
}

/// What both configurations should hold.
struct Wanted<'w> {
    registrations: &'w Registrations,
    namespace: &'w str,
    bundle: ByteString,
}

impl Wanted<'_> {
    fn webhooks<K: Kind>(&self, bundle: &ByteString) -> Vec<K::Webhook> {
        K::wanted(self.registrations, self.namespace, bundle)
    }
}

/// A configuration as it is.
struct Found<K: Kind> {
    api: Api<K>,
    name: String,
    object: K,
}

impl<K: Kind> Found<K> {
    async fn look(client: &Client, wanted: &Wanted<'_>) -> Result<Self, RegistrationError> {
        let (api, name) = (Api::<K>::all(client.clone()), wanted.registrations.name.clone());
        match api.get_opt(&name).await {
            Ok(Some(object)) => Ok(Self { api, name, object }),
            Ok(None) => Err(RegistrationError::Missing { kind: K::NAME, name }),
            Err(error) => Err(failed::<K>(&name, error)),
        }
    }

    fn is(&self, wanted: &Wanted<'_>) -> bool {
        self.object.webhooks() == wanted.webhooks::<K>(&wanted.bundle)
    }

    /// Has it hold what it should; says whether that made a difference.
    async fn hold(&self, wanted: &Wanted<'_>) -> Result<bool, RegistrationError> {
        self.write(wanted.webhooks::<K>(&wanted.bundle)).await
    }

    /// The same for a webhook that does not answer: if it is registered, with the authorities that it is registered with.
    async fn hold_unproven(&self, wanted: &Wanted<'_>) -> Result<bool, RegistrationError> {
        match self.object.webhooks().iter().find_map(K::bundle) {
            Some(bundle) => self.write(wanted.webhooks::<K>(bundle)).await,
            None => Ok(false),
        }
    }

    async fn write(&self, webhooks: Vec<K::Webhook>) -> Result<bool, RegistrationError> {
        if self.object.webhooks() == webhooks {
            return Ok(false);
        }
        let metadata = ObjectMeta {
            name: Some(self.name.clone()),
            // So that it is not made anew while it is uninstalled.
            uid: self.object.meta().uid.clone(),
            ..ObjectMeta::default()
        };
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let patch = applied(&K::with(metadata, webhooks)).map_err(|error| failed::<K>(&self.name, error))?;
        let written = self.api.patch(&self.name, &params, &patch).await;
        let written = written.map_err(|error| failed::<K>(&self.name, error))?;
        // What others have put there under names of their own stays, and is no news each time.
        Ok(written.webhooks() != self.object.webhooks())
    }
}

fn failed<K: Kind>(name: &str, source: kube::Error) -> RegistrationError {
    RegistrationError::Api { kind: K::NAME, name: name.to_owned(), source: Box::new(source) }
}

/// Waits for another value; forever if nobody gives one any more.
async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        pending::<()>().await;
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
