//! A whole round on this machine: two shops, two scans, two verdicts.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use dast_core::Target;
use dast_policy::{Evidence, Policy, Verdict};
use dast_runtime::signals;
use dast_shop::{Care, Shop};
use tokio_util::sync::CancellationToken;

use super::runtime;
use super::scan;
use crate::cli::DemoArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge};
use crate::plan::Plan;
use crate::source;

const INTRODUCTION: &str = "\
Two shops on this machine: a careless one, and the same shop repaired. The
built-in engine follows the links of both and looks at the answers; a policy
then says whether what it found is good enough.
";

/// Scans both shops and shows why one fails and the other passes.
pub(crate) fn run(args: &DemoArgs, console: &mut Console) -> Result<Exit> {
    let folder = folder(args)?;
    let policy = source::policy(None)?;
    console.detail(INTRODUCTION);
    let (careless, repaired) = runtime()?.block_on(async {
        let cancel = signals::cancellation();
        let mut shop = async |care, name| round(care, name, &policy, &folder, &cancel, console).await;
        let careless = shop(Care::Careless, "the careless shop").await?;
        let repaired = shop(Care::Repaired, "the repaired shop").await?;
        anyhow::Ok((careless, repaired))
    })?;
    next_steps(&folder, console);
    // Anything else is not what the demonstration is about, and must not look as if it were.
    ensure!(careless == Verdict::Fail, "the careless shop should have failed, but came to {careless}");
    ensure!(repaired == Verdict::Pass, "the repaired shop should have passed, but came to {repaired}");
    Ok(Exit::Pass)
}

async fn round(
    care: Care,
    name: &str,
    policy: &Policy,
    folder: &Path,
    cancel: &CancellationToken,
    console: &mut Console,
) -> Result<Verdict> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let shop = Shop::start(care, anywhere).context("cannot open a port on this machine for the shop")?;
    let target = Target::parse(&shop.url())?.named(name);
    let plan = Plan::demonstration()?;
    let evidence = scan::scan(&plan, target, cancel, console).await;
    shop.stop().await;
    console.detail("\n");
    let verdict = judge(&evidence, policy, Show::Findings, console);
    keep(&evidence, &folder.join(file_name(care)), console)?;
    Ok(verdict)
}

fn folder(args: &DemoArgs) -> Result<PathBuf> {
    match &args.out {
        Some(folder) => {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
            Ok(folder.clone())
        }
        None => Ok(tempfile::Builder::new().prefix("dast-demo-").tempdir()?.keep()),
    }
}

fn keep(evidence: &Evidence, path: &Path, console: &mut Console) -> Result<()> {
    let spec = crate::report::ReportSpec {
        format: crate::report::Format::Json,
        destination: crate::report::Destination::File(path.to_owned()),
    };
    spec.write(std::slice::from_ref(evidence), console)
}

fn file_name(care: Care) -> &'static str {
    match care {
        Care::Careless => "careless.json",
        Care::Repaired => "repaired.json",
    }
}

fn next_steps(folder: &Path, console: &mut Console) {
    let evidence = folder.join(file_name(Care::Careless));
    console.detail(format_args!(
        "
Try next:
  dast-analyzer explain {}
  dast-analyzer scan http://localhost:8080/
",
        evidence.display()
    ));
}
