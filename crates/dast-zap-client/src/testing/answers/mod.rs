//! What each component answers.

mod alert;
mod authentication;
mod browser;
mod context;
mod core;
mod definition;
mod network;
mod options;
mod rest;
mod rules;
mod scans;
mod search;
mod users;

use super::asked::{Answer, Asked, Refusal};
use super::state::State;
use crate::error::ErrorCode;

pub(super) fn answer(state: &mut State, component: &str, asked: &Asked<'_>) -> Answer {
    match component {
        "ajaxSpider" => browser::ajax(state, asked),
        "alert" => alert::answer(state, asked),
        "ascan" => scans::active(state, asked),
        "authentication" => authentication::answer(state, asked),
        "automation" => scans::automation(state, asked),
        "autoupdate" => rest::autoupdate(state, asked),
        "clientSpider" => browser::client(state, asked),
        "context" => context::answer(state, asked),
        "core" => core::answer(state, asked),
        "forcedUser" => users::forced(state, asked),
        "graphql" => definition::graphql(state, asked),
        "network" => network::answer(state, asked),
        "openapi" => definition::openapi(state, asked),
        "pscan" => scans::passive(state, asked),
        "replacer" => rest::replacer(state, asked),
        "search" => search::answer(state, asked),
        "soap" => definition::soap(state, asked),
        "spider" => scans::spider(state, asked),
        "stats" => rest::stats(state, asked),
        "users" => users::answer(state, asked),
        _ => Err(Refusal::new(ErrorCode::NoImplementor)),
    }
}
