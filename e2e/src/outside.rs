//! A server outside of the cluster, at a public address, in a network namespace of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, anyhow};
use axum_server::tls_rustls::RustlsConfig;
use dast_shop::{Care, router};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::runtime::Runtime;

use crate::process::output;

/// The namespace, and this end of the way there.
const NAMESPACE: &str = "dast-outside";
const LINK: &str = "dastoutside0";
/// Of those for documentation (RFC 5737): no machine has it, and no network but a private one is as public.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
const GATEWAY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const PORT: u16 = 443;

/// A weak shop that speaks TLS, outside of the cluster. With it, all that leads there is gone.
#[derive(Debug)]
pub struct Outside {
    _server: Runtime,
    _network: Network,
}

impl Outside {
    /// Makes the network and serves there under a name.
    ///
    /// # Errors
    /// When the system refuses, such as without the rights of root.
    pub fn serve(host: &str) -> Result<Self> {
        let network = Network::make()?;
        let listener = listen()?;
        listener.set_nonblocking(true)?;
        let made = rcgen::generate_simple_self_signed(vec![host.to_owned()])?;
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let key = key.map_err(|error| anyhow!("the key is none: {error}"))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let serving = server.enter();
        let tls = RustlsConfig::from_config(Arc::new(config));
        let shop = axum_server::from_tcp_rustls(listener, tls)?;
        server.spawn(shop.serve(router(Care::Careless).into_make_service()));
        drop(serving);
        Ok(Self { _server: server, _network: network })
    }

    /// Where it is.
    pub fn address() -> Ipv4Addr {
        ADDRESS
    }
}

/// A socket belongs to the network of the thread that made it, wherever it is used.
fn listen() -> Result<TcpListener> {
    let listening = thread::spawn(|| -> Result<TcpListener> {
        let namespace = File::open(format!("/run/netns/{NAMESPACE}")).context("the network is not there")?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
            .context("could not enter the network")?;
        TcpListener::bind(SocketAddr::from((ADDRESS, PORT))).context("could not listen there")
    });
    listening.join().map_err(|_| anyhow!("the thread in the network panicked"))?
}

/// A network with one machine in it, to which this one is the way.
#[derive(Debug)]
struct Network;

impl Network {
    fn make() -> Result<Self> {
        // What a test that was killed left.
        remove();
        let network = Self;
        let (address, gateway) = (format!("{ADDRESS}/24"), format!("{GATEWAY}/24"));
        let route = GATEWAY.to_string();
        let steps: [&[&str]; 8] = [
            &["netns", "add", NAMESPACE],
            &["link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE],
            &["address", "add", &gateway, "dev", LINK],
            &["link", "set", LINK, "up"],
            &["-netns", NAMESPACE, "address", "add", &address, "dev", "eth0"],
            &["-netns", NAMESPACE, "link", "set", "lo", "up"],
            &["-netns", NAMESPACE, "link", "set", "eth0", "up"],
            &["-netns", NAMESPACE, "route", "add", "default", "via", &route],
        ];
        for step in steps {
            output(Command::new("ip").args(step)).context("could not make a network")?;
        }
        Ok(network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        remove();
    }
}

/// The other end of the link goes with the namespace.
fn remove() {
    for what in [["link", "delete", LINK], ["netns", "delete", NAMESPACE]] {
        // It may not be there.
        let _ = output(Command::new("ip").args(what));
    }
}
