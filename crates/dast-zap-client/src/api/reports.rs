//! Reports that ZAP writes.

use serde::Deserialize;

use crate::endpoint::endpoints;
use crate::wire::{plain, wire};

endpoints! {
    /// Reports that ZAP writes.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), dast_zap_client::ZapError> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let path = zap.reports().generate("The shop", "sarif-json").sites("http://shop.test").send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Reports("reports");

    /// Writes a report to a file on ZAP's disk, and gives its path.
    action "generate" generate(title: &str = "title", template: &str = "template") -> String as "generate" => Generate {
        /// How it looks: one of the themes of the template.
        theme: &str = "theme",
        /// What it says of itself.
        description: &str = "description",
        /// The contexts to report, by name, joined by `|`.
        contexts: &str = "contexts",
        /// The sites to report, joined by `|`.
        sites: &str = "sites",
        /// The sections of the template to write, joined by `|`.
        sections: &str = "sections",
        /// The confidences to report, such as `High|Confirmed`.
        included_confidences: &str = "includedConfidences",
        /// The risks to report, such as `Medium|High`.
        included_risks: &str = "includedRisks",
        /// The name of the file.
        report_file_name: &str = "reportFileName",
        /// The name of the file, with marks that ZAP fills in.
        report_file_name_pattern: &str = "reportFileNamePattern",
        /// The folder of the file.
        report_dir: &str = "reportDir",
        /// Whether it is shown on the machine that ZAP runs on.
        display: bool = "display",
    };

    /// The names of the templates.
    view "templates" templates() -> Vec<String> as "templates";
    /// A template.
    view "templateDetails" template(name: &str = "template") -> Template as "templateDetails";
}

/// A template of reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Template {
    /// What it is called, in ZAP's own language.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// The format of its reports, such as `HTML`.
    #[serde(deserialize_with = "wire")]
    pub format: String,
    /// Sections that can be left out.
    #[serde(deserialize_with = "wire")]
    pub sections: Vec<String>,
    /// How its reports can look.
    #[serde(deserialize_with = "wire")]
    pub themes: Vec<String>,
}

plain!(Template);
