//! Alerts: what was found.

mod level;
mod stream;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

pub(crate) use level::levels;
pub use stream::AlertStream;

use crate::endpoint::endpoints;
use crate::id::{AlertId, MessageId, RuleId};
use crate::open_enum::open_enum;
use crate::wire::{plain, wire};

endpoints! {
    /// Alerts: what was found.
    ///
    /// [`Alerts::of`] gives all alerts of a site, however many there are.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{TryStreamExt, ZapClient};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let mut alerts = zap.alert().of(&"http://shop.test/".parse()?);
    /// while let Some(alert) = alerts.try_next().await? {
    ///     println!("{} {} {}", alert.risk, alert.name, alert.url);
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Alerts("alert");

    /// One alert.
    view "alert" alert(id: AlertId = "id") -> Alert as "alert";

    /// A page of the alerts whose address begins with `prefix`, as text: `http://svc` finds those of `http://svc-b`
    /// too. [`Alerts::of`] keeps sites apart.
    view "alerts" alerts(prefix: &str = "baseurl") -> Vec<Alert> as "alerts" => ListAlerts {
        /// The first to list, counted from 1; 0 means the first too.
        start: u32 = "start",
        /// How many to list, at most; 0 for all.
        count: u32 = "count",
        /// Only those of that risk.
        risk: Risk = "riskId",
        /// Only those in the context of that name.
        context_name: &str = "contextName",
        /// Whether false positives are listed too. ZAP before 2.17 lists them always.
        include_false_positives: bool = "falsePositive",
    };

    /// How many alerts have an address that begins with `prefix`, as text.
    view "numberOfAlerts" number_of_alerts(prefix: &str = "baseurl") -> u64 as "numberOfAlerts" => CountAlerts {
        /// Only those of that risk.
        risk: Risk = "riskId",
    };

    /// How many alerts of each risk have an address that begins with `prefix`, as text.
    view "alertsSummary" alerts_summary(prefix: &str = "baseurl") -> Summary as "alertsSummary";

    /// How many kinds of alerts, not alerts, of each risk there are.
    view "alertCountsByRisk" alert_counts_by_risk() -> Counts => CountAlertsByRisk {
        /// Only those of that address.
        url: &str = "url",
        /// Whether those below it count too.
        recurse: bool = "recurse",
    };

    /// Alerts by risk, then by name. ZAP leaves out what it has seen often enough: this is no complete list.
    view "alertsByRisk" alerts_by_risk() -> Vec<BTreeMap<String, Vec<BTreeMap<String, Vec<Instance>>>>> as "alertsByRisk"
        => ListAlertsByRisk {
        /// Only those of that address.
        url: &str = "url",
        /// Whether those below it are listed too.
        recurse: bool = "recurse",
    };

    /// Deletes an alert. An equal one may show up behind it, since ZAP lists equal alerts once.
    action "deleteAlert" delete_alert(id: AlertId = "id");

    /// Deletes alerts whose address begins with `prefix`, as text, and says how many. ZAP lists equal alerts once:
    /// behind those that are deleted others may show up, until it says 0. It fails where a message of an alert is gone,
    /// see [`Core::delete_site_node`](crate::core::Core::delete_site_node).
    action "deleteAlerts" delete_alerts(prefix: &str = "baseurl") -> u64 as "deleteAlerts" => DeleteAlerts {
        /// Only those in the context of that name.
        context_name: &str = "contextName",
        /// Only those of that risk.
        risk: Risk = "riskId",
    };

    /// Deletes all alerts.
    action "deleteAllAlerts" delete_all_alerts();

    /// Raises an alert by hand at a message.
    action "addAlert" add_alert(
        message: MessageId = "messageId", name: &str = "name", risk: Risk = "riskId",
        confidence: Confidence = "confidenceId", description: &str = "description",
    ) -> AlertId as "addAlert" => AddAlert {
        /// The parameter that it is about.
        param: &str = "param",
        /// The attack that showed it.
        attack: &str = "attack",
        /// Anything else.
        other_info: &str = "otherInfo",
        /// How to mend it.
        solution: &str = "solution",
        /// Where to read on: addresses, one a line.
        references: &str = "references",
        /// What shows it in the answer.
        evidence: &str = "evidence",
        /// The number of the weakness in the CWE.
        cwe_id: u32 = "cweId",
        /// The same in the threat classification of the WASC.
        wasc_id: u32 = "wascId",
    };

    /// Changes an alert. What is not given becomes empty.
    action "updateAlert" update_alert(
        id: AlertId = "id", name: &str = "name", risk: Risk = "riskId",
        confidence: Confidence = "confidenceId", description: &str = "description",
    ) => UpdateAlert {
        /// The parameter that it is about.
        param: &str = "param",
        /// The attack that showed it.
        attack: &str = "attack",
        /// Anything else.
        other_info: &str = "otherInfo",
        /// How to mend it.
        solution: &str = "solution",
        /// Where to read on: addresses, one a line.
        references: &str = "references",
        /// What shows it in the answer.
        evidence: &str = "evidence",
        /// The number of the weakness in the CWE.
        cwe_id: u32 = "cweId",
        /// The same in the threat classification of the WASC.
        wasc_id: u32 = "wascId",
    };

    /// Changes the risk of alerts.
    action "updateAlertsRisk" update_alerts_risk(ids: &[AlertId] = "ids", risk: Risk = "riskId");

    /// Changes the confidence of alerts.
    action "updateAlertsConfidence" update_alerts_confidence(
        ids: &[AlertId] = "ids", confidence: Confidence = "confidenceId",
    );
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Alert {
    /// Its id within the session.
    #[serde(deserialize_with = "wire")]
    pub id: AlertId,
    /// The rule that raised it; -1 if a person did.
    #[serde(rename = "pluginId", deserialize_with = "wire")]
    pub rule: RuleId,
    /// The rule and which of its findings, such as `10038-1`; nothing if a person raised it.
    #[serde(default, deserialize_with = "filled")]
    pub alert_ref: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// The same under its old key, which ZAP calls deprecated.
    #[serde(default, deserialize_with = "wire")]
    pub alert: String,
    /// How bad it is.
    #[serde(deserialize_with = "wire")]
    pub risk: Risk,
    /// How sure the rule is.
    #[serde(deserialize_with = "wire")]
    pub confidence: Confidence,
    /// Where it was found. It need not be a valid address: attacks stand in it.
    #[serde(deserialize_with = "wire")]
    pub url: String,
    /// Its node in the tree of sites, since ZAP 2.17.
    #[serde(default, deserialize_with = "wire")]
    pub node_name: Option<String>,
    /// The method of the request.
    #[serde(deserialize_with = "wire")]
    pub method: String,
    /// The parameter that it is about; empty if there is none.
    #[serde(deserialize_with = "wire")]
    pub param: String,
    /// The attack that showed it; empty if there was none.
    #[serde(deserialize_with = "wire")]
    pub attack: String,
    /// What shows it in the answer; empty if nothing does.
    #[serde(deserialize_with = "wire")]
    pub evidence: String,
    /// Where the attack was put, such as `querystring`; empty if there was none.
    #[serde(default, deserialize_with = "wire")]
    pub input_vector: String,
    /// What the rule looks for.
    #[serde(deserialize_with = "wire")]
    pub description: String,
    /// Anything else.
    #[serde(deserialize_with = "wire")]
    pub other: String,
    /// How to mend it.
    #[serde(deserialize_with = "wire")]
    pub solution: String,
    /// Where to read on: addresses, one a line.
    #[serde(deserialize_with = "wire")]
    pub reference: String,
    /// The number of the weakness in the CWE.
    #[serde(rename = "cweid", deserialize_with = "stated")]
    pub cwe_id: Option<u32>,
    /// The same in the threat classification of the WASC.
    #[serde(rename = "wascid", deserialize_with = "stated")]
    pub wasc_id: Option<u32>,
    /// Who raised it.
    #[serde(rename = "sourceid", deserialize_with = "wire")]
    pub source: Source,
    /// The message that shows it.
    #[serde(deserialize_with = "wire")]
    pub message_id: MessageId,
    /// The message in which it was found, or that it was made from.
    #[serde(default, deserialize_with = "wire")]
    pub source_message_id: Option<MessageId>,
    /// Marks such as `CWE-79` or `SYSTEMIC`, each with an address or nothing.
    #[serde(default, deserialize_with = "wire")]
    pub tags: BTreeMap<String, String>,
}

/// What [`Alerts::alerts_by_risk`] tells of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Instance {
    /// Its id within the session.
    #[serde(deserialize_with = "wire")]
    pub id: AlertId,
    /// Its name.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// How bad it is.
    #[serde(deserialize_with = "wire")]
    pub risk: Risk,
    /// How sure the rule is.
    #[serde(deserialize_with = "wire")]
    pub confidence: Confidence,
    /// Where it was found.
    #[serde(deserialize_with = "wire")]
    pub url: String,
    /// The parameter that it is about; empty if there is none.
    #[serde(deserialize_with = "wire")]
    pub param: String,
}

/// How many alerts there are of each risk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Summary {
    /// Of high risk.
    #[serde(deserialize_with = "wire")]
    pub high: u64,
    /// Of medium risk.
    #[serde(deserialize_with = "wire")]
    pub medium: u64,
    /// Of low risk.
    #[serde(deserialize_with = "wire")]
    pub low: u64,
    /// Of no risk.
    #[serde(deserialize_with = "wire")]
    pub informational: u64,
}

/// How many kinds of alerts there are of each risk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Counts {
    /// Of high risk.
    #[serde(deserialize_with = "wire")]
    pub high: u64,
    /// Of medium risk.
    #[serde(deserialize_with = "wire")]
    pub medium: u64,
    /// Of low risk.
    #[serde(deserialize_with = "wire")]
    pub low: u64,
    /// Of no risk.
    #[serde(deserialize_with = "wire")]
    pub informational: u64,
    /// Marked as false positives, of whatever risk.
    #[serde(rename = "False Positive", deserialize_with = "wire")]
    pub false_positive: u64,
}

plain!(Alert, Instance, Summary, Counts);

levels! {
    /// How bad an alert is.
    pub enum Risk {
        /// Good to know.
        Informational = "Informational", "0";
        /// A little.
        Low = "Low", "1";
        /// Rather.
        Medium = "Medium", "2";
        /// Very.
        High = "High", "3";
    }
}

levels! {
    /// How sure a rule is of an alert.
    pub enum Confidence {
        /// Someone says that it is none.
        FalsePositive = "False Positive", "0";
        /// A little.
        Low = "Low", "1";
        /// Rather.
        Medium = "Medium", "2";
        /// Very.
        High = "High", "3";
        /// Someone looked, and says that it is one.
        Confirmed = "Confirmed", "4";
    }
}

open_enum! {
    /// Who raised an alert.
    pub enum Source {
        /// Not known.
        Unstated = "0",
        /// The active scanner.
        Active = "1",
        /// A person.
        Manual = "2",
        /// The passive scanner.
        Passive = "3",
        /// Another tool.
        Tool = "4",
    }
}

/// A number of a classification: ZAP writes 0 or -1 for none.
pub(super) fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number: i64 = wire(deserializer)?;
    match number {
        -1 | 0 => Ok(None),
        number => u32::try_from(number).map(Some).map_err(|_| {
            serde::de::Error::custom(format_args!("`{number}` is no number of a classification"))
        }),
    }
}

/// Text that ZAP leaves empty for none.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = wire(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}
