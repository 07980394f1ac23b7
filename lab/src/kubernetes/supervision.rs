//! Starting components, and waiting until they do what they are for.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::component::{self, Component};
use super::folder::Folder;
use super::{Options, Programs, network};
use crate::process::{Known, quote, run, start_detached};

/// Programs of the system, wherever the caller looks for them.
pub(super) const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const POLL: Duration = Duration::from_millis(50);
/// Each of them takes a second or two, and many times that on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Who starts the components of one cluster, and looks after them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Supervision<'a> {
    pub(super) folder: &'a Folder,
    pub(super) options: &'a Options,
    pub(super) programs: &'a Programs,
}

impl Supervision<'_> {
    /// Starts one component, and does not wait for it.
    pub(super) fn start(&self, component: Component) -> Result<()> {
        let program = self.folder.program(component);
        if !program.exists() {
            symlink(self.executable(component)?, &program)
                .with_context(|| format!("could not give {component} its name"))?;
        }
        let mut command = Command::new(&program);
        command.args(component.arguments(self.folder, self.options)).current_dir(self.folder.path());
        // Nobody's settings count, such as a proxy for connections to webhooks.
        command.env_clear().env("PATH", SYSTEM_PATH);
        command.env("HOME", self.folder.path()).env("TMPDIR", self.folder.join("temporary"));
        let mut child = start_detached(&mut command, &self.folder.log(component))?;
        // For a moment, a new process has no command line to be known by.
        while self.process(component)?.is_none() && child.try_wait()?.is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn executable(&self, component: Component) -> Result<PathBuf> {
        if component != Component::Containerd {
            return Ok(self.programs.all_in_one());
        }
        let found = SYSTEM_PATH.split(':').map(|folder| Path::new(folder).join(component.program()));
        found.into_iter().find(|path| path.exists()).context("`containerd` is gone")
    }

    /// The component's process, if it runs.
    pub(super) fn process(&self, component: Component) -> Result<Option<Known>> {
        let program = self.folder.program(component);
        Ok(Known::all(|argument| argument == program)?.into_iter().next())
    }

    /// Whether all components run.
    pub(super) fn is_whole(&self) -> Result<bool> {
        let programs = self.folder.programs();
        let running = Known::all(|argument| argument.starts_with(&programs))?;
        let runs = |component: &Component| {
            let program = self.folder.program(*component);
            running.iter().any(|process| process.argument() == program)
        };
        Ok(Component::of(self.options).iter().all(runs))
    }

    /// Waits until the API server says that it is ready.
    pub(super) fn wait_for_api(&self) -> Result<()> {
        let ready = || run(self.kubectl().args(["get", "--raw", "/readyz"])).is_ok();
        self.wait(&[Component::Etcd, Component::ApiServer], "the API server is not ready", ready)
    }

    /// Waits until containerd takes images.
    pub(super) fn wait_for_containerd(&self) -> Result<()> {
        self.wait(&[Component::Containerd], "containerd does not answer", || {
            run(self.ctr().arg("version")).is_ok()
        })
    }

    /// Waits until pods could be made and would run.
    pub(super) fn wait_for_pods(&self) -> Result<()> {
        let account = ["get", "serviceaccount", "default", "--namespace", "default"];
        let ready = || run(self.kubectl().args(account)).is_ok();
        self.wait(&[Component::ControllerManager], "there is no ServiceAccount for pods", ready)?;
        if self.options.control_plane_only {
            return Ok(());
        }
        // The node is not there yet at first, and then `wait` ends at once.
        let wait = ["wait", "--for=condition=Ready", "--timeout=5s", "node/lab"];
        let ready = || run(self.kubectl().args(wait)).is_ok();
        self.wait(&[Component::Kubelet, Component::Containerd], "the node is not ready", ready)?;
        let answers = |address: Ipv4Addr, port: u16| {
            TcpStream::connect_timeout(&SocketAddr::from((address, port)), Duration::from_secs(1)).is_ok()
        };
        let ready = || answers(network::API_SERVICE, 443);
        self.wait(&[Component::Proxy], "the Service of the API server does not answer", ready)?;
        self.wait(&[Component::Dns], "DNS does not answer", || answers(network::NODE, 53))
    }

    /// Waits until something is so. An error quotes the logs of those that it is up to.
    fn wait(&self, components: &[Component], otherwise: &str, is_so: impl Fn() -> bool) -> Result<()> {
        let began = Instant::now();
        while !is_so() {
            for component in components {
                if self.process(*component)?.is_none() {
                    bail!("{component} has ended; {}", self.quoted(*component));
                }
            }
            if began.elapsed() > LIMIT {
                let logs = components.iter().map(|one| format!("{one}: {}", self.quoted(*one)));
                bail!("after {} s, {otherwise}; {}", LIMIT.as_secs(), logs.collect::<Vec<_>>().join("\n"));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn quoted(&self, component: Component) -> String {
        quote(&String::from_utf8_lossy(&fs::read(self.folder.log(component)).unwrap_or_default()))
    }

    /// `kubectl`, with no settings but the cluster's.
    pub(super) fn kubectl(&self) -> Command {
        let mut kubectl = self.client(&self.programs.kubectl());
        kubectl.env("KUBECACHEDIR", self.folder.join("kubectl-cache")).env("KUBERC", "off");
        kubectl
    }

    /// A client of the API server, as somebody who may do everything. No proxy leads to a bridge of this machine.
    pub(super) fn client(&self, program: &Path) -> Command {
        let mut client = Command::new(program);
        client
            .env("KUBECONFIG", self.folder.kubeconfig())
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy");
        client
    }

    /// `ctr`, in the namespace of containerd that Kubernetes uses.
    pub(super) fn ctr(&self) -> Command {
        let mut ctr = Command::new("ctr");
        ctr.env("PATH", SYSTEM_PATH)
            .arg("--address")
            .arg(self.folder.socket())
            .args(["--namespace", "k8s.io"]);
        ctr
    }

    /// Imports an archive of an image, and says what containerd said of it.
    pub(super) fn import(&self, archive: &Path) -> Result<String> {
        crate::process::output(self.ctr().args(["images", "import"]).arg(archive))
            .with_context(|| format!("could not load `{}`", archive.display()))
    }

    /// Kills a component and waits until it is gone. It may be gone already.
    pub(super) fn kill(&self, component: Component) -> Result<()> {
        let Some(process) = self.process(component)? else { return Ok(()) };
        process.kill()?;
        if process.is_gone_within(LIMIT) { Ok(()) } else { bail!("{component} was killed, and still runs") }
    }

    /// Sends a component that runs a signal.
    pub(super) fn signal(&self, component: Component, signal: Signal) -> Result<()> {
        let process = self.process(component)?;
        process.with_context(|| format!("{component} does not run"))?.signal(signal)
    }

    pub(super) fn address(&self) -> Ipv4Addr {
        component::address(self.options)
    }
}
