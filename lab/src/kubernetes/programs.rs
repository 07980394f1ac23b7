//! The programs of Kubernetes, built once from Go modules.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::cache;
use crate::image::{Image, Layer};
use crate::prerequisites::{self, CC, LATER_GO};
use crate::process::{quote, run};

/// How often a long build says how far it is.
const PACE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);
/// The versions are those of go.mod; a test compares them.
const KUBERNETES: &str = "1.34.4";
const HELM: &str = "3.19.5";
/// The one program that is all components, and kubectl.
const ALL_IN_ONE: &str = "programs";
const FILES: [(&str, &str); 4] = [
    ("go.mod", include_str!("../../kubernetes/go.mod")),
    ("go.sum", include_str!("../../kubernetes/go.sum")),
    ("programs/main.go", include_str!("../../kubernetes/programs/main.go")),
    ("pause.c", include_str!("../../kubernetes/pause.c")),
];
const SOURCE: &str = include_str!("programs.rs");

/// The image that the sandbox of every pod runs. No registry has that name.
pub(super) const PAUSE: &str = "lab.invalid/pause:1";

/// The programs of Kubernetes, in the versions that `lab/kubernetes/go.mod` pins. They are only read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programs {
    folder: PathBuf,
    version: String,
}

impl Programs {
    /// Finds them in `target/lab`, or builds them there, which takes the network and some five minutes on two
    /// processors; 15 seconds if Go still has its build cache.
    ///
    /// They lie in a folder named after all that they are made from. Callers at the same time, in other processes too,
    /// wait for the first. `say` gets a line for each step that takes time, and none if there is nothing to do.
    ///
    /// # Errors
    /// If Go or a C compiler is missing and cannot be installed, or if the modules cannot be got or are not what go.sum
    /// says.
    pub fn ensure(mut say: impl FnMut(&str)) -> Result<Self> {
        let key = cache::key(FILES.iter().flat_map(|(name, text)| [*name, *text]).chain([SOURCE]));
        let folder = cache::made(&cache::folder(), &format!("kubernetes-{key}"), |part| {
            prerequisites::ensure(&[LATER_GO, CC], &mut say)?;
            make(part, &mut say)
        })?;
        Ok(Self { folder, version: KUBERNETES.to_owned() })
    }

    /// Kubernetes' version, as `1.34.4`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `kubectl`, in Kubernetes' own version.
    pub fn kubectl(&self) -> PathBuf {
        self.folder.join("kubectl")
    }

    /// `helm`.
    pub fn helm(&self) -> PathBuf {
        self.folder.join("helm")
    }

    /// What is each component, by the name that it is started under.
    pub(super) fn all_in_one(&self) -> PathBuf {
        self.folder.join(ALL_IN_ONE)
    }

    /// An archive of the image [`PAUSE`].
    pub(super) fn pause_image(&self) -> PathBuf {
        self.folder.join("pause.tar")
    }
}

fn make(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let source = folder.join("source");
    for (name, text) in FILES {
        let path = source.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&source))?;
        fs::write(&path, text).with_context(|| format!("could not write `{name}`"))?;
    }
    build(&source, folder, say)?;
    symlink(ALL_IN_ONE, folder.join("kubectl")).context("could not give `kubectl` its name")?;
    let pause = source.join("pause");
    run(Command::new("cc").args(["-Os", "-static", "-s", "-o"]).arg(&pause).arg(source.join("pause.c")))
        .context("could not compile `pause`")?;
    let layer = Layer::new().program("pause", fs::read(&pause)?);
    Image::new(PAUSE, &["/pause"]).layer(layer).write(&folder.join("pause.tar"))?;
    fs::remove_dir_all(&source).context("could not remove the sources")
}

/// Compiles, and says every now and then how far it is: minutes without a word look like a hang.
fn build(source: &Path, folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    say(&format!("building Kubernetes {KUBERNETES} from Go modules, which takes minutes the first time"));
    let mut go = Command::new("go");
    go.args([
        "build",
        "-v",
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        &link_flags(),
        "-o",
    ]);
    go.arg(folder).args(["./programs", "helm.sh/helm/v3/cmd/helm"]);
    go.env("CGO_ENABLED", "0").env("GOWORK", "off").env_remove("GOFLAGS").current_dir(source);
    let mut go = go.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().context("could not start `go`")?;
    let printed = go.stderr.take().context("`go` has no output")?;
    let compiled = AtomicUsize::new(0);
    let (status, printed) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let count = |_: &String| _ = compiled.fetch_add(1, Ordering::Relaxed);
            BufReader::new(printed).lines().map_while(Result::ok).inspect(count).collect::<Vec<_>>()
        });
        let (began, mut reports) = (Instant::now(), 1);
        let status = loop {
            if let Some(status) = go.try_wait()? {
                break status;
            }
            if began.elapsed() > PACE * reports {
                reports += 1;
                // One line a module that is downloaded, or a package that is compiled; none while programs are linked.
                let (seconds, lines) = (began.elapsed().as_secs(), compiled.load(Ordering::Relaxed));
                say(&format!("still building after {seconds} s: {lines} modules and packages so far"));
            }
            thread::sleep(POLL);
        };
        anyhow::Ok((status, reader.join().unwrap_or_default()))
    })?;
    ensure!(status.success(), "`go build` ended with {status}; {}", quote(&printed.join("\n")));
    Ok(())
}

/// Without these, the programs do not know their versions.
fn link_flags() -> String {
    let version = "k8s.io/component-base/version";
    let (major, minor) = KUBERNETES.split_once('.').unwrap_or_default();
    let minor = minor.split('.').next().unwrap_or_default();
    format!(
        "-s -w -X {version}.gitVersion=v{KUBERNETES} -X {version}.gitMajor={major} -X {version}.gitMinor={minor} \
         -X {version}.gitTreeState=clean -X {version}.gitCommit=lab \
         -X helm.sh/helm/v3/internal/version.version=v{HELM}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_those_of_the_modules() {
        let [(_, modules), ..] = FILES;
        for line in [
            format!("k8s.io/kubernetes v{KUBERNETES}"),
            format!("helm.sh/helm/v3 v{HELM}"),
            "go.etcd.io/etcd/server/v3 v3.6.7".to_owned(),
            "github.com/coredns/coredns v1.14.0".to_owned(),
        ] {
            assert!(modules.contains(&line), "{line}");
        }
        assert!(link_flags().contains("gitMajor=1 ") && link_flags().contains("gitMinor=34 "));
    }
}
