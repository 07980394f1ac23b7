//! The webhook as a process on this machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::operator::Stage;
use crate::zap::process::most_resident_kib_of;

/// Where the API server asks, under the name of the certificate.
const ASKED: &str = "127.0.0.1:19443";
pub(super) const URL: &str = "https://localhost:19443";
const ADMIN: &str = "127.0.0.1:19080";
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The webhook, which ends when this is dropped.
pub(super) struct Webhook {
    process: Child,
    log: PathBuf,
    /// What it is known by, in PEM.
    pub(super) authority: String,
    _folder: TempDir,
}

impl Webhook {
    /// Starts it, as somebody who may read everything, and waits until it knows the whole cluster.
    pub(super) async fn start(program: &Path, stage: &Stage) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let authority = made.cert.pem();
        fs::write(at("tls.crt"), &authority)?;
        fs::write(at("ca.crt"), &authority)?;
        fs::write(at("tls.key"), made.signing_key.serialize_pem())?;
        fs::write(at("configuration.yaml"), "{}")?;
        let mut command = Command::new(program);
        command.env("KUBECONFIG", stage.cluster().kubeconfig());
        command.arg("--configuration").arg(at("configuration.yaml")).arg("--certificates").arg(folder.path());
        command.args(["--listen", ASKED, "--metrics-addr", ADMIN]);
        let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/benches");
        fs::create_dir_all(&logs)?;
        let log = logs.join("webhook.log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let process = command.spawn().context("the webhook does not start")?;
        let mut webhook = Self { process, log, authority, _folder: folder };
        webhook.ready().await?;
        Ok(webhook)
    }

    async fn ready(&mut self) -> Result<()> {
        let (client, began) = (reqwest::Client::new(), Instant::now());
        loop {
            let said = || fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(status) = self.process.try_wait()? {
                anyhow::bail!("the webhook ended with {status}: {}", said());
            }
            ensure!(began.elapsed() < PATIENCE, "not ready: {}", said());
            if let Ok(answer) = client.get(format!("http://{ADMIN}/readyz")).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// KiB of it that were in memory at the same time, at most.
    pub(super) fn most_resident_kib(&self) -> Result<u64> {
        most_resident_kib_of(self.process.id())
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        // It may have ended, and there is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
