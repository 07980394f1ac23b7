//! Words that ZAP writes as words, and takes as numbers.

/// Declares an enum of such words. A word that is not known survives in `Unknown`.
macro_rules! levels {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident {
            $($(#[$variant_meta:meta])* $Variant:ident = $word:literal, $number:literal;)*
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

        /// Takes ZAP's word or its number; what is not known becomes `Unknown`.
        impl From<&str> for $Name {
            fn from(word: &str) -> Self {
                match word {
                    $($word | $number => Self::$Variant,)*
                    _ => Self::Unknown(word.to_owned()),
                }
            }
        }

        impl ::std::fmt::Display for $Name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// The number, since ZAP takes no words here.
        impl $crate::parameter::Value for $Name {
            fn text(&self) -> String {
                match self {
                    $(Self::$Variant => $number.to_owned(),)*
                    Self::Unknown(word) => word.clone(),
                }
            }
        }

        impl $crate::wire::Wire for $Name {
            fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok($crate::wire::text(deserializer)?.as_ref().into())
            }
        }
    };
}

pub(crate) use levels;
