//! A running Kubernetes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use super::component::Component;
use super::folder::Folder;
use super::status::{ComponentStatus, Process, Status};
use super::supervision::Supervision;
use super::{Programs, cgroup, configuration, credentials, machine, network, ports, remains, seat};
use crate::cache;
use crate::prerequisites::{self, CNI_PLUGINS, CONTAINERD, IP, NFT, RUNC};
use crate::process::{output, run};

/// What a cluster is started with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Start what serves the API and makes objects of objects, but no node: no pod runs. It needs no rights of root.
    pub control_plane_only: bool,
    /// Write down who asks the API server for what ([`Cluster::audit_log`]).
    pub audit_log: bool,
}

impl Options {
    /// Whether a cluster that was started with these does what others ask for.
    fn serves(&self, asked: &Self) -> bool {
        (asked.control_plane_only || !self.control_plane_only) && (self.audit_log || !asked.audit_log)
    }
}

/// A running Kubernetes: one node, RBAC and node authorization on, cluster DNS, Services by nftables.
///
/// Its ports are fixed, so there is one a machine, or one a [`Seat`](super::Seat). It goes on when this program ends.
#[derive(Debug, Clone)]
pub struct Cluster {
    folder: Folder,
    programs: Programs,
    options: Options,
}

/// What another program needs to find a cluster that was started to the end.
#[derive(Serialize, Deserialize)]
struct Record {
    options: Options,
    programs: Programs,
}

impl Cluster {
    /// Gets what clusters are made of, which takes the network the first time.
    ///
    /// # Errors
    /// If programs are missing and cannot be installed or built.
    pub fn prepare(options: &Options, mut say: impl FnMut(&str)) -> Result<Programs> {
        if !options.control_plane_only {
            prerequisites::ensure(&[CONTAINERD, RUNC, CNI_PLUGINS, IP, NFT], &mut say)?;
        }
        Programs::ensure(&mut say)
    }

    /// Starts the cluster, unless it runs, and waits until pods could run.
    ///
    /// What an earlier cluster left, by a crash or by the machine's restart, is removed first. `say` gets a line for each
    /// step that takes time, and none if there is nothing to do.
    ///
    /// # Errors
    /// If a cluster runs that does not do what `options` ask for, if a port is taken, if programs are missing and cannot
    /// be installed, or if a component does not start, whose log is quoted then. Nothing is left running then.
    pub fn up(options: &Options, mut say: impl FnMut(&str)) -> Result<Self> {
        ensure!(
            options.control_plane_only || rustix::process::geteuid().is_root(),
            "a node needs the rights of root: start the cluster as root, or its control plane only"
        );
        let programs = Self::prepare(options, &mut say)?;
        let folder = Folder::of(&cache::folder())?;
        let _lock = lock()?;
        if let Some(running) =
            Self::recorded(&folder)?.filter(|cluster| cluster.supervision().is_whole().unwrap_or(false))
        {
            ensure!(
                running.programs == programs && running.options.serves(options),
                "the cluster that is up was started in another way: `cargo xtask cluster down` ends it"
            );
            return Ok(running);
        }
        let cluster = Self { folder, programs, options: options.clone() };
        remains::remove_others(&cluster.folder)?;
        if remains::exist(&cluster.folder)? {
            say("removing what an earlier cluster left");
            remains::remove(&cluster.folder)?;
        }
        if let Err(error) = cluster.start(&mut say) {
            remains::remove(&cluster.folder).context("could not remove a cluster that did not start")?;
            return Err(error);
        }
        Ok(cluster)
    }

    /// The cluster that was started last and not ended, whole or not: [`Cluster::status`] tells.
    ///
    /// # Errors
    /// If what was written down of it cannot be read.
    pub fn find() -> Result<Option<Self>> {
        Self::recorded(&Folder::of(&cache::folder())?)
    }

    fn recorded(folder: &Folder) -> Result<Option<Self>> {
        let path = folder.record();
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("could not read `{}`", path.display()))?,
        };
        let record: Record = serde_json::from_slice(&text).with_context(|| {
            format!("`{}` is damaged: `cargo xtask cluster down` removes it", path.display())
        })?;
        Ok(Some(Self { folder: folder.clone(), programs: record.programs, options: record.options }))
    }

    /// Ends the cluster, or removes what is left of one: processes, containers, mounts, networks, rules, all files. Says
    /// whether there was anything.
    ///
    /// # Errors
    /// If something does not go away; the next attempt goes on from there.
    pub fn down() -> Result<bool> {
        let folder = Folder::of(&cache::folder())?;
        let _lock = lock()?;
        remains::remove(&folder)
    }

    fn start(&self, say: &mut dyn FnMut(&str)) -> Result<()> {
        self.folder.create()?;
        if !self.options.control_plane_only {
            // From here on, the bridge says that there is a node to remove.
            network::make_bridge(self.folder.path())?;
            machine::prepare(&self.folder)?;
            cgroup::make()?;
        }
        ports::ensure_free(&self.options)?;
        credentials::write(&self.folder, &self.options)?;
        configuration::write(&self.folder, &self.options)?;
        self.start_components(say)?;
        let record = Record { options: self.options.clone(), programs: self.programs.clone() };
        fs::write(self.folder.record(), serde_json::to_vec_pretty(&record)?)
            .context("could not write the cluster down")
    }

    fn start_components(&self, say: &mut dyn FnMut(&str)) -> Result<()> {
        let supervision = self.supervision();
        supervision.start(Component::Etcd)?;
        supervision.start(Component::ApiServer)?;
        if !self.options.control_plane_only {
            supervision.start(Component::Containerd)?;
        }
        supervision.wait_for_api()?;
        say("the API server is ready");
        supervision.start(Component::ControllerManager)?;
        supervision.start(Component::Scheduler)?;
        run(self.kubectl().args(["apply", "--filename"]).arg(self.folder.configuration("roles.yaml")))?;
        if !self.options.control_plane_only {
            supervision.wait_for_containerd()?;
            supervision.import(&self.programs.pause_image())?;
            [Component::Kubelet, Component::Proxy, Component::Dns]
                .into_iter()
                .try_for_each(|component| supervision.start(component))?;
            say("the node's components are started");
        }
        supervision.wait_for_pods()?;
        say(if self.options.control_plane_only { "objects can be made" } else { "pods can be made" });
        Ok(())
    }

    /// The version of Kubernetes, as `1.34.4`.
    pub fn version(&self) -> &str {
        self.programs.version()
    }

    /// What it was started with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The file that clients read: where the API server is, and the key of somebody who may do everything.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.kubeconfig()
    }

    /// Where the API server answers, as `https://10.213.0.1:6443`.
    pub fn url(&self) -> String {
        format!("https://{}:6443", self.supervision().address())
    }

    /// What the API server was asked for, one event of `audit.k8s.io/v1` a line, if [`Options::audit_log`] is set.
    pub fn audit_log(&self) -> Option<PathBuf> {
        self.options.audit_log.then(|| self.folder.audit_log())
    }

    /// The file that a component writes what it prints to.
    pub fn log(&self, component: Component) -> PathBuf {
        self.folder.log(component)
    }

    /// `kubectl`, as somebody who may do everything.
    pub fn kubectl(&self) -> Command {
        self.supervision().kubectl()
    }

    /// `helm`, as somebody who may do everything. It keeps nothing outside of the cluster's folder.
    pub fn helm(&self) -> Command {
        let mut helm = self.supervision().client(&self.programs.helm());
        for (name, folder) in
            [("CACHE", "helm-cache"), ("CONFIG", "helm-configuration"), ("DATA", "helm-data")]
        {
            helm.env(format!("HELM_{name}_HOME"), self.folder.join(folder));
        }
        helm
    }

    /// Gives the node the images of an archive, an OCI image layout or what `docker save` writes, and returns their names.
    ///
    /// Pods use them if their `imagePullPolicy` is `IfNotPresent` or `Never`.
    ///
    /// # Errors
    /// If there is no node, or if it is no archive of images.
    pub fn load_image(&self, archive: &Path) -> Result<Vec<String>> {
        ensure!(
            !self.options.control_plane_only,
            "the cluster has no node: `cargo xtask cluster down` and `up` give it one"
        );
        let archive =
            archive.canonicalize().with_context(|| format!("could not find `{}`", archive.display()))?;
        let said = self.supervision().import(&archive)?;
        let names = said.lines().filter_map(|line| line.strip_prefix("unpacking ")?.split(' ').next());
        Ok(names.map(str::to_owned).collect())
    }

    /// Lets the cluster's DNS know one name of the outside, and no other: it leads to this address.
    ///
    /// # Errors
    /// If there is no node, or DNS does not start again.
    pub fn resolve(&self, host: &str, address: Ipv4Addr) -> Result<()> {
        ensure!(!self.options.control_plane_only, "the cluster has no node, and so no DNS");
        configuration::write_names(&self.folder, host, address)?;
        self.kill(Component::Dns)?;
        self.start_again(Component::Dns)
    }

    /// Ends a component at once (`SIGKILL`), as a crash would. It may be gone already.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill(&self, component: Component) -> Result<()> {
        self.supervision().kill(component)
    }

    /// Starts a component again that was killed, with its state as it was, and waits until the API server is ready.
    ///
    /// # Errors
    /// If it runs, if it is none of this cluster's, or if it does not start.
    pub fn start_again(&self, component: Component) -> Result<()> {
        let supervision = self.supervision();
        ensure!(Component::of(&self.options).contains(&component), "the cluster has no {component}");
        ensure!(supervision.process(component)?.is_none(), "{component} runs");
        supervision.start(component)?;
        supervision.wait_for_api()
    }

    /// Ends all components and all containers at once, as a machine does that has no power any more, and starts it again as it
    /// was. Waits until pods could run; those that ran start again in their own time.
    ///
    /// # Errors
    /// If something does not go away, or if a component does not start, whose log is quoted then.
    pub fn restart(&self, mut say: impl FnMut(&str)) -> Result<()> {
        let _lock = lock()?;
        remains::end(&self.folder)?;
        if !self.options.control_plane_only {
            cgroup::make()?;
        }
        self.start_components(&mut say)
    }

    /// Stops a component where it is (`SIGSTOP`): it keeps its connections, and answers nobody until [`Cluster::resume`].
    ///
    /// # Errors
    /// If it does not run, or if the system refuses.
    pub fn pause(&self, component: Component) -> Result<()> {
        self.supervision().signal(component, Signal::STOP)
    }

    /// Lets a component go on that was paused (`SIGCONT`), and waits until the API server is ready.
    ///
    /// # Errors
    /// If it does not run, if the system refuses, or if the API server does not get ready.
    pub fn resume(&self, component: Component) -> Result<()> {
        let supervision = self.supervision();
        supervision.signal(component, Signal::CONT)?;
        supervision.wait_for_api()
    }

    /// How it is doing.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn status(&self) -> Result<Status> {
        let supervision = self.supervision();
        let components = Component::of(&self.options).iter().map(|component| {
            let process = supervision.process(*component)?;
            // It may end at this very moment.
            let process = process.and_then(|process| {
                Some(Process { pid: process.pid(), resident_bytes: process.resident_bytes().ok()? })
            });
            Ok(ComponentStatus { component: *component, process })
        });
        let components = components.collect::<Result<_>>()?;
        let quick = "--request-timeout=5s";
        let is_ready = run(self.kubectl().args(["get", "--raw", "/readyz", quick])).is_ok();
        let mut facts = vec![("url", self.url()), ("kubeconfig", self.kubeconfig().display().to_string())];
        facts.push(("logs", self.folder.join("logs").display().to_string()));
        if let Some(audit_log) = self.audit_log() {
            facts.push(("audit log", audit_log.display().to_string()));
        }
        if is_ready && !self.options.control_plane_only {
            let condition = r#"jsonpath={.status.conditions[?(@.type=="Ready")].reason}"#;
            let node = output(self.kubectl().args(["get", "node", "lab", quick, "--output", condition]))?;
            let pods = ["get", "pods", "--all-namespaces", quick, "--output=name"];
            facts.push(("node", node));
            facts.push(("pods", output(self.kubectl().args(pods))?.lines().count().to_string()));
        }
        Ok(Status { version: self.version().to_owned(), components, is_ready, facts })
    }

    fn supervision(&self) -> Supervision<'_> {
        Supervision { folder: &self.folder, options: &self.options, programs: &self.programs }
    }
}

/// One starts or ends a cluster at a time. The system gives the lock back if the process is killed.
fn lock() -> Result<File> {
    let path = cache::folder().join(format!("cluster{}.lock", seat::suffix()?));
    let file = File::create(&path).with_context(|| format!("could not write `{}`", path.display()))?;
    file.lock().context("could not lock the cluster's folder")?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_serves_those_who_ask_for_less() {
        let cluster = |control_plane_only, audit_log| Options { control_plane_only, audit_log };
        for (has, asked, serves) in [
            (cluster(false, false), cluster(false, false), true),
            (cluster(false, true), cluster(true, false), true),
            (cluster(true, false), cluster(false, false), false),
            (cluster(false, false), cluster(false, true), false),
        ] {
            assert_eq!(has.serves(&asked), serves, "{has:?} for {asked:?}");
        }
    }

    #[test]
    fn a_damaged_record_is_an_error() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Folder::of(cache.path()).unwrap();
        assert!(Cluster::recorded(&folder).unwrap().is_none());
        folder.create().unwrap();
        fs::write(folder.record(), "{").unwrap();
        assert!(Cluster::recorded(&folder).unwrap_err().to_string().contains("is damaged"));
    }
}
