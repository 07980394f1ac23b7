//! Images of our programs and of the lab's ZAP, in a real Kubernetes, with the rights of root.
//! `cargo test -p dast-lab --test images -- --ignored` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

#[path = "kubernetes/machine.rs"]
mod machine;
#[allow(dead_code, reason = "what tests of the cluster itself need")]
#[path = "kubernetes/session.rs"]
mod session;

use std::fs;

use dast_lab::kubernetes::Options;
use dast_lab::program::{Profile, Program};
use dast_lab::registry::{Registry, configurations};
use dast_lab::zap::Installation;

use self::session::Session;

#[test]
#[ignore = "needs a real Kubernetes"]
fn the_analyzer_scans_the_shop_from_images_that_are_small_and_the_same_twice() {
    let build = || Program::build_images(&Program::ALL, Profile::Story, |step| eprintln!("{step}")).unwrap();
    let images = build();
    let bytes = || images.iter().map(|image| fs::read(image.path()).unwrap()).collect::<Vec<_>>();
    let first = bytes();
    // Those that are released are smaller.
    assert!(first.iter().all(|archive| archive.len() < 25 << 20));
    assert_eq!(build(), images);
    assert!(bytes() == first, "the same sources made other bytes");

    let session = Session::begin(&Options::default());
    for (image, program) in images.iter().zip(Program::ALL) {
        assert_eq!(session.cluster().load_image(image.path()).unwrap(), [program.image()]);
    }
    let [analyzer, _operator, shop, _webhook] = Program::ALL.map(Program::image);
    session.apply(include_str!("kubernetes/shop.yaml"), &shop);
    session.kubectl(&["rollout", "status", "deployment/shop", "--timeout=120s"]);
    session.apply(include_str!("kubernetes/scan.yaml"), &analyzer);
    let said = session.completed("scan");
    assert!(said.contains("PASS"), "{said}");
    session.end();
}

#[test]
#[ignore = "needs a real registry"]
fn registries_and_docker_take_our_images() {
    let say = |step: &str| eprintln!("{step}");
    let images = Program::build_images(&Program::ALL, Profile::Story, say).unwrap();
    let registry = Registry::start(say).unwrap();
    for (image, program) in images.iter().zip(Program::ALL) {
        let name = program.image();
        let (_, name) = name.split_once('/').unwrap();
        assert_eq!(registry.push(image, name).unwrap(), image.digest(), "{name}");
        let [oci, docker] = configurations(image).unwrap();
        assert!(oci == docker && oci.contains("65532"), "{name}: {oci} {docker}");
    }
}

#[test]
#[ignore = "needs a real Kubernetes and a real ZAP"]
fn zap_answers_from_a_pod() {
    let installation = Installation::ensure(|step| eprintln!("{step}")).unwrap();
    let image = installation.image(|step| eprintln!("{step}")).unwrap();
    let session = Session::begin(&Options::default());
    session.cluster().load_image(image.path()).unwrap();
    session.apply(include_str!("kubernetes/zap.yaml"), image.name());
    // It is ready when its API has answered.
    session.kubectl(&["wait", "--for=condition=Ready", "pod/zap", "--timeout=180s"]);
    session.end();
}
