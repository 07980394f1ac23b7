//! What the client of ZAP costs, and what scans by ZAP cost.

mod alerts;
mod holding;
mod listing;
mod part;
mod plain;
mod polling;
pub(crate) mod process;
mod python;
mod scanning;
mod shop;

pub(crate) use holding::measure as holding;
pub(crate) use listing::measure as listing;
pub(crate) use part::Part;
pub(crate) use polling::measure as polling;
pub(crate) use scanning::measure as scanning;
