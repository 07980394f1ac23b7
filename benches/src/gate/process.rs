//! The webhook as a process on this machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::operator::Stage;
use crate::program::Running;

/// Where the API server asks, under the name of the certificate.
const ASKED: &str = "127.0.0.1:19443";
pub(super) const URL: &str = "https://localhost:19443";
const ADMIN: &str = "127.0.0.1:19080";

/// The webhook.
pub(super) struct Webhook {
    running: Running,
    /// What it is known by, in PEM.
    pub(super) authority: String,
    _folder: TempDir,
}

impl Webhook {
    /// Starts it, as somebody who may read everything, and waits until it knows the whole cluster. Its log goes by `name`.
    pub(super) async fn start(program: &Path, stage: &Stage, name: &str) -> Result<Self> {
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
        command.arg("--configuration").arg(at("configuration.yaml"));
        command.arg("--certificates").arg(folder.path());
        command.args(["--listen", ASKED, "--metrics-addr", ADMIN]);
        let mut running = Running::start(command, name)?;
        running.ready(ADMIN, |_, _, _| true).await?;
        Ok(Self { running, authority, _folder: folder })
    }

    /// KiB of it that were in memory at the same time, at most.
    pub(super) fn most_resident_kib(&self) -> Result<u64> {
        self.running.most_resident_kib()
    }

    /// How many decisions it has made at a door.
    pub(super) async fn decisions(&self, door: &str) -> Result<u64> {
        let told = reqwest::get(format!("http://{ADMIN}/metrics")).await?.text().await?;
        let of_door = format!("door=\"{door}\"");
        let lines = told
            .lines()
            .filter(|line| line.starts_with("dast_admission_decisions_total{") && line.contains(&of_door));
        let numbers = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        Ok(numbers.sum())
    }
}
