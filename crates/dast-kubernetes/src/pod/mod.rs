//! What all pods of ours have in common.

pub(crate) mod label;
pub(crate) mod network;
pub(crate) mod security;
pub(crate) mod zap;

/// A text for the environment or an argument of a container, which arrives as it is: `$(NAME)` would be replaced there
/// (<https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>).
pub(crate) fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a kubelet makes of a text, if every variable is there.
    fn expand(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let replaced = after.strip_prefix('(').and_then(|name| name.split_once(')'));
            rest = match (after.strip_prefix('$'), replaced) {
                (Some(after), _) => {
                    out.push('$');
                    after
                }
                (None, Some((_, after))) => {
                    out.push_str("REPLACED");
                    after
                }
                (None, None) => {
                    out.push('$');
                    after
                }
            };
        }
        out + rest
    }

    proptest! {
        #[test]
        fn a_literal_arrives_as_it_is(text in "[$()A-B]{0,20}|\\PC{0,20}") {
            prop_assert_eq!(expand(&literal(&text)), text);
        }
    }

    #[test]
    fn what_is_not_a_literal_would_be_replaced() {
        assert_eq!(expand("a$(B)$$c$d"), "aREPLACED$c$d");
    }
}
