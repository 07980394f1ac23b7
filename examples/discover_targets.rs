//! What would be scanned in a cluster, and what would not and why: discovery alone, read-only.
//!
//! ```console
//! cargo run -p dast-examples --example discover_targets              # the cluster of the current kubeconfig, once
//! cargo run -p dast-examples --example discover_targets -- --watch   # and whatever changes from then on
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Result, bail};
use dast_core::discovery::{DiscoveredTarget, Index, Object, TargetId};
use dast_kubernetes::watch::{News, watch};
use futures_util::StreamExt;
use kube::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // The choice of a cryptographic provider is the program's.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let stay = std::env::args().any(|argument| argument == "--watch");

    let index = Arc::new(RwLock::new(Index::default()));
    let client = Client::try_default().await?;
    let mut news = pin!(watch(&client, index.clone()));
    let (mut whole, mut failing, mut concerned) = (false, BTreeSet::new(), BTreeSet::new());
    while let Some(news) = news.next().await {
        let index = index.read().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Complete => {
                whole = true;
                show(&index, index.targets().iter().map(|target| target.id().clone()).collect());
                complain(&index, &concerned);
                if !stay {
                    return Ok(());
                }
            }
            // Until everything was listed, targets come and go for want of what is not known yet.
            News::Changed(changes) if whole => {
                show(&index, changes.targets);
                complain(&index, &changes.objects);
            }
            News::Changed(changes) => concerned.extend(changes.objects),
            News::Unreadable { kind, object, reason } => {
                eprintln!("{kind} {object} cannot be read: {reason}")
            }
            // Who waits for one answer is not to wait for ever.
            News::Failed { kind, error } if !stay => bail!("{kind} cannot be listed: {error}"),
            News::Failed { kind, error } if failing.insert(kind.clone()) => {
                eprintln!("{kind} cannot be watched: {error}; it is tried again and again");
            }
            _ => {}
        }
    }
    Ok(())
}

fn show(index: &Index, targets: BTreeSet<TargetId>) {
    for id in targets {
        match index.target(&id) {
            Some(target) => println!("{id}: {}", state(target)),
            None => println!("{id}: gone"),
        }
        let exposures = index.target(&id).map(DiscoveredTarget::exposures).unwrap_or_default();
        for exposure in exposures {
            println!("    {}{}", exposure.host, exposure.path);
        }
    }
}

/// What is wrong with objects of which no target tells.
fn complain(index: &Index, objects: &BTreeSet<Object>) {
    for object in objects {
        for problem in index.problems(object) {
            println!("{object}: {}: {problem}", problem.reason().as_str());
        }
    }
}

fn state(target: &DiscoveredTarget) -> String {
    if let Some(refusal) = target.refusal() {
        return format!("refused ({}): {refusal}", refusal.reason().as_str());
    }
    let scannable = if target.is_scannable() { "to be scanned" } else { "not ready" };
    let origins: Vec<String> = target.origins().iter().map(ToString::to_string).collect();
    format!("{scannable} at {}", origins.join(", "))
}
