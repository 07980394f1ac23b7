//! ZAP's own words for what is wrong.

use std::fmt;

macro_rules! codes {
    ($($(#[$meta:meta])* $Variant:ident = $word:literal,)*) => {
        /// ZAP's own words for what is wrong (`ApiException.Type`, in lower case). Words of later versions survive.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$meta])* $Variant,)*
            /// ZAP answered that the call failed, but not why.
            Unstated,
            /// A word that this client does not know.
            Unknown(String),
        }

        impl ErrorCode {
            /// The word that ZAP uses; empty if it used none.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$Variant => $word,)*
                    Self::Unstated => "",
                    Self::Unknown(word) => word,
                }
            }
        }

        impl From<&str> for ErrorCode {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$Variant,)*
                    "" => Self::Unstated,
                    _ => Self::Unknown(word.to_owned()),
                }
            }
        }
    };
}

codes! {
    /// No such format of replies.
    BadFormat = "bad_format",
    /// No such kind of endpoint.
    BadType = "bad_type",
    /// No such component: its add-on is not installed.
    NoImplementor = "no_implementor",
    /// No such action.
    BadAction = "bad_action",
    /// No such view.
    BadView = "bad_view",
    /// No such endpoint of kind `other`.
    BadOther = "bad_other",
    /// No such endpoint of kind `pconn`.
    BadPconn = "bad_pconn",
    /// Something broke inside ZAP.
    InternalError = "internal_error",
    /// A mandatory parameter is missing or empty.
    MissingParameter = "missing_parameter",
    /// The address is not in ZAP's tree of sites: visit it first.
    UrlNotFound = "url_not_found",
    /// No such message in the history.
    HrefNotFound = "href_not_found",
    /// Something runs already of which there can be one.
    ScanInProgress = "scan_in_progress",
    /// The API, or this part of it, is disabled.
    Disabled = "disabled",
    /// There is one of that name already.
    AlreadyExists = "already_exists",
    /// There is none of that id or name.
    DoesNotExist = "does_not_exist",
    /// A parameter has a value that ZAP does not take.
    IllegalParameter = "illegal_parameter",
    /// There is no such context.
    ContextNotFound = "context_not_found",
    /// The body of the request has a type that ZAP does not take.
    ContentTypeNotSupported = "content_type_not_supported",
    /// There is no such user.
    UserNotFound = "user_not_found",
    /// The address is not in the context.
    UrlNotInContext = "url_not_in_context",
    /// The API key is missing or wrong.
    BadApiKey = "bad_api_key",
    /// There is no such script.
    ScriptNotFound = "script_not_found",
    /// The script has another format.
    BadScriptFormat = "bad_script_format",
    /// A file or folder cannot be read or written.
    NoAccess = "no_access",
    /// ZAP's mode forbids it.
    ModeViolation = "mode_violation",
    /// Something that ZAP was given, or fetched, cannot be read.
    BadExternalData = "bad_external_data",
    /// It cannot be done now.
    BadState = "bad_state",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
