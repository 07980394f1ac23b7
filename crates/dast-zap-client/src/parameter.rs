//! Values as ZAP takes them: always text.
//!
//! ZAP turns a number or a truth value that it cannot read into its default, without a word. So there is no way to send
//! one that was not typed.

use url::Url;

/// What can be sent as a parameter.
pub(crate) trait Value {
    fn text(&self) -> String;
}

impl Value for str {
    fn text(&self) -> String {
        self.to_owned()
    }
}

impl Value for Url {
    fn text(&self) -> String {
        self.as_str().to_owned()
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn text(&self) -> String {
        (**self).text()
    }
}

/// Lists are joined by commas. No element of ours has one: they are ids.
impl<T: Value> Value for [T] {
    fn text(&self) -> String {
        self.iter().map(Value::text).collect::<Vec<_>>().join(",")
    }
}

macro_rules! displayed {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

displayed!(bool, i32, u8, u16, u32, u64, usize);
