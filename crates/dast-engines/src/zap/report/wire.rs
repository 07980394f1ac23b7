//! Reports as they stand in files. Every value is a text until it is known which field it belongs to.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A whole report, its two formats brought together.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) version: Option<Text>,
    pub(super) generated: Text,
    pub(super) created: Text,
    pub(super) sites: Option<Vec<SiteEntry>>,
    /// ZAP says that it broke off the scan.
    pub(super) stopped: bool,
    /// The errors of the automation plan that wrote the report.
    pub(super) plan_errors: usize,
}

#[derive(Debug)]
pub(super) struct SiteEntry {
    pub(super) name: Text,
    pub(super) host: Text,
    pub(super) port: Text,
    pub(super) ssl: Text,
    pub(super) alerts: Vec<AlertEntry>,
}

#[derive(Debug)]
pub(super) struct AlertEntry {
    pub(super) facts: Facts,
    pub(super) instances: Vec<Instance>,
}

/// A site with its alerts in the format's own kind of list.
#[derive(Deserialize)]
pub(super) struct Site<A> {
    #[serde(rename = "@name")]
    name: Text,
    #[serde(rename = "@host", default)]
    host: Text,
    #[serde(rename = "@port", default)]
    port: Text,
    #[serde(rename = "@ssl", default)]
    ssl: Text,
    /// Required: a site whose alerts go by another name is not one without alerts.
    alerts: A,
}

impl<A> Site<A> {
    pub(super) fn entry(self, alerts: impl FnOnce(A) -> Vec<AlertEntry>) -> SiteEntry {
        let Self { name, host, port, ssl, alerts: list } = self;
        SiteEntry { name, host, port, ssl, alerts: alerts(list) }
    }
}

/// Declares an alert once for both kinds of lists; serde's own way to share fields copies them first.
macro_rules! alert {
    ($($(#[$attribute:meta])* $field:ident),* $(,)?) => {
        /// An alert with its instances in the format's own kind of list.
        #[derive(Deserialize)]
        #[serde(bound(deserialize = "I: Deserialize<'de> + Default"))]
        pub(super) struct Alert<I> {
            $($(#[$attribute])* $field: Text,)*
            /// Old reports have one instance instead, in the alert itself.
            uri: Option<Text>,
            #[serde(default)]
            method: Text,
            #[serde(default)]
            param: Text,
            #[serde(default)]
            attack: Text,
            #[serde(default)]
            evidence: Text,
            #[serde(default)]
            otherinfo: Text,
            #[serde(default)]
            instances: I,
        }

        /// What is the same for all instances of an alert.
        #[derive(Debug)]
        pub(super) struct Facts {
            $(pub(super) $field: Text,)*
        }

        impl<I> Alert<I> {
            pub(super) fn entry(self, instances: impl FnOnce(I) -> Vec<Instance>) -> AlertEntry {
                let mut instances = instances(self.instances);
                if let (true, Some(uri)) = (instances.is_empty(), self.uri) {
                    instances.push(Instance {
                        uri,
                        method: self.method,
                        param: self.param,
                        attack: self.attack,
                        evidence: self.evidence,
                        otherinfo: self.otherinfo,
                    });
                }
                AlertEntry { facts: Facts { $($field: self.$field,)* }, instances }
            }
        }
    };
}

alert! {
    pluginid,
    #[serde(rename = "alertRef", default)] alert_ref,
    #[serde(default)] alert,
    #[serde(default)] name,
    riskcode,
    confidence,
    #[serde(default)] desc,
    #[serde(default)] count,
    #[serde(default)] systemic,
    #[serde(default)] solution,
    #[serde(default)] reference,
    #[serde(default)] cweid,
    #[serde(default)] wascid,
}

#[derive(Debug, Deserialize)]
pub(super) struct Instance {
    pub(super) uri: Text,
    #[serde(default)]
    pub(super) method: Text,
    #[serde(default)]
    pub(super) param: Text,
    #[serde(default)]
    pub(super) attack: Text,
    #[serde(default)]
    pub(super) evidence: Text,
    #[serde(default)]
    pub(super) otherinfo: Text,
}

/// A text, a number, a truth value, or nothing: ZAP's library turns the text `null` into nothing, and tools that
/// rewrite reports turn texts into numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(Box<str>);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText)
    }
}

struct AnyText;

impl<'de> Visitor<'de> for AnyText {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.into()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string().into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string().into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string().into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
        Ok(Text(format!("{number:?}").into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }

    /// How the reader of XML presents an element.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let mut text = None;
        while let Some(key) = map.next_key::<Box<str>>()? {
            if &*key != "$text" || text.is_some() {
                return Err(A::Error::custom("expected a text, found something within it"));
            }
            text = Some(map.next_value()?);
        }
        Ok(Text(text.unwrap_or_default()))
    }
}
