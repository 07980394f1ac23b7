#![doc = include_str!("../README.md")]
#![allow(clippy::print_stderr, reason = "what tests tell of their steps")]

mod audit;
mod image;
mod outside;
mod post;
mod process;
mod remains;
mod rights;
mod scan;
mod shop;
mod stage;
mod until;

pub use self::audit::Request;
pub use self::image::image_of;
pub use self::outside::Outside;
pub use self::post::Answer;
pub use self::rights::Right;
pub use self::scan::{condition, quick};
pub use self::shop::{SHOP, Shop};
pub use self::stage::{OPERATOR, RELEASE, SCANS, SYSTEM, Stage};
pub use self::until::{until, until_within};
