//! Ports that somebody else has.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Options;
use super::component::Component;
use crate::process::arguments;

/// How long a port may take to come back from a process that has ended.
const TO_GIVE_BACK: Duration = Duration::from_secs(10);

/// Says who has a port that the components need, before a component says it in its own words.
pub(super) fn ensure_free(options: &Options) -> Result<()> {
    for component in Component::of(options) {
        for (address, port) in component.ports(options) {
            if is_taken(address, port).with_context(|| format!("could not try {address}:{port}"))? {
                bail!("{}", taken(*component, address, port, holder(port)))
            }
        }
    }
    Ok(())
}

/// Whether somebody has a port. A process that was killed may be gone before its threads are, and with them its sockets: such
/// a port belongs to nobody, and is waited for.
fn is_taken(address: Ipv4Addr, port: u16) -> io::Result<bool> {
    let deadline = Instant::now() + TO_GIVE_BACK;
    loop {
        match TcpListener::bind((address, port)) {
            Ok(_) => return Ok(false),
            Err(error) if error.kind() != ErrorKind::AddrInUse => return Err(error),
            Err(_) if holder(port).is_some() || Instant::now() > deadline => return Ok(true),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn taken(component: Component, address: Ipv4Addr, port: u16, holder: Option<u32>) -> String {
    let holder = holder.map_or_else(|| "another process".to_owned(), described);
    format!(
        "{address}:{port}, which {component} needs, is taken by {holder}: there can be one cluster a machine; \
         end that process, or the other cluster where it was started with `cargo xtask cluster down`"
    )
}

fn described(pid: u32) -> String {
    let program = arguments(pid).into_iter().next().unwrap_or_default();
    format!("process {pid} (`{}`)", program.display())
}

/// Who listens, as far as the system tells it to this user.
fn holder(port: u16) -> Option<u32> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let sockets: Vec<_> =
        tables.iter().flat_map(|table| table.lines()).filter_map(|line| listener(line, port)).collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut open = files.filter_map(|file| fs::read_link(file.path()).ok());
        open.any(|file| sockets.iter().any(|socket| file.as_os_str() == socket.as_str()))
    })
}

/// The socket of a line of `/proc/net/tcp` (proc(5)), as its process has it open, if it listens on this port.
fn listener(line: &str, port: u16) -> Option<String> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let listens = u16::from_str_radix(local, 16) == Ok(port) && *fields.get(3)? == "0A";
    listens.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_systems_table_is_read() {
        let line = "  0: 0100007F:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1";
        assert_eq!(listener(line, 2375), Some("socket:[4711]".to_owned()));
        assert_eq!(listener(line, 2376), None);
        assert_eq!(listener(&line.replace(" 0A ", " 01 "), 2375), None, "a connection");
        assert_eq!(listener("  sl  local_address rem_address   st", 2375), None);
    }

    #[test]
    fn who_has_a_port_is_named() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        assert!(is_taken(Ipv4Addr::LOCALHOST, address.port()).unwrap());
        let text = taken(Component::Etcd, Ipv4Addr::LOCALHOST, address.port(), holder(address.port()));
        assert!(
            text.starts_with(&format!(
                "{address}, which etcd needs, is taken by process {} (`",
                std::process::id()
            )),
            "{text}"
        );
        drop(listener);
        assert_eq!(holder(address.port()), None);
        assert!(!is_taken(Ipv4Addr::LOCALHOST, address.port()).unwrap());
    }
}
