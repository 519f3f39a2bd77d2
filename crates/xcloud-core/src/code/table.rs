//! The form of a table of codes.

/// Makes the enum of a table of codes and what can be asked of each of them.
///
/// A line is `/// documentation`, then `Variant "text" severity class;`, the class only where drift tells of the code.
/// A list that ends with `else Other` keeps what an older or newer xcloud wrote and this one does not know.
macro_rules! codes {
    (
        $(#[$about:meta])*
        $name:ident: $level:ident;
        $($(#[doc = $doc:literal])+ $code:ident $text:literal $severity:ident $($class:ident)?;)+
        $(else $(#[$other_about:meta])* $other:ident of $other_severity:ident)?
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        pub enum $name {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $code,)+
            $($(#[$other_about])* #[serde(untagged)] $other(String),)?
        }

        impl $name {
            /// Every code of the list.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// Returns the code as it is printed and recorded.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$code => $text,)+
                    $(Self::$other(text) => text,)?
                }
            }

            /// Returns how serious it is, unless whoever tells it says otherwise.
            #[must_use]
            pub fn severity(&self) -> $level {
                match self {
                    $(Self::$code => $level::$severity,)+
                    $(Self::$other(_) => $level::$other_severity,)?
                }
            }

            /// Returns what kind of difference it is to drift; `None` if it is none by itself.
            #[must_use]
            pub fn class(&self) -> Option<$crate::code::Class> {
                match self {
                    $(Self::$code => codes!(@class $($class)?),)+
                    $(Self::$other(_) => None,)?
                }
            }

            /// Returns the line of the reference: what happened and what to do.
            #[must_use]
            pub fn about(&self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($doc),+).trim_start(),)+
                    $(Self::$other(_) => "",)?
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// Codes are sorted by their text: what is told does not change its order when a list gets a new line.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
    };
    (@class) => { None };
    (@class $class:ident) => { Some($crate::code::Class::$class) };
}

pub(super) use codes;
