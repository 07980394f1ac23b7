//! What people are told.

use dast_core::discovery::{Backend, ObjectName};
use dast_policy::*;

use super::cluster::*;

const TOLD: &str = "\
Ingress shop/front: denied: 2 of 3 backends are not good enough
  Service shop/web port 80: Fail
    2 different alerts of severity High, 0 accepted [cluster policy `ceiling`]
      10038-1 Content Security Policy (CSP) Header Not Set: GET http://web.shop.svc/login
      10038-2 Content Security Policy (CSP) Header Not Set: GET http://web.shop.svc/login
    1 alert of severity Medium, 0 accepted without a warning [cluster policy `ceiling`]
      10038-3 Content Security Policy (CSP) Header Not Set: GET http://web.shop.svc/login
    next: kubectl describe scantarget -n shop web-80
  Service shop/api port 8080: Unknown (NotScanned)
    there is no Service `shop/api` [cluster policy `ceiling`]
    next: kubectl describe service -n shop api";

#[test]
fn a_denial_is_a_work_item() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::High, Severity::High, Severity::Medium]);
    cluster.put(known);
    let mut route = front();
    route.rules[0].backends.push(Backend::service(ObjectName::new("shop", "api"), 8080));
    route.rules[0].backends.push(Backend::service(ObjectName::new("shop", "good"), 80));
    cluster.put(Known::of("shop", "good"));
    assert_eq!(cluster.create(&route).to_string(), TOLD);
    assert!(include_str!("../../../../docs/admission.md").contains(TOLD), "the documentation shows it");
}

/// Anybody may name any Service, and ask what would be said.
#[test]
fn nothing_is_told_of_what_is_in_other_namespaces() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("bank", "web");
    known.scanned(&[Severity::High]);
    cluster.put(known);
    let mut route = route("shop", Backend::service(ObjectName::new("bank", "web"), 80));
    let next = "\n    next: ask whoever is responsible for namespace bank";
    assert_eq!(
        cluster.create(&route).to_string(),
        format!(
            "Ingress shop/front: denied: 1 of 1 backend is not good enough\n  Service bank/web port 80: Fail{next}"
        )
    );
    for backend in [
        Backend::service(ObjectName::new("bank", "web"), 81),
        Backend::service(ObjectName::new("bank", "no"), 80),
    ] {
        route.rules[0].backends = vec![backend];
        let told = cluster.create(&route).to_string();
        assert!(told.ends_with(&format!(": Unknown (NotScanned){next}")), "{told}");
    }
}

#[test]
fn what_is_held_or_let_in_all_the_same_says_so() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::Medium]);
    cluster.put(known);
    let decision = cluster.create(&front());
    assert_eq!(
        decision.warnings(),
        [
            "dast: Ingress shop/front is admitted, although: Service shop/web port 80: 1 alert of severity Medium, 0 accepted \
          without a warning"
        ]
    );
    let mut hold = usual();
    hold.enforcement.unknown_reasons.not_scanned = Some(Mode::Hold);
    cluster.govern(hold);
    let none = route("shop", Backend::service(ObjectName::new("shop", "none"), 80));
    let decision = cluster.create(&none);
    assert_eq!(decision.action(), Action::Hold);
    assert!(
        decision.to_string().starts_with("Ingress shop/front: held back until it passes: 1 of 1 backend is")
    );
    assert!(
        decision.warnings()[0]
            .contains("is held back until it passes: Service shop/none port 80: there is no")
    );
    assert_eq!(cluster.create(&front()).warnings().len(), 1);
}

#[test]
fn nothing_that_others_write_does_anything_where_it_is_printed() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("shop", "web");
    let mut collector = Collector::new();
    let alert = AlertRef::parse("1", "1").unwrap();
    let url = format!("http://web.shop.svc/{}", "x".repeat(5000));
    let finding = Finding::new(alert, Severity::High, Confidence::High, "GET", &url).unwrap();
    collector.add(&finding.named("\u{1b}[2J\nnot a line\u{202e}").with_param("\u{9b}31m"));
    known.target.evidence = Ok(Some(collector.finish(known.scan()).into()));
    cluster.put(known);
    let other = Backend::Other("Thing \u{1b}]0;x\u{7}\nnot a line".to_owned());
    for text in [cluster.create(&front()).to_string(), cluster.create(&route("shop", other)).to_string()] {
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text:?}");
        assert!(!text.contains("\nnot a line") && !text.contains('\u{202e}'), "{text:?}");
        assert!(text.lines().all(|line| line.len() < 400), "{text:?}");
    }
}
