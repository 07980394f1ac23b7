//! `cargo xtask images`: images of this repository's programs, without an image builder.

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use dast_lab::image::Archive;
use dast_lab::program::{Profile, Program};
use dast_lab::zap::Installation;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which ones; all of them if none is named
    #[arg(value_name = "PROGRAM", value_parser = PossibleValuesParser::new(Program::ALL.map(Program::name)))]
    programs: Vec<String>,
    /// Make an image of the lab's ZAP, and no other unless it is named
    #[arg(long)]
    zap: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut say = |step: &str| eprintln!("images: {step}");
    let all = args.programs.is_empty() && !args.zap;
    let asked = |program: &Program| all || args.programs.iter().any(|name| name == program.name());
    let programs: Vec<_> = Program::ALL.into_iter().filter(asked).collect();
    if !programs.is_empty() {
        Program::build_images(&programs, Profile::Release, &mut say)?.iter().for_each(print);
    }
    if args.zap {
        print(&Installation::ensure(&mut say)?.image(&mut say)?);
    }
    Ok(())
}

fn print(image: &Archive) {
    println!("{}", image.name());
    println!("  digest   {}", image.digest());
    println!("  archive  {}", image.path().display());
    println!("  size     {:.1} MiB", mebibytes(image.bytes()));
}

#[allow(clippy::cast_precision_loss, reason = "a size with one digit behind the point")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
