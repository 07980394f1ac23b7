//! How names on the wire become names in Rust.

/// Components whose handlers are written by hand, and what these are called.
const HANDLERS: [(&str, &str); 27] = [
    ("ajaxSpider", "AjaxSpider"),
    ("alert", "Alerts"),
    ("alertFilter", "AlertFilters"),
    ("ascan", "ActiveScanner"),
    ("authentication", "Authentication"),
    ("authorization", "Authorization"),
    ("automation", "Automation"),
    ("autoupdate", "Autoupdate"),
    ("clientSpider", "ClientSpider"),
    ("context", "Context"),
    ("core", "Core"),
    ("exim", "Exim"),
    ("forcedUser", "ForcedUser"),
    ("graphql", "GraphQl"),
    ("network", "Network"),
    ("openapi", "OpenApi"),
    ("postman", "Postman"),
    ("pscan", "PassiveScanner"),
    ("replacer", "Replacer"),
    ("reports", "Reports"),
    ("ruleConfig", "RuleConfig"),
    ("search", "Search"),
    ("sessionManagement", "SessionManagement"),
    ("soap", "Soap"),
    ("spider", "Spider"),
    ("stats", "Stats"),
    ("users", "Users"),
];

/// Methods that are not called as their endpoints are: a component, an endpoint, its method.
const METHODS: [(&str, &str, &str); 7] = [
    ("accessControl", "writeHTMLreport", "write_html_report"),
    ("break", "break", "set_break"),
    ("break", "continue", "resume"),
    ("network", "proxy.pac", "proxy_pac"),
    ("pnh", "fx_pnh.xpi", "firefox_add_on"),
    ("spider", "optionHandleODataParametersVisited", "option_handle_odata_parameters_visited"),
    ("spider", "setOptionHandleODataParametersVisited", "set_option_handle_odata_parameters_visited"),
];

/// Whether the component has a handler that is written by hand.
pub(super) fn has_handler(component: &str) -> bool {
    HANDLERS.iter().any(|(name, _)| *name == component)
}

pub(super) fn handler(component: &str) -> String {
    let by_hand = HANDLERS.iter().find(|(name, _)| *name == component);
    by_hand.map_or_else(|| pascal(&module(component)), |(_, handler)| (*handler).to_owned())
}

/// The module of a component, and the method that gives its handler.
pub(super) fn module(component: &str) -> String {
    match component {
        // A keyword of Rust.
        "break" => "breakpoints".to_owned(),
        "custompayloads" => "custom_payloads".to_owned(),
        other => snake(other),
    }
}

pub(super) fn method(component: &str, endpoint: &str) -> String {
    let exception = METHODS.iter().find(|(of, name, _)| *of == component && *name == endpoint);
    exception.map_or_else(|| snake(endpoint), |(_, _, method)| (*method).to_owned())
}

/// The name of an argument. Some parameters are keywords of Rust, or named after a type.
pub(super) fn argument(parameter: &str) -> String {
    match parameter {
        "Boolean" | "Integer" | "String" | "boolean" | "bool" | "string" => "value".to_owned(),
        "booleanInScope" => "in_scope".to_owned(),
        "type" => "kind".to_owned(),
        "use" => "enabled".to_owned(),
        "match" => "mode".to_owned(),
        other => snake(other),
    }
}

/// `setOptionMaxScansInUI` to `set_option_max_scans_in_ui`.
pub(super) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// `scan_as_user` to `ScanAsUser`.
pub(super) fn pascal(snake: &str) -> String {
    let words = snake.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        assert_eq!(snake("setOptionMaxScansInUI"), "set_option_max_scans_in_ui");
        assert_eq!(snake("optionSkipURLString"), "option_skip_url_string");
        assert_eq!(snake("addPkcs12ClientCertificate"), "add_pkcs12_client_certificate");
        assert_eq!(pascal("scan_as_user"), "ScanAsUser");
    }

    #[test]
    fn handlers_written_by_hand_are_those_of_the_client() {
        for endpoint in dast_zap_client::endpoints() {
            assert!(has_handler(endpoint.component), "{endpoint}");
        }
    }
}
