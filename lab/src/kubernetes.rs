//! A real Kubernetes on this machine: [`Cluster::up`] and [`Cluster::down`].

mod cgroup;
mod cluster;
mod component;
mod configuration;
mod credentials;
mod folder;
mod machine;
mod mounts;
mod network;
mod ports;
mod programs;
mod remains;
mod seat;
mod status;
mod supervision;

pub use self::cluster::{Cluster, Options};
pub use self::component::Component;
pub use self::programs::Programs;
pub use self::seat::Seat;
pub use self::status::{ComponentStatus, Status};
