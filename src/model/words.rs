//! Closed lists of words: enums that are written as one word in the store, config and on the wire.

/// A word that is not in the list it should come from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a {list}; one of: {known}")]
pub struct UnknownWord {
    /// What was found.
    pub word: String,
    /// The name of the list.
    pub list: &'static str,
    /// The words of the list, separated by commas.
    pub known: String,
}

/// Declares an enum whose variants each have exactly one word.
///
/// Gives it `ALL`, `as_str`, `Display`, `FromStr` and `TryFrom<String>`; the last is what
/// `#[sqlx(try_from = "String")]` reads a column with.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident: $list:literal {
            $($(#[$doc:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every word of the list, in the order in which it is declared.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::model::UnknownWord {
                        word: word.chars().take(40).collect(),
                        list: $list,
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::model::UnknownWord;

            fn try_from(word: String) -> Result<Self, Self::Error> {
                word.parse()
            }
        }
    };
}
