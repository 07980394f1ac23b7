//! Whoever wants a route to be as they wrote it, and says so again and again, is not refused, and gets nothing exposed by it.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

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

    let (_file, path) = written(&ingress("again", "again.example", ""))?;
    let managed = managed(&path);
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

/// What a GitOps controller does, every two seconds: from before there is a verdict until after the release it is not refused, and
/// sees what it wrote in the end. Between the release and the moment when the operator gives the route back, which are two writes, it may
/// meet a conflict once.
pub(super) fn a_gitops_controller_sees_it_served(
    stage: &Stage,
    route: &str,
    is_served: impl Fn() -> Result<bool>,
) -> Result<()> {
    let (_file, path) = written(route)?;
    let began = Instant::now();
    let (mut times, mut conflicts) = (0, 0);
    stage.kubectl(&managed(&path))?;
    ensure!(!is_served()?, "it is exposed unproven");
    while times < 5 {
        ensure!(began.elapsed() < Duration::from_secs(300), "it is never served");
        thread::sleep(Duration::from_secs(2));
        if let Err(error) = stage.kubectl(&managed(&path)) {
            conflicts += 1;
            let is_operator = format!("{error:#}").contains("conflict with \"dast-operator\"");
            ensure!(is_operator && conflicts == 1, "{error:#}");
        }
        let is_served = is_served()?;
        ensure!(is_served || times == 0, "it was taken away by whoever wants it served");
        times += usize::from(is_served);
    }
    Ok(())
}

/// A manager of server-side apply, without force.
fn managed(path: &str) -> [&str; 4] {
    ["apply", "--server-side", "--field-manager=gitops", path]
}

/// A file with an object, which is there as long as the first of these, and as kubectl takes it.
fn written(object: &str) -> Result<(tempfile::NamedTempFile, String)> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(object.as_bytes())?;
    let path = format!("--filename={}", file.path().display());
    Ok((file, path))
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
