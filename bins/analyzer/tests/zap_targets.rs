//! Targets that are not what they seem to a real ZAP: none of them is a pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use support::lab::{Lab, Scan};
use support::site::{Answer, Site};

/// A page with a link to another that takes a parameter.
const LINKS: &str = "<a href='/search?q=hello'>search</a>";

fn scan(lab: &Lab, target: &str) -> Scan {
    Scan::new(&lab.zap.url(), target, "full").key(lab.zap.api_key())
}

fn is_attack(target: &str) -> bool {
    target.starts_with("/search") && target != "/search?q=hello"
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_target_that_turns_everybody_away_once_it_is_attacked_is_no_pass() {
    let lab = Lab::start();
    for status in [302, 403, 404, 429, 500] {
        for (is_careless, code) in [(false, 3), (true, 1)] {
            let attacked = AtomicBool::new(false);
            let site = Site::start(move |target| {
                attacked.fetch_or(is_attack(target), Ordering::SeqCst);
                match (attacked.load(Ordering::SeqCst), is_careless) {
                    (false, true) => Answer::Careless(LINKS.to_owned()),
                    (false, false) => Answer::Page(LINKS.to_owned()),
                    _ if status == 302 => Answer::Redirect("/sorry".to_owned()),
                    _ => Answer::Status(status),
                }
            });
            let outcome = scan(&lab, &site.url()).run();
            assert!(site.asked().iter().any(|target| is_attack(target)), "{:?}", site.asked());
            outcome.is_incomplete(&status.to_string(), code, "Unreachable", &format!("became {status}"));
        }
    }
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_target_that_is_only_there_when_it_is_not_attacked_is_no_pass() {
    let lab = Lab::start();
    let site = Site::start(|target| match target {
        target if is_attack(target) => Answer::Nothing,
        _ => Answer::Page(LINKS.to_owned()),
    });
    let outcome = scan(&lab, &site.url()).run();
    outcome.is_incomplete("it comes back", 3, "Unreachable", "got no answer in the attack");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_target_that_leads_elsewhere_or_refuses_most_is_no_pass() {
    let lab = Lab::start();
    let elsewhere = Site::start(|_| Answer::Careless(LINKS.to_owned()));
    for robots in [200, 404] {
        let to = elsewhere.url();
        let leading = Site::start(move |target| match target {
            "/robots.txt" | "/sitemap.xml" if robots == 200 => Answer::Page("User-agent: *".to_owned()),
            "/robots.txt" | "/sitemap.xml" => Answer::Status(robots),
            _ => Answer::Redirect(to.clone()),
        });
        let outcome = scan(&lab, &leading.url()).run();
        println!("elsewhere: {}", outcome.evidence["scan"]);
        assert_eq!(outcome.code, 3, "{}", outcome.said);
        assert_eq!(outcome.evidence["scan"]["coverage"]["pages"], 0);
        assert_eq!(elsewhere.asked(), [""; 0]);
    }
    let refusing = Site::start(|target| match target {
        "/" => Answer::Page((0..4).map(|link| format!("<a href='/{link}'>{link}</a>")).collect()),
        _ => Answer::Status(403),
    });
    let outcome = scan(&lab, &refusing.url()).run();
    outcome.is_incomplete("403", 3, "AuthenticationFailed", "refused 4 of 5 requests");
}
