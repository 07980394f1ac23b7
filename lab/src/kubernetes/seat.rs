//! Several clusters on one machine: each with a network, processes, and a view of the files of its own.
//!
//! A cluster has fixed ports and a bridge of a fixed name, and a kubelet has files in places of its own choice. So there is one a
//! machine, unless each is started, and everything that talks to it, by [`Seat::command`].

use std::env;
use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Result, ensure};

use super::machine;

/// The variable that says which cluster of this machine it is; the only one, if it is not set.
const VARIABLE: &str = "DAST_LAB_SEAT";

/// Places that components share whatever their own folders are, each of which is an empty one here. What is mounted goes with
/// its last process.
const OWN: [&str; 5] =
    ["/run/containerd", "/run/netns", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers"];

/// The kernel looks up a route before the address of a Service is rewritten, so there has to be a default one, though nobody is
/// there (RFC 5737). `/sys` shows the network of whoever mounted it; control groups stay where they are. What a kubelet sets for
/// the whole machine, it sets in copies. The shell stays, because the first process has to reap those whose parents have ended.
const PREPARE: &str = r#"set -e
ip link set lo up
ip link add dastaway0 type bridge
ip address add 192.0.2.1/24 dev dastaway0
ip link set dastaway0 up
ip route add default via 192.0.2.2
for folder in $DAST_LAB_OWN; do mkdir -p "$folder"; mount -t tmpfs -o mode=0755 dast-lab "$folder"; done
for setting in $DAST_LAB_SETTINGS; do
    copy=/run/containerd/$(basename "$setting")
    cat "/proc/sys/$setting" > "$copy"
    mount --bind "$copy" "/proc/sys/$setting"
done
mount -t sysfs sysfs /mnt
mount --rbind /sys/fs/cgroup /mnt/fs/cgroup
mount --move /mnt /sys
"$@" || exit $?
exit 0
"#;

/// Where a cluster is, beside others on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat(u8);

impl Seat {
    /// The seat of this number.
    pub fn new(number: u8) -> Self {
        Self(number)
    }

    /// A command that has a cluster of its own, with a network that leads nowhere else.
    ///
    /// With it end all processes that it started, and it ends with the thread that starts it. It needs the rights of root.
    pub fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("setpriv");
        command.args([
            "--pdeathsig",
            "KILL",
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
        ]);
        command.args(["--mount-proc", "sh", "-c", PREPARE, "sh"]).arg(program);
        command.env(VARIABLE, self.0.to_string()).env("DAST_LAB_OWN", OWN.join(" "));
        command.env("DAST_LAB_SETTINGS", machine::TOUCHED.join(" "));
        command
    }
}

/// What the names of everything that clusters would share end with.
pub(super) fn suffix() -> Result<String> {
    env::var_os(VARIABLE).map_or_else(|| Ok(String::new()), |seat| read(&seat))
}

fn read(seat: &OsStr) -> Result<String> {
    let number = seat.to_str().and_then(|seat| seat.parse::<u8>().ok());
    ensure!(number.is_some(), "{VARIABLE}: `{}` is no number from 0 to 255", seat.display());
    Ok(number.map_or_else(String::new, |number| format!("-{number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_a_number() {
        assert_eq!(read(OsStr::new("2")).unwrap(), "-2");
        for wrong in ["", "-1", "256", "../2"] {
            let error = read(OsStr::new(wrong)).unwrap_err().to_string();
            assert!(error.contains(wrong) && error.contains("from 0 to 255"), "{error}");
        }
    }
}
