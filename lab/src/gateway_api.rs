//! The definitions of the Gateway API, as its authors publish them (<https://gateway-api.sigs.k8s.io>, Apache-2.0).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cache;
use crate::go;
use crate::prerequisites::{self, GO};

const MODULE: &str = "sigs.k8s.io/gateway-api";
/// Where the module has the definitions that are no experiment.
const DEFINITIONS: &str = "config/crd/standard";
/// Those that tests make objects of.
const NAMES: [&str; 2] =
    ["gateway.networking.k8s.io_grpcroutes.yaml", "gateway.networking.k8s.io_httproutes.yaml"];
const FILES: [(&str, &str); 2] =
    [("go.mod", include_str!("../gateway-api/go.mod")), ("go.sum", include_str!("../gateway-api/go.sum"))];
const SOURCE: &str = include_str!("gateway_api.rs");

/// The files that define HTTPRoutes and GRPCRoutes, in the version that `lab/gateway-api/go.mod` pins. They are found in
/// `target/lab`, or got as a Go module, of which `go` checks the hash.
///
/// # Errors
/// If Go is missing and cannot be installed, or if the module cannot be got or is not what go.sum says.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// let files = dast_lab::gateway_api::definitions(|line| eprintln!("{line}"))?;
/// assert!(files.iter().all(|file| file.exists()));
/// # Ok(())
/// # }
/// ```
pub fn definitions(mut say: impl FnMut(&str)) -> Result<Vec<PathBuf>> {
    let key = cache::key(FILES.iter().flat_map(|(name, text)| [*name, *text]).chain([SOURCE]));
    let folder = cache::made(&cache::folder(), &format!("gateway-api-{key}"), |part| {
        prerequisites::ensure(&[GO], &mut say)?;
        say("getting the definitions of the Gateway API as a Go module");
        make(part).context("could not get the definitions of the Gateway API")
    })?;
    Ok(NAMES.iter().map(|name| folder.join(name)).collect())
}

fn make(folder: &Path) -> Result<()> {
    for (name, text) in FILES {
        fs::write(folder.join(name), text).with_context(|| format!("could not write `{name}`"))?;
    }
    let definitions = go::module(folder, MODULE)?.join(DEFINITIONS);
    for name in NAMES {
        let from = definitions.join(name);
        // What Go keeps cannot be written to, and a copy would be the same.
        let text = fs::read(&from).with_context(|| format!("could not read `{}`", from.display()))?;
        fs::write(folder.join(name), text).with_context(|| format!("could not write `{name}`"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_pinned_by_its_hash() {
        let [(_, modules), (_, sums)] = FILES;
        let version = modules.lines().find_map(|line| line.strip_prefix("require ")?.split_once(' '));
        let (module, version) = version.unwrap();
        assert_eq!(module, MODULE);
        assert!(sums.contains(&format!("{module} {version} h1:")), "{version}");
    }
}
