//! What ZAP can be asked, as facts: endpoints with their parameters.

use std::borrow::Cow;
use std::fmt;

/// The three kinds of endpoints that ZAP has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Reads, and changes nothing. Only these are tried again by themselves.
    View,
    /// Changes something.
    Action,
    /// Answers with something else than JSON, such as a report or a file.
    Other,
}

impl Kind {
    /// The word that stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Action => "action",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An endpoint that this client has typed.
///
/// ```
/// use dast_zap_client::{Kind, endpoints};
///
/// let scan = endpoints().find(|endpoint| endpoint.to_string() == "spider/action/scan").unwrap();
/// assert_eq!(scan.kind, Kind::Action);
/// assert!(scan.parameters.iter().any(|parameter| parameter.name == "maxChildren" && !parameter.required));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The component, such as `spider`.
    pub component: &'static str,
    /// What it does.
    pub kind: Kind,
    /// Its name, such as `scan`.
    pub name: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// Whether it was generated from a table of facts, not written by hand.
    pub generated: bool,
}

/// A parameter of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether this client always sends it.
    pub required: bool,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.component, self.kind, self.name)
    }
}

/// Which endpoint was called: what errors name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EndpointName {
    pub(crate) component: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) name: Cow<'static, str>,
}

impl EndpointName {
    pub(crate) const fn fixed(component: &'static str, kind: Kind, name: &'static str) -> Self {
        Self { component: Cow::Borrowed(component), kind, name: Cow::Borrowed(name) }
    }

    /// The component, such as `spider`.
    pub fn component(&self) -> &str {
        &self.component
    }

    /// What it does.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name, such as `scan`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.component, self.kind, self.name)
    }
}

/// Declares a handler with the endpoints of a component.
///
/// ```text
/// endpoints! {
///     /// The handler.
///     pub struct Spider("spider");
///
///     /// What it does.
///     action "scan" scan(url: &Url = "url") -> SpiderScanId as "scan" => StartSpider {
///         /// An optional parameter.
///         recurse: bool = "recurse",
///     };
///     view "status" status(scan: SpiderScanId = "scanId") -> u8 as "status";
///     action "setOptionMaxDuration" set_max_duration(limit: Duration as minutes = "Integer");
/// }
/// ```
///
/// `-> Type as "key"` reads the value under that key of the reply, `-> Type` alone the whole reply; an action without
/// a type answers `{"Result":"OK"}`; `other` endpoints answer with bytes. `as minutes` and `as "key" in minutes` say
/// in which unit a `Duration` travels.
///
/// `pub struct` makes the handler, and its endpoints are written by hand; `impl Spider("spider")` adds endpoints that
/// were generated.
macro_rules! endpoints {
    (
        $(#[$handler_meta:meta])*
        pub struct $Handler:ident($component:literal);
        $($endpoints:tt)*
    ) => {
        $(#[$handler_meta])*
        #[derive(Debug, Clone)]
        pub struct $Handler {
            pub(crate) client: $crate::ZapClient,
        }

        impl $Handler {
            pub(crate) fn new(client: $crate::ZapClient) -> Self {
                Self { client }
            }
        }

        $crate::endpoint::endpoints! {
            @list $Handler $component ENDPOINTS false
            #[doc = "The endpoints of this handler that are written by hand, as facts."]
            $($endpoints)*
        }
    };
    (impl $Handler:ident($component:literal); $($endpoints:tt)*) => {
        $crate::endpoint::endpoints! {
            @list $Handler $component GENERATED true
            #[doc = "The endpoints of this handler that are generated, as facts."]
            $($endpoints)*
        }
    };
    (
        @list $Handler:ident $component:literal $LIST:ident $generated:literal
        #[doc = $doc:literal]
        $(
            $(#[$meta:meta])*
            $kind:ident $name:literal $function:ident(
                $($arg:ident: $arg_type:ty $(as $arg_unit:ident)? = $arg_name:literal),* $(,)?
            )
            $(-> $reply:ty $(as $key:literal $(in $unit:ident)?)?)?
            $(=> $Builder:ident {
                $($(#[$option_meta:meta])* $option:ident: $option_type:ty $(as $option_unit:ident)? = $option_name:literal),*
                $(,)?
            })?;
        )*
    ) => {
        impl $Handler {
            #[doc = $doc]
            pub const $LIST: &'static [$crate::Endpoint] = &[$(
                $crate::Endpoint {
                    component: $component,
                    kind: $crate::endpoint::kind!($kind),
                    name: $name,
                    parameters: &[
                        $($crate::Parameter { name: $arg_name, required: true },)*
                        $($($crate::Parameter { name: $option_name, required: false },)*)?
                    ],
                    generated: $generated,
                },
            )*];

            $($crate::endpoint::function! {
                $(#[$meta])*
                $function [$component, $kind, $name]
                ($($arg: $arg_type [$($arg_unit)?] = $arg_name,)*)
                [$($reply $(, $key $(, $unit)?)?)?]
                [$($Builder)?]
            })*
        }

        $($crate::endpoint::builder! {
            [$($Builder)?] $Handler $function $kind
            [$($reply $(, $key $(, $unit)?)?)?]
            {$($($(#[$option_meta])* $option: $option_type [$($option_unit)?] = $option_name,)*)?}
        })*
    };
}

/// The method that begins a request: with a builder of its own where there are options.
macro_rules! function {
    (
        $(#[$meta:meta])*
        $function:ident [$component:literal, $kind:ident, $name:literal]
        ($($arg:ident: $arg_type:ty [$($arg_unit:ident)?] = $arg_name:literal,)*)
        [$($reply:tt)*]
        []
    ) => {
        $(#[$meta])*
        pub fn $function(&self, $($arg: $arg_type),*) -> $crate::Request<$crate::endpoint::value!($kind $($reply)*)> {
            $crate::Request::new(
                &self.client,
                $crate::EndpointName::fixed($component, $crate::endpoint::kind!($kind), $name),
                $crate::endpoint::shape!($kind $($reply)*),
            )
            $(.with($arg_name, $crate::endpoint::encode!($arg $(, $arg_unit)?)))*
        }
    };
    (
        $(#[$meta:meta])*
        $function:ident [$component:literal, $kind:ident, $name:literal]
        ($($arg:ident: $arg_type:ty [$($arg_unit:ident)?] = $arg_name:literal,)*)
        [$($reply:tt)*]
        [$Builder:ident]
    ) => {
        $(#[$meta])*
        pub fn $function(&self, $($arg: $arg_type),*) -> $Builder {
            $Builder($crate::Request::new(
                &self.client,
                $crate::EndpointName::fixed($component, $crate::endpoint::kind!($kind), $name),
                $crate::endpoint::shape!($kind $($reply)*),
            )
            $(.with($arg_name, $crate::endpoint::encode!($arg $(, $arg_unit)?)))*)
        }
    };
}

/// A request with optional parameters, each a method.
macro_rules! builder {
    ([] $($rest:tt)*) => {};
    (
        [$Builder:ident] $Handler:ident $function:ident $kind:ident
        [$($reply:tt)*]
        {$($(#[$meta:meta])* $option:ident: $type:ty [$($unit:ident)?] = $name:literal,)*}
    ) => {
        #[doc = concat!("A request of [`", stringify!($Handler), "::", stringify!($function), "`] and its options.")]
        #[derive(Debug)]
        #[must_use = "a request does nothing until it is sent"]
        pub struct $Builder($crate::Request<$crate::endpoint::value!($kind $($reply)*)>);

        impl $Builder {
            $(
                $(#[$meta])*
                pub fn $option(self, $option: $type) -> Self {
                    Self(self.0.with($name, $crate::endpoint::encode!($option $(, $unit)?)))
                }
            )*

            /// Time for this call with its retries.
            pub fn deadline(self, deadline: ::std::time::Duration) -> Self {
                Self(self.0.deadline(deadline))
            }

            /// Which endpoint is asked.
            pub fn endpoint(&self) -> &$crate::EndpointName {
                self.0.endpoint()
            }

            /// Sends the request, and waits for the answer.
            ///
            /// # Errors
            /// See [`ZapError`](crate::ZapError).
            pub async fn send(self) -> Result<$crate::endpoint::value!($kind $($reply)*), $crate::ZapError> {
                self.0.send().await
            }
        }

        impl ::std::future::IntoFuture for $Builder {
            type Output = Result<$crate::endpoint::value!($kind $($reply)*), $crate::ZapError>;
            type IntoFuture =
                <$crate::Request<$crate::endpoint::value!($kind $($reply)*)> as ::std::future::IntoFuture>::IntoFuture;

            fn into_future(self) -> Self::IntoFuture {
                self.0.into_future()
            }
        }
    };
}

macro_rules! kind {
    (view) => {
        $crate::Kind::View
    };
    (action) => {
        $crate::Kind::Action
    };
    (other) => {
        $crate::Kind::Other
    };
}

/// What a call gives.
macro_rules! value {
    (other) => { ::std::vec::Vec<u8> };
    ($kind:ident) => { () };
    ($kind:ident $reply:ty $(, $key:literal $(, $unit:ident)?)?) => { $reply };
}

/// How its reply is read.
macro_rules! shape {
    (other) => {
        $crate::reply::Shape::bytes()
    };
    ($kind:ident) => {
        $crate::reply::Shape::done()
    };
    ($kind:ident $reply:ty) => {
        $crate::reply::Shape::whole()
    };
    ($kind:ident $reply:ty, $key:literal) => {
        $crate::reply::Shape::under($key)
    };
    ($kind:ident $reply:ty, $key:literal, $unit:ident) => {
        $crate::reply::Shape::converted::<$crate::units::$unit>($key)
    };
}

/// The text of a parameter.
macro_rules! encode {
    ($value:ident) => {
        $crate::parameter::Value::text(&$value)
    };
    ($value:ident, $unit:ident) => {
        $crate::parameter::Value::text(&$crate::units::$unit::from($value))
    };
}

pub(crate) use {builder, encode, endpoints, function, kind, shape, value};
