//! `cargo xtask cluster`: a real Kubernetes that stays up between commands.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use dast_lab::kubernetes::{Cluster, Options};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Start Kubernetes in the background, unless it runs, and say how to use it
    ///
    /// One node, with RBAC, node authorization, Services and DNS. Its ports are fixed, so there can be one a machine. What
    /// a crash left of an earlier one is removed first.
    Up(UpArgs),
    /// End it and remove everything that it made; fine if there is none
    Down,
    /// Say which components run, what they take, and where the kubeconfig is
    ///
    /// It fails if no cluster is up or if something of it has ended.
    Status,
    /// Give the node images, so that pods can use them without a registry
    ///
    /// Pods that use them need the imagePullPolicy `IfNotPresent` or `Never`. `cargo xtask images` makes those of this
    /// repository's programs.
    LoadImage(LoadImageArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct UpArgs {
    /// Start no node: objects can be made, and no pod runs; needs no rights of root
    #[arg(long)]
    control_plane_only: bool,
    /// Write down who asks the API server for what
    #[arg(long)]
    audit_log: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LoadImageArgs {
    /// Archives: OCI image layouts, or what `docker save` writes
    #[arg(required = true, value_name = "FILE")]
    archives: Vec<PathBuf>,
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Up(args) => up(args),
        Command::Down => down(),
        Command::Status => status(),
        Command::LoadImage(args) => load_image(args),
    }
}

fn up(args: &UpArgs) -> Result<()> {
    let options = Options { control_plane_only: args.control_plane_only, audit_log: args.audit_log };
    let began = Instant::now();
    let mut steps = 0;
    let cluster = Cluster::up(&options, |step| {
        steps += 1;
        eprintln!("cluster: {:6.1} s  {step}", began.elapsed().as_secs_f64());
    })?;
    let already = if steps == 0 { " already" } else { "" };
    println!("Kubernetes {} is up{already} at {}", cluster.version(), cluster.url());
    advise(&cluster);
    Ok(())
}

fn advise(cluster: &Cluster) {
    let kubectl = cluster.kubectl();
    println!(
        "
Use it:
  export KUBECONFIG={}
  {} get pods --all-namespaces",
        cluster.kubeconfig().display(),
        kubectl.get_program().display(),
    );
    if let Some(audit_log) = cluster.audit_log() {
        println!("\nWho asks for what:\n  {}", audit_log.display());
    }
    if !cluster.options().control_plane_only {
        println!("\nGive it images:\n  cargo xtask cluster load-image FILE");
    }
    println!("\nEnd it:\n  cargo xtask cluster down");
}

fn down() -> Result<()> {
    if Cluster::down()? {
        println!("The cluster has ended, and nothing of it is left");
    } else {
        println!("No cluster is up");
    }
    Ok(())
}

fn status() -> Result<()> {
    let status = find()?.status()?;
    println!("{status}");
    ensure!(
        status.is_well(),
        "not all of it runs: `cargo xtask cluster up` starts it anew, without its objects"
    );
    Ok(())
}

fn load_image(args: &LoadImageArgs) -> Result<()> {
    let cluster = find()?;
    for archive in &args.archives {
        let names = cluster.load_image(archive)?;
        ensure!(!names.is_empty(), "`{}` has no image with a name", archive.display());
        names.iter().for_each(|name| println!("{name}"));
    }
    Ok(())
}

fn find() -> Result<Cluster> {
    match Cluster::find().context("could not look for a cluster")? {
        Some(cluster) => Ok(cluster),
        None => bail!("no cluster is up: `cargo xtask cluster up` starts one"),
    }
}
