//! What is typed here against what ZAP has.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use dast_zap_client::{Endpoint, endpoints};
use serde::Deserialize;

/// A line of the table of facts. A parameter that ZAP can do without ends in `?`.
#[derive(Deserialize)]
struct Fact {
    component: String,
    #[cfg_attr(not(feature = "all-endpoints"), expect(dead_code, reason = "shown in the document only"))]
    addon: String,
    kind: String,
    name: String,
    #[serde(default)]
    #[cfg_attr(not(feature = "all-endpoints"), expect(dead_code, reason = "shown in the document only"))]
    deprecated: bool,
    #[serde(default)]
    params: Vec<String>,
}

impl Fact {
    fn address(&self) -> String {
        format!("{}/{}/{}", self.component, self.kind, self.name)
    }
}

fn facts() -> Vec<Fact> {
    serde_json::from_str(include_str!("../endpoints.json")).unwrap()
}

/// How typed endpoints depart from the table.
fn departures<'a>(typed: impl Iterator<Item = &'a Endpoint>) -> Vec<String> {
    let facts: BTreeMap<String, Fact> = facts().into_iter().map(|fact| (fact.address(), fact)).collect();
    let mut departures = Vec::new();
    for endpoint in typed {
        let Some(fact) = facts.get(&endpoint.to_string()) else {
            departures.push(format!("{endpoint} is not in endpoints.json"));
            continue;
        };
        let mut ours: Vec<&str> = endpoint.parameters.iter().map(|parameter| parameter.name).collect();
        let mut theirs: Vec<&str> = fact.params.iter().map(|name| name.trim_end_matches('?')).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        if ours != theirs {
            departures.push(format!("{endpoint} takes {ours:?} here, and {theirs:?} there"));
        }
        for mandatory in fact.params.iter().filter(|name| !name.ends_with('?')) {
            let required =
                endpoint.parameters.iter().any(|parameter| parameter.name == mandatory && parameter.required);
            if !required {
                departures.push(format!("{endpoint} can be called without `{mandatory}`"));
            }
        }
    }
    departures
}

#[test]
fn what_is_typed_by_hand_is_what_zap_has() {
    assert_eq!(departures(endpoints()), Vec::<String>::new());
    assert!(endpoints().all(|endpoint| !endpoint.generated));
}

#[test]
fn no_endpoint_is_in_the_table_twice() {
    let mut addresses: Vec<String> = facts().iter().map(Fact::address).collect();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), all);
}

#[cfg(feature = "all-endpoints")]
#[path = "coverage/evidence.rs"]
mod evidence;

#[cfg(feature = "all-endpoints")]
mod all {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::path::Path;

    use dast_zap_client::generated_endpoints;

    use super::evidence::{Evidence, Proof};
    use super::*;

    /// Endpoints that have no method, and why.
    const EXCEPTIONS: [(&str, &str); 1] = [(
        "break/pconn/waitForHttpBreak",
        "a connection that stays open: for user interfaces, not for a call",
    )];

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum State {
        ByHand,
        Generated,
        Deprecated,
        Exception(&'static str),
    }

    /// Each endpoint of ZAP with what became of it.
    fn states() -> Vec<(Fact, State)> {
        let by_hand: BTreeSet<String> = endpoints().map(ToString::to_string).collect();
        let generated: BTreeSet<String> = generated_endpoints().map(ToString::to_string).collect();
        let state = |fact: &Fact| {
            let address = fact.address();
            if by_hand.contains(&address) {
                State::ByHand
            } else if generated.contains(&address) {
                State::Generated
            } else if let Some((_, reason)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == address) {
                State::Exception(reason)
            } else if fact.deprecated {
                State::Deprecated
            } else {
                panic!("{address} has no method: `cargo xtask generated` makes one")
            }
        };
        let mut all: Vec<(Fact, State)> = facts()
            .into_iter()
            .map(|fact| {
                let state = state(&fact);
                (fact, state)
            })
            .collect();
        all.sort_by_key(|(fact, _)| fact.address());
        all
    }

    #[test]
    fn what_is_generated_is_what_zap_has() {
        assert_eq!(departures(generated_endpoints()), Vec::<String>::new());
        assert!(generated_endpoints().all(|endpoint| endpoint.generated));
    }

    #[test]
    fn nothing_is_typed_by_hand_and_generated() {
        let by_hand: BTreeSet<String> = endpoints().map(ToString::to_string).collect();
        let twice: Vec<String> =
            generated_endpoints().map(ToString::to_string).filter(|name| by_hand.contains(name)).collect();
        assert_eq!(twice, Vec::<String>::new(), "`cargo xtask generated` forgets them");
    }

    #[test]
    fn every_endpoint_has_a_method_or_a_reason() {
        let states = states();
        for (exception, _) in EXCEPTIONS {
            let found = states.iter().find(|(fact, _)| fact.address() == exception).unwrap();
            assert!(matches!(found.1, State::Exception(_)), "{exception} is no exception any more");
        }
        assert!(states.iter().all(|(fact, state)| *state != State::Deprecated || fact.deprecated));
    }

    #[test]
    fn what_was_called_on_a_real_zap_is_what_is_typed() {
        let proof = Proof::gather();
        let typed: BTreeSet<String> =
            endpoints().chain(generated_endpoints()).map(ToString::to_string).collect();
        assert_eq!(
            proof.addresses().filter(|address| !typed.contains(*address)).collect::<Vec<_>>(),
            [""; 0]
        );
    }

    #[test]
    fn the_document_says_what_is_there() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/zap-coverage.md");
        let fresh = document(&states(), &Proof::gather());
        if std::env::var_os("WRITE_ZAP_COVERAGE").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == fresh, "docs/zap-coverage.md is out of date: `cargo xtask generated` writes it");
    }

    fn document(states: &[(Fact, State)], proof: &Proof) -> String {
        let mut components: BTreeMap<&str, Vec<&(Fact, State)>> = BTreeMap::new();
        for entry in states {
            components.entry(&entry.0.component).or_default().push(entry);
        }
        let mut text = "# Which endpoints of ZAP have a method\n\n\
            `cargo xtask generated` writes this page. It compares `dast-zap-client` with the endpoints of ZAP 2.17.0 and \
            its add-ons,\nwhich crates/dast-zap-client/endpoints.json lists. Methods that are generated need the feature \
            `all-endpoints`.\nDeprecated endpoints have none, and are called with `ZapClient::raw`.\n\n\
            What shows that a method works:\n\n\
            - live: the contract suite, lab/tests/contract.rs, called it on the real ZAP of the lab, and the reply was \
            decoded.\n  The rules of `ascan` and `pscan` are the lab's own there, their API is ZAP's.\n\
            - recorded: not that, but a reply that a real ZAP sent once is decoded in a test.\n\
            - neither: nothing but the table of endpoints. The lab's ZAP has not every add-on.\n\n\
            | component | add-on | endpoints | by hand | live | recorded | neither | generated | live | deprecated | none |\n\
            |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
        for (component, entries) in &components {
            row(&mut text, component, &entries[0].0.addon, entries, proof);
        }
        row(&mut text, "**all**", "", &states.iter().collect::<Vec<_>>(), proof);
        for (component, entries) in &components {
            write!(text, "\n## {component}\n\n").unwrap();
            for (title, wanted, evidence) in [
                ("By hand, live", State::ByHand, Some(Evidence::Live)),
                ("By hand, recorded", State::ByHand, Some(Evidence::Recorded)),
                ("By hand, neither", State::ByHand, Some(Evidence::Neither)),
                ("Generated, live", State::Generated, Some(Evidence::Live)),
                ("Generated, not called", State::Generated, Some(Evidence::Neither)),
                ("Deprecated", State::Deprecated, None),
            ] {
                let shown = |fact: &Fact| evidence.is_none_or(|wanted| proof.of(&fact.address()) == wanted);
                let names: Vec<String> = entries
                    .iter()
                    .filter(|(fact, state)| *state == wanted && shown(fact))
                    .map(|(fact, _)| {
                        format!("`{}/{}`{}", fact.kind, fact.name, proof.refusal(&fact.address()))
                    })
                    .collect();
                if !names.is_empty() {
                    writeln!(text, "- {title}: {}", names.join(", ")).unwrap();
                }
            }
            for (fact, state) in entries {
                if let State::Exception(reason) = state {
                    writeln!(text, "- None: `{}/{}`, {reason}", fact.kind, fact.name).unwrap();
                }
            }
        }
        text
    }

    fn row(text: &mut String, component: &str, addon: &str, entries: &[&(Fact, State)], proof: &Proof) {
        let count = |wanted: fn(&State) -> bool| entries.iter().filter(|(_, state)| wanted(state)).count();
        let shown = |wanted: State, evidence: Evidence| {
            let is =
                |(fact, state): &&&(Fact, State)| *state == wanted && proof.of(&fact.address()) == evidence;
            entries.iter().filter(is).count()
        };
        writeln!(
            text,
            "| {component} | {addon} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            entries.len(),
            count(|state| *state == State::ByHand),
            shown(State::ByHand, Evidence::Live),
            shown(State::ByHand, Evidence::Recorded),
            shown(State::ByHand, Evidence::Neither),
            count(|state| *state == State::Generated),
            shown(State::Generated, Evidence::Live),
            count(|state| *state == State::Deprecated),
            count(|state| matches!(state, State::Exception(_))),
        )
        .unwrap();
    }
}
