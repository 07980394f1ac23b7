//! `dast-webhook`: lets a route expose a service only while policy says that what was found in it is good enough.

mod arguments;
mod serve;

use clap::Parser;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    dast_runtime::choose_cryptography();
    dast_runtime::conclude(serve::run(&arguments::Arguments::parse()).await)
}
