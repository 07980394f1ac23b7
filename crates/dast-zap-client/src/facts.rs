//! What is known of endpoints besides what they take and give.

use std::time::Duration;

use crate::defaults;
use crate::endpoint::EndpointName;

impl EndpointName {
    /// Whether there may be passwords, tokens or cookies in its replies, so that nothing of them may be shown.
    pub(crate) fn tells_secrets(&self) -> bool {
        match self.component() {
            "authentication" | "exim" | "httpSessions" | "network" | "params" | "replacer" | "script"
            | "search" | "sessionManagement" | "users" => true,
            "core" => {
                ["message", "proxychain", "har"].iter().any(|word| self.name().to_lowercase().contains(word))
            }
            _ => false,
        }
    }

    /// Time for a call of it where nobody says otherwise. Some do not answer before all their work is done.
    pub(crate) fn deadline(&self) -> Duration {
        let takes_long = match (self.component(), self.name()) {
            ("openapi" | "graphql" | "soap" | "postman", name) => name.starts_with("import"),
            ("exim", _) | ("reports", "generate") => true,
            ("autoupdate", name) => {
                ["install", "update", "download"].iter().any(|verb| name.starts_with(verb))
            }
            ("core", name) => name.ends_with("report") || name.ends_with("Session") || name.contains("Har"),
            _ => false,
        };
        if takes_long { defaults::LONG_DEADLINE } else { defaults::DEADLINE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Kind;

    #[test]
    fn what_takes_long_and_what_is_secret_is_known_by_name() {
        for (component, kind, name, long, secret) in [
            ("openapi", Kind::Action, "importUrl", true, false),
            ("exim", Kind::Other, "exportHar", true, true),
            ("core", Kind::Other, "jsonreport", true, false),
            ("core", Kind::View, "message", false, true),
            ("core", Kind::View, "version", false, false),
            ("network", Kind::View, "getHttpProxy", false, true),
            ("users", Kind::View, "usersList", false, true),
            ("spider", Kind::Action, "scan", false, false),
        ] {
            let endpoint = EndpointName::fixed(component, kind, name);
            assert_eq!(endpoint.deadline() == defaults::LONG_DEADLINE, long, "{endpoint}");
            assert_eq!(endpoint.tells_secrets(), secret, "{endpoint}");
        }
    }
}
