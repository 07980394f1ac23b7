#![doc = include_str!("../README.md")]
#![allow(clippy::print_stderr, reason = "what tests tell of their steps")]

mod audit;
mod console;
mod fake_zap;
mod image;
mod outside;
mod pod;
mod post;
mod process;
mod remains;
mod rights;
mod run;
mod scan;
mod shop;
mod stage;
mod tls;
mod until;
mod verdicts;

pub use self::audit::Request;
pub use self::console::{Console, blocks, commands, section};
pub use self::image::image_of;
pub use self::outside::Outside;
pub use self::pod::Pod;
pub use self::post::Answer;
pub use self::rights::Right;
pub use self::scan::{condition, quick, slow};
pub use self::shop::{SHOP, Shop};
pub use self::stage::{OPERATOR, RELEASE, SCANS, SYSTEM, Stage};
pub use self::until::{until, until_within};
pub use self::verdicts::Verdicts;
