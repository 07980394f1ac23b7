//! Whoever wants a route to be as they wrote it, and says so again and again, is not refused, and gets nothing exposed by it.

use std::io::Write;

use anyhow::{Result, ensure};
use dast_e2e::{SHOP, Stage, until};
use serde_json::json;

use super::release;
use super::route::{MEMORY, PARKED, class, ingress};

/// Helm, whose patch comes of what it rendered before, what it renders now, and what is there; `kubectl apply` and `replace`;
/// and a manager of server-side apply, such as a GitOps controller, with force and without.
pub(super) fn whoever_applies_it_again_leaves_it_parked(stage: &Stage) -> Result<()> {
    release(stage, &json!({"care": "--careless"}))?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    is_parked(stage, SHOP, "shop.example")?;
    release(stage, &json!({"care": "--careless"}))?;
    is_parked(stage, SHOP, "shop.example")?;
    // What it is to be once it is released may change meanwhile.
    release(stage, &json!({"care": "--careless", "host": "other.example"}))?;
    is_parked(stage, SHOP, "other.example")?;

    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(ingress("again", "again.example", "").as_bytes())?;
    let path = format!("--filename={}", file.path().display());
    let managed = ["apply", "--server-side", "--field-manager=gitops", &path];
    for command in [
        &managed[..],
        &managed[..],
        &[&managed[..], &["--force-conflicts"]].concat(),
        &["replace", &path],
        &["apply", &path],
        &["apply", &path],
    ] {
        stage.kubectl(command)?;
        is_parked(stage, "again", "again.example")?;
    }
    stage.kubectl(&["delete", "ingress", "again", "--namespace", SHOP])?;
    Ok(())
}

/// It is held back, and what was asked for is kept.
fn is_parked(stage: &Stage, name: &str, host: &str) -> Result<()> {
    let class = class(stage, name)?;
    ensure!(class == PARKED, "`{name}` is not parked but exposed as `{class}`");
    let route = stage.get(&["ingress", name, "--namespace", SHOP])?;
    ensure!(route["spec"]["rules"][0]["host"] == host, "it is another route: {}", route["spec"]);
    let memory = route["metadata"]["annotations"][MEMORY].as_str().unwrap_or_default();
    ensure!(memory.contains("public"), "nobody remembers what it is to be: {memory}");
    Ok(())
}
