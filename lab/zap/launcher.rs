//! What the lab's image of ZAP starts: ZAP's own script would need a shell. Java's limit of memory is the one option that
//! the script takes for Java, so it is here, too.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let is_javas = |argument: &std::ffi::OsString| argument.as_encoded_bytes().starts_with(b"-Xmx");
    let (javas, zaps): (Vec<_>, Vec<_>) = env::args_os().skip(1).partition(is_javas);
    let mut java = Command::new("/java/bin/java");
    java.arg("-Djava.awt.headless=true").args(javas).args([
        "-cp",
        "/zap/*:/zap/lib/*",
        "org.zaproxy.zap.ZAP",
    ]);
    let error = java.args(["-installdir", "/zap"]).args(zaps).exec();
    eprintln!("could not start Java: {error}");
    ExitCode::FAILURE
}
