//! Routes of the Gateway API, of which the definitions come after the chart: the operator takes them up when they are there.

use anyhow::{Result, bail, ensure};
use dast_e2e::{SHOP, Shop, Stage, until};
use serde_json::{Value, json};

use super::again;
use super::route::{MEMORY, WEBHOOK, class, gated, ingress, install, refused, uninstall_and_serve, values};

/// The account of the operator, and what its rights for the gate's sake are about.
const OPERATOR: &str = "dast-operator";
const OF_GATE: [&str; 5] =
    ["dast-webhook-certificates", "grpcroutes", "httproutes", "ingresses", "webhookconfigurations"];
/// Rights that are used later: the same event once more, and a certificate after weeks.
const LATER: [&str; 2] =
    ["patch events.events.k8s.io", "patch secrets \"dast-webhook-certificates\" in \"dast-system\""];
/// A namespace over which no policy stands.
const FREE: &str = "free";

#[test]
#[ignore = "needs a real Kubernetes"]
fn routes_of_the_gateway_api_are_held_back_released_and_denied() -> Result<()> {
    let stage = gated("gate-gateway-api")?;
    stage.define_gateway_api()?;
    stage.serve(Shop::Repaired)?;

    let front = Route { kind: "HTTPRoute", version: "v1", name: "front", host: "front.example" };
    let beta = Route { version: "v1beta1", name: "beta", host: "beta.example", ..front };
    let grpc = Route { kind: "GRPCRoute", name: "grpc", host: "grpc.example", ..front };
    held_back_and_released(&stage, &[front, beta, grpc])?;
    let of_gitops = Route { name: "gitops", host: "gitops.example", ..front };
    let is_served = || Ok(of_gitops.get(&stage)?["spec"]["parentRefs"].is_array());
    again::a_gitops_controller_sees_it_served(&stage, &of_gitops.manifest(), is_served)?;
    stage.kubectl(&["delete", "httproute", "gitops", "--namespace", SHOP])?;
    every_right_of_the_gate_is_used(&stage)?;
    what_is_exposed_gets_no_more(&stage, front)?;
    whoever_is_elsewhere_is_judged_too(&stage)?;
    denied_under_enforce(&stage, &[front, beta, grpc])?;
    all_are_served_without_a_gate(&stage, &[front, beta, grpc])?;
    stage.end()
}

/// Nothing has looked at the shop, until these lead to it.
fn held_back_and_released(stage: &Stage, routes: &[Route]) -> Result<()> {
    ensure!(stage.get(&["scantargets", "--namespace", SHOP])?["items"] == json!([]), "somebody asked before");
    for route in routes {
        stage.apply(&route.manifest())?;
        let parked = route.get(stage)?;
        ensure!(parked["spec"]["parentRefs"].is_null(), "it is exposed unproven: {}", parked["spec"]);
        ensure!(parked["metadata"]["annotations"][MEMORY].is_string(), "nobody remembers: {parked}");
        until("an event of it", || stage.told(SHOP, route.kind, route.name, "RouteParked"))?;
    }
    for route in routes {
        let released = until("the exposure of what has passed", || {
            let released = route.get(stage)?;
            ensure!(released["spec"]["parentRefs"].is_array(), "it is parked: {released}");
            Ok(released)
        })?;
        ensure!(released["spec"]["parentRefs"][0]["name"] == "public", "{}", released["spec"]);
        ensure!(released["metadata"]["annotations"][MEMORY].is_null(), "it is still said to be parked");
        let target = stage.judged(SHOP, "shop-80", "Pass")?;
        let covered = target["status"]["evidence"]["scan"]["subject"]["covered"].to_string();
        ensure!(covered.contains(route.host), "{} was never looked at: {covered}", route.host);
        until("an event on the route", || stage.told(SHOP, route.kind, route.name, "RouteReleased"))?;
    }
    Ok(())
}

/// In either version: it is one route.
fn what_is_exposed_gets_no_more(stage: &Stage, front: Route) -> Result<()> {
    for version in ["v1", "v1beta1"] {
        let same = Route { version, ..front };
        stage.apply(&same.manifest())?;
        ensure!(same.get(stage)?["spec"]["parentRefs"].is_array(), "{version}: it was taken away");
        let message = refused(stage.apply(&Route { host: "further.example", ..same }.manifest()))?;
        ensure!(message.contains("the change is denied") && message.contains("NotCovered"), "{message}");
    }
    Ok(())
}

/// The policy stands over the Service that it leads to, and says nothing of what was found in it.
fn whoever_is_elsewhere_is_judged_too(stage: &Stage) -> Result<()> {
    stage.kubectl(&["create", "namespace", FREE])?;
    let mut across: Value = serde_json::from_str(
        &Route { kind: "HTTPRoute", version: "v1", name: "across", host: "across.example" }.manifest(),
    )?;
    across["metadata"]["namespace"] = json!(FREE);
    across["spec"]["rules"][0]["backendRefs"][0]["namespace"] = json!(SHOP);
    stage.apply(&across.to_string())?;
    let parked = stage.get(&["httproute", "across", "--namespace", FREE])?;
    ensure!(parked["spec"]["parentRefs"].is_null(), "the shop is exposed from elsewhere: {}", parked["spec"]);
    stage.kubectl(&["delete", "httproute", "across", "--namespace", FREE]).map(drop)
}

fn denied_under_enforce(stage: &Stage, routes: &[Route]) -> Result<()> {
    enforcement(stage, "enforce")?;
    for route in routes {
        let new = Route { name: "new", host: "new.example", ..*route };
        // The gate hears of the policy a moment later. What was parked until then is none of this.
        let message = until("a denial", || match stage.apply(&new.manifest()) {
            Ok(()) => {
                stage.kubectl(&["delete", new.kind, new.name, "--namespace", SHOP])?;
                bail!("it was taken")
            }
            Err(error) => Ok(format!("{error:#}")),
        })?;
        let denied = format!("denied the request: {} shop/new: denied", new.kind);
        ensure!(message.contains(&denied) && message.contains("NotCovered"), "{message}");
        ensure!(new.get(stage).is_err(), "it is there nevertheless");
    }
    Ok(())
}

/// Those of the webhook, and those that the operator has for its sake. What only happens after weeks, or to whoever asks again and
/// again, is left out.
fn every_right_of_the_gate_is_used(stage: &Stage) -> Result<()> {
    stage.apply(&ingress(SHOP, "shop.example", ""))?;
    until("the exposure of what has passed", || {
        ensure!(class(stage, SHOP)? == "public", "it is parked");
        Ok(())
    })?;
    for account in [WEBHOOK, OPERATOR] {
        stage.scale_to_nothing(account)?;
        let of_gate = |right: &String| account == WEBHOOK || OF_GATE.iter().any(|part| right.contains(part));
        // The end of a watch is written down a moment later.
        until("all rights of the gate among those that were used", || {
            let mut unused = stage.unused_rights(account)?;
            unused.retain(|right| of_gate(right) && !LATER.contains(&right.as_str()));
            ensure!(unused.is_empty(), "{account} does not use {unused:#?}");
            Ok(())
        })?;
    }
    // Nobody answers, and nobody is asked: it exposes nothing.
    for (kind, name) in [("httproute", "front"), ("grpcroute", "grpc")] {
        stage.kubectl(&["label", kind, name, "--namespace", SHOP, "team=shop"])?;
    }
    install(stage, values())
}

/// The gate is taken away while routes are parked, and whoever does that says that they are to be served.
fn all_are_served_without_a_gate(stage: &Stage, routes: &[Route]) -> Result<()> {
    stage.serve(Shop::Careless)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    enforcement(stage, "hold")?;
    let late = routes.iter().map(|route| Route { name: "late", host: "late.example", ..*route });
    // One route in two versions is one route.
    let late: Vec<_> = late.filter(|route| route.version == "v1").collect();
    for route in &late {
        until("a route that is parked", || stage.apply(&route.manifest()))?;
        ensure!(
            route.get(stage)?["spec"]["parentRefs"].is_null(),
            "it is exposed though the shop has failed"
        );
    }
    uninstall_and_serve(stage)?;
    for route in &late {
        let served = route.get(stage)?;
        ensure!(served["spec"]["parentRefs"][0]["name"] == "public", "it is not served: {}", served["spec"]);
        ensure!(served["metadata"]["annotations"][MEMORY].is_null(), "it is still said to be parked");
    }
    Ok(())
}

fn enforcement(stage: &Stage, mode: &str) -> Result<()> {
    let mode = json!({"spec": {"enforcement": {"mode": mode}}}).to_string();
    let policy = ["patch", "clusterthresholdpolicy", "gate", "--type=merge", "--patch", &mode];
    stage.kubectl(&policy).map(drop)
}

#[derive(Clone, Copy)]
struct Route {
    kind: &'static str,
    version: &'static str,
    name: &'static str,
    host: &'static str,
}

impl Route {
    /// All traffic of a host to the shop.
    fn manifest(self) -> String {
        let object = json!({
            "apiVersion": format!("gateway.networking.k8s.io/{}", self.version), "kind": self.kind,
            "metadata": {"name": self.name, "namespace": SHOP},
            "spec": {"parentRefs": [{"name": "public"}], "hostnames": [self.host],
                "rules": [{"backendRefs": [{"name": SHOP, "port": 80}]}]},
        });
        object.to_string()
    }

    /// As the API server has it in its version.
    fn get(self, stage: &Stage) -> Result<Value> {
        let kind = format!("{}.{}.gateway.networking.k8s.io", self.kind.to_lowercase(), self.version);
        stage.get(&[&kind, self.name, "--namespace", SHOP])
    }
}
