//! Words that ZAP uses, of which a later version may know more.

/// Declares an enum of ZAP's words. One that is not known survives in `Unknown`, and is written as it was read.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident {
            $($(#[$variant_meta:meta])* $Variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $Name {
            $($(#[$variant_meta])* $Variant,)*
            /// A word that this client does not know.
            Unknown(String),
        }

        impl $Name {
            /// The word that ZAP uses.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$Variant => $word,)*
                    Self::Unknown(word) => word,
                }
            }
        }

        /// Takes any word: those that are not known become `Unknown`.
        impl From<&str> for $Name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$Variant,)*
                    _ => Self::Unknown(word.to_owned()),
                }
            }
        }

        impl ::std::fmt::Display for $Name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::parameter::Value for $Name {
            fn text(&self) -> String {
                self.as_str().to_owned()
            }
        }

        impl $crate::wire::Wire for $Name {
            fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok($crate::wire::text(deserializer)?.as_ref().into())
            }
        }
    };
}

pub(crate) use open_enum;
