//! Routes are written without a pause while the webhook, its certificate and the operator are replaced: nobody is refused for
//! that.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dast_e2e::{SHOP, SYSTEM, Shop, Stage, until, until_within};
use futures_util::future::try_join_all;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};

use super::route::{PARKED, WEBHOOK, gated, ingress};

/// Those who write at the same time.
const WRITERS: usize = 4;
/// Routes that are judged meanwhile, at least.
const LOAD: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(10);
/// Kubelets look at Secrets once a minute.
const PATIENCE: Duration = Duration::from_secs(180);
const SECRET: &str = "dast-webhook-certificates";

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_answers_is_replaced_under_load() -> Result<()> {
    let stage = gated("gate-load")?;
    stage.serve(Shop::Careless)?;
    let load = Load::begin(&stage.cluster().kubeconfig());
    every_replica_is_replaced(&stage)?;
    the_certificate_is_replaced(&stage)?;
    load.refused_nobody()?;
    stage.end()
}

fn every_replica_is_replaced(stage: &Stage) -> Result<()> {
    let before = replicas(stage)?;
    let system = ["--namespace", SYSTEM];
    stage.kubectl(&[&["rollout", "restart", "deployment", WEBHOOK][..], &system].concat())?;
    stage
        .kubectl(&[&["rollout", "status", "deployment", WEBHOOK, "--timeout=120s"][..], &system].concat())?;
    until("the end of the old replicas", || {
        let now = replicas(stage)?;
        ensure!(now.len() == before.len() && !now.iter().any(|pod| before.contains(pod)), "{now:?}");
        Ok(())
    })
}

fn the_certificate_is_replaced(stage: &Stage) -> Result<()> {
    stage.kubectl(&["delete", "secret", SECRET, "--namespace", SYSTEM])?;
    // It looks at the certificate when it begins, and every ten minutes then.
    stage.kubectl(&["rollout", "restart", "deployment", "dast-operator", "--namespace", SYSTEM])?;
    until_within(PATIENCE, "the new certificate at every replica", || {
        for pod in replicas(stage)? {
            let said = stage.kubectl(&["logs", "--namespace", SYSTEM, &pod])?;
            ensure!(said.contains("there are new certificates"), "{pod} has not heard of it: {said}");
        }
        Ok(())
    })?;
    // It is what they are asked by from now on.
    thread::sleep(Duration::from_secs(5));
    Ok(())
}

fn replicas(stage: &Stage) -> Result<Vec<String>> {
    let selector = "--selector=app.kubernetes.io/name=dast-webhook";
    let pods = stage.get(&["pods", selector, "--namespace", SYSTEM])?;
    let names = pods["items"].as_array().context("no list")?.iter();
    names
        .map(|pod| Ok(pod["metadata"]["name"].as_str().context("a pod without a name")?.to_owned()))
        .collect()
}

/// Some who write one route after the other, of which nothing stays.
struct Load {
    is_over: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    thread: JoinHandle<Result<Vec<Duration>>>,
}

impl Load {
    fn begin(kubeconfig: &Path) -> Self {
        let (is_over, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (over, count) = (Arc::clone(&is_over), Arc::clone(&written));
        let kubeconfig = kubeconfig.to_owned();
        Self { is_over, written, thread: thread::spawn(move || write(&kubeconfig, &over, &count)) }
    }

    fn refused_nobody(self) -> Result<()> {
        until_within(PATIENCE, "a load", || {
            let written = self.written.load(Ordering::SeqCst);
            ensure!(written > LOAD || self.thread.is_finished(), "{written} routes are no load");
            Ok(())
        })?;
        self.is_over.store(true, Ordering::SeqCst);
        let written = self.thread.join().map_err(|_| anyhow::anyhow!("whoever wrote has panicked"))?;
        let mut durations = written.context("somebody was refused")?;
        durations.sort();
        let most = durations.last().context("nothing was written")?;
        eprintln!("{} routes were judged, the slowest within {} ms", durations.len(), most.as_millis());
        Ok(())
    }
}

/// How long each took.
fn write(kubeconfig: &Path, is_over: &AtomicBool, written: &AtomicUsize) -> Result<Vec<Duration>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (kubeconfig, options) = (Kubeconfig::read_from(kubeconfig)?, KubeConfigOptions::default());
        let client = Client::try_from(Config::from_custom_kubeconfig(kubeconfig, &options).await?)?;
        let writers = (0..WRITERS).map(|writer| write_again_and_again(&client, writer, is_over, written));
        Ok(try_join_all(writers).await?.concat())
    })
}

async fn write_again_and_again(
    client: &Client,
    writer: usize,
    is_over: &AtomicBool,
    written: &AtomicUsize,
) -> Result<Vec<Duration>> {
    let routes = Api::<Ingress>::namespaced(client.clone(), SHOP);
    let route: Ingress = serde_json::from_str(&ingress(&format!("load-{writer}"), "load.example", ""))?;
    let of_nothing = PostParams { dry_run: true, ..PostParams::default() };
    let mut durations = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let began = Instant::now();
        let judged = routes.create(&of_nothing, &route).await;
        let judged = judged.with_context(|| format!("after {} of them", durations.len()))?;
        let class = judged.spec.and_then(|spec| spec.ingress_class_name);
        ensure!(class.as_deref() == Some(PARKED), "nobody judged it: {class:?}");
        durations.push(began.elapsed());
        written.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(durations)
}
