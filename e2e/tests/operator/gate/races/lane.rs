//! One route, and the way in which the tenant leads it to something good and to something weak in turn.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use dast_e2e::{SHOP, image_of};
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::chronicle::{Chronicle, Kind, version};
use super::judge::Change;

const PAUSE: Duration = Duration::from_millis(50);
/// A scan that is due has begun within this.
const BY_ITSELF: Duration = Duration::from_secs(10);
/// What was asked for may break off, such as for want of pods: somebody asks again after this.
const AGAIN: Duration = Duration::from_secs(20);
/// A busy machine takes many times what it should.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Which pods the Service selects.
    Selector,
    /// Which of their ports it leads to.
    Port,
    /// What its pods run.
    Workload,
    /// Which Service the route leads to, and by which host.
    Route,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Selector, Self::Port, Self::Workload, Self::Route];
}

pub(super) struct Lane {
    way: Way,
    name: String,
    client: Client,
    is_good: bool,
    /// Of the last change, and of hosts.
    version: u64,
    host: usize,
    /// The last run that was seen.
    run: Option<String>,
}

impl Lane {
    pub(super) fn new(way: Way, number: usize, client: &Client) -> Self {
        let name = format!("{way:?}-{number}").to_lowercase();
        Self { way, name, client: client.clone(), is_good: true, version: 0, host: 0, run: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Everything is made, and good.
    pub(super) async fn begin(&mut self) -> Result<()> {
        if self.way == Way::Workload {
            self.create(&deployments(), self.deployment()).await?;
        }
        self.create(&Kind::Service.resource(), self.service(&self.name, self.is_good)).await?;
        if self.way == Way::Route {
            self.create(&Kind::Service.resource(), self.service(&self.weak(), false)).await?;
        }
        self.version = self.create(&Kind::Ingress.resource(), self.route()).await?;
        Ok(())
    }

    /// Another one than last time. If what was found before still counts, somebody has to ask for it.
    pub(super) async fn wait_for_a_scan(&mut self, chronicle: &Chronicle) -> Result<()> {
        let (began, mut patience) = (Instant::now(), BY_ITSELF);
        while began.elapsed() < PATIENCE {
            let run = chronicle.at_work(&self.targets(), self.version, self.run.as_deref());
            if run.is_some() {
                self.run = run;
                return Ok(());
            }
            if began.elapsed() > patience {
                self.ask().await?;
                patience += AGAIN;
            }
            sleep(PAUSE).await;
        }
        bail!("nothing is scanned after {}", self.version)
    }

    async fn ask(&self) -> Result<()> {
        let target = format!("{}-80", self.leads_to());
        let run = json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
            "metadata": {"generateName": format!("{target}-"), "namespace": SHOP}, "spec": {"target": target}});
        self.create(&Kind::ScanRun.resource(), run).await.map(drop)
    }

    /// What was good is weak, and the other way round. A route that is exposed already is made anew, with another host.
    pub(super) async fn turn_around(&mut self) -> Result<Change> {
        self.is_good = !self.is_good;
        self.host += 1;
        let was_exposed = self.remove_if_exposed().await?;
        self.version = match self.way {
            Way::Workload => self.patch(&deployments(), &self.deployment()).await?,
            Way::Selector | Way::Port => {
                self.patch(&Kind::Service.resource(), &self.service(&self.name, self.is_good)).await?
            }
            Way::Route if was_exposed => self.create(&Kind::Ingress.resource(), self.route()).await?,
            Way::Route => match self.patch(&Kind::Ingress.resource(), &self.route()).await {
                Ok(version) => version,
                // It was released a moment ago.
                Err(error) if format!("{error:#}").contains("the change is denied") => {
                    self.delete().await?;
                    self.create(&Kind::Ingress.resource(), self.route()).await?
                }
                Err(error) => return Err(error),
            },
        };
        if was_exposed && self.way != Way::Route {
            self.create(&Kind::Ingress.resource(), self.route()).await?;
        }
        Ok(Change { version: self.version, targets: self.targets() })
    }

    /// What is good and stays so is exposed.
    pub(super) async fn end(mut self) -> Result<()> {
        if !self.is_good {
            self.turn_around().await?;
        }
        // A scan that broke off since the workload changed is not made again by itself for a while, although the workload is
        // what it was by now.
        let (began, mut patience) = (Instant::now(), BY_ITSELF);
        while !self.is_exposed().await? {
            ensure!(began.elapsed() < PATIENCE, "what is good is not exposed");
            if began.elapsed() > patience {
                self.ask().await?;
                patience += AGAIN;
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    fn targets(&self) -> Vec<String> {
        let services = if self.way == Way::Route {
            vec![self.name.clone(), self.weak()]
        } else {
            vec![self.name.clone()]
        };
        services.iter().map(|service| format!("{service}-80")).collect()
    }

    /// The Service that the route is to lead to now.
    fn leads_to(&self) -> String {
        if self.way == Way::Route && !self.is_good { self.weak() } else { self.name.clone() }
    }

    /// The Service that a route leads to if it is to lead to something weak.
    fn weak(&self) -> String {
        format!("{}-weak", self.name)
    }

    fn service(&self, name: &str, is_good: bool) -> Value {
        let app = match self.way {
            Way::Selector | Way::Route if is_good => "good",
            Way::Selector | Way::Route => "weak",
            Way::Port => "both",
            Way::Workload => name,
        };
        let port = if self.way == Way::Port && !is_good { 8081 } else { 8080 };
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": SHOP},
            "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": port}]}})
    }

    /// One that ends what ran before it begins anew.
    fn deployment(&self) -> Value {
        let (care, argument) = if self.is_good { ("good", "--repaired") } else { ("weak", "--careless") };
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": self.name, "namespace": SHOP},
        "spec": {
            "selector": {"matchLabels": {"app": self.name}},
            "strategy": {"type": "Recreate"},
            "template": {
                "metadata": {"labels": {"app": self.name, "care": care}},
                "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
                    "name": "shop", "image": image_of("dast-shop"), "imagePullPolicy": "Never",
                    "args": [argument, "--listen=0.0.0.0:8080", "--listen-anywhere"],
                    "readinessProbe": {"httpGet": {"port": 8080}, "periodSeconds": 1},
                }]},
            },
        }})
    }

    fn route(&self) -> Value {
        let service = self.leads_to();
        let host = format!("{}-{}.example", self.name, self.host);
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": self.name, "namespace": SHOP},
        "spec": {"ingressClassName": "public", "rules": [{"host": host, "http": {"paths": [{
            "path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": service, "port": {"name": "http"}}},
        }]}}]}})
    }

    async fn is_exposed(&self) -> Result<bool> {
        let route = self.api(&Kind::Ingress.resource()).get(&self.name).await?;
        match route.data["spec"]["ingressClassName"].as_str() {
            Some("public") => Ok(true),
            Some("dast-parked") => Ok(false),
            class => bail!("it has the class {class:?}"),
        }
    }

    async fn remove_if_exposed(&self) -> Result<bool> {
        let is_exposed = self.is_exposed().await?;
        if is_exposed {
            self.delete().await?;
        }
        Ok(is_exposed)
    }

    async fn delete(&self) -> Result<()> {
        self.api(&Kind::Ingress.resource()).delete(&self.name, &DeleteParams::default()).await?;
        Ok(())
    }

    async fn create(&self, resource: &ApiResource, object: Value) -> Result<u64> {
        let object: DynamicObject = serde_json::from_value(object)?;
        let made = self.api(resource).create(&PostParams::default(), &object).await;
        version(&made.with_context(|| format!("could not make a {}", resource.kind))?)
    }

    async fn patch(&self, resource: &ApiResource, object: &Value) -> Result<u64> {
        let patched =
            self.api(resource).patch(&self.name, &PatchParams::default(), &Patch::Merge(object)).await;
        version(&patched.with_context(|| format!("could not change a {}", resource.kind))?)
    }

    fn api(&self, resource: &ApiResource) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), SHOP, resource)
    }
}

fn deployments() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", "Deployment"))
}
