//! Which ZAP it is, with which add-ons.

use dast_policy::Engine;
use dast_zap_client::{ZapClient, ZapError};
use sha2::{Digest, Sha256};

use super::profile::ZapProfile;

/// Add-ons whose versions say which rules ran.
const RULES: [&str; 6] =
    ["ascanrules", "ascanrulesBeta", "ascanrulesAlpha", "pscanrules", "pscanrulesBeta", "pscanrulesAlpha"];

/// Which ZAP it is, with which add-ons.
#[derive(Debug, Clone)]
pub(super) struct Version {
    zap: String,
    rule_set: String,
}

impl Version {
    /// That of a ZAP that nobody asked yet.
    pub(super) fn unknown() -> Self {
        Self { zap: String::new(), rule_set: String::new() }
    }

    /// That of the ZAP that answers.
    pub(super) async fn of(client: &ZapClient) -> Result<Self, ZapError> {
        let zap = client.probe().await?;
        let mut addons: Vec<(String, String)> = Vec::new();
        for addon in client.autoupdate().installed_addons().send().await? {
            addons.push((addon.id, addon.version));
        }
        addons.sort();
        Ok(Self { zap, rule_set: rule_set(&addons) })
    }

    pub(super) fn engine(&self, profile: &ZapProfile) -> Engine {
        Engine {
            name: "zap".to_owned(),
            version: self.zap.clone(),
            rule_set: self.rule_set.clone(),
            passive: profile.is_passive(),
        }
    }
}

/// The add-ons with rules by name, and a hash over all of them: any may change what is found.
fn rule_set(addons: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    let mut parts = Vec::new();
    for (id, version) in addons {
        hash.update(format!("{id} {version}\n"));
        if RULES.contains(&id.as_str()) {
            parts.push(format!("{id} {version}"));
        }
    }
    let hash: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    parts.push(format!("{} add-ons ({hash})", addons.len()));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_other_add_on_or_version_is_another_rule_set() {
        let addons = |list: &[(&str, &str)]| {
            let owned: Vec<_> =
                list.iter().map(|(id, version)| ((*id).to_owned(), (*version).to_owned())).collect();
            rule_set(&owned)
        };
        let one = addons(&[("ascanrules", "70.0.0"), ("network", "0.25.0")]);
        assert!(one.starts_with("ascanrules 70.0.0, 2 add-ons ("), "{one}");
        assert_ne!(one, addons(&[("ascanrules", "70.0.0"), ("network", "0.26.0")]));
        assert_ne!(one, addons(&[("ascanrules", "70.0.0")]));
    }
}
