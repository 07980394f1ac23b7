//! Methods for the endpoints of ZAP that nobody types by hand, from crates/dast-zap-client/endpoints.json.
//!
//! A line of that table is an endpoint: the names of its parameters, with `?` where ZAP can do without, and where the
//! reply is known the key and the type of its value. An action without a reply answers `OK`. Which endpoints are
//! typed by hand is asked of the crate itself.

mod names;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use names::{handler, module, pascal};

/// Where the files are written.
pub(crate) const FOLDER: &str = "crates/dast-zap-client/src/generated";

const TABLE: &str = "crates/dast-zap-client/endpoints.json";

/// Lines of a file, at most: what `cargo xtask fences` wants of all files.
const MOST_LINES: usize = 400;

/// Columns of a line, at most: as in rustfmt.toml.
const MOST_COLUMNS: usize = 110;

/// A line of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    component: String,
    addon: String,
    kind: String,
    name: String,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    params: Vec<String>,
    reply: Option<Reply>,
}

/// What ZAP answers: the whole reply where there is no key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    key: Option<String>,
    #[serde(rename = "type")]
    kind: types::Reply,
}

/// The files, by their paths from the root, with their texts.
pub(crate) fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let table = fs::read_to_string(root.join(TABLE)).with_context(|| format!("could not read {TABLE}"))?;
    let table: Vec<Endpoint> =
        serde_json::from_str(&table).with_context(|| format!("could not understand {TABLE}"))?;
    let by_hand: BTreeSet<String> = dast_zap_client::endpoints().map(ToString::to_string).collect();
    // A component with a handler of its own may have no endpoint in the list yet, so handlers are known by name.
    let mut components: BTreeMap<&str, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in &table {
        let name = format!("{}/{}/{}", endpoint.component, endpoint.kind, endpoint.name);
        // The client has no way to hold a persistent connection open.
        if !endpoint.deprecated && endpoint.kind != "pconn" && !by_hand.contains(&name) {
            components.entry(&endpoint.component).or_default().push(endpoint);
        }
    }
    let mut files = BTreeMap::new();
    for (component, endpoints) in &components {
        let folder = if names::has_handler(component) { "more/" } else { "" };
        let path = format!("{FOLDER}/{folder}{}.rs", module(component));
        let text = file(component, endpoints)?;
        let lines = text.lines().count();
        ensure!(lines <= MOST_LINES, "{path} would have {lines} lines, and {MOST_LINES} are the most");
        files.insert(path, text);
    }
    files.insert(format!("{FOLDER}/mod.rs"), index(&components));
    Ok(files)
}

/// The file of a component.
fn file(component: &str, endpoints: &[&Endpoint]) -> Result<String> {
    let handler = handler(component);
    let mut methods = String::new();
    let mut taken = BTreeSet::new();
    for endpoint in endpoints {
        let method = names::method(component, &endpoint.name);
        ensure!(taken.insert(method.clone()), "{component} has two endpoints that become `{method}`");
        write!(methods, "\n{}", declaration(endpoint, &method)?)?;
    }
    let mut text = format!("//! `{component}`: written by `cargo xtask generated`.\n\n");
    for (word, import) in types::IMPORTS {
        if types::mentions(&methods, word) {
            writeln!(text, "use {import};\n")?;
        }
    }
    if names::has_handler(component) {
        writeln!(text, "use crate::api::{}::{handler};", module(component))?;
    }
    writeln!(text, "use crate::endpoint::endpoints;")?;
    let ids = types::ids(&methods);
    match ids.as_slice() {
        [] => {}
        [id] => writeln!(text, "use crate::id::{id};")?,
        ids => writeln!(text, "use crate::id::{{{}}};", ids.join(", "))?,
    }
    if !names::has_handler(component) {
        let addon = endpoints.first().map_or("core", |endpoint| endpoint.addon.as_str());
        let whose = if addon == "core" { "ZAP itself".to_owned() } else { format!("the add-on `{addon}`") };
        let example = example(component, endpoints)?;
        write!(
            text,
            "\nendpoints! {{\n    /// The component `{component}` of {whose}.\n{example}    pub struct {handler}(\"{component}\");\n}}\n"
        )?;
    }
    write!(text, "\nendpoints! {{\n    impl {handler}(\"{component}\");\n{methods}}}\n")?;
    Ok(text)
}

/// How a handler is used: by the endpoint that takes the least, and rather by a view than by an action.
fn example(component: &str, endpoints: &[&Endpoint]) -> Result<String> {
    let required = |endpoint: &Endpoint| -> Vec<String> {
        endpoint.params.iter().filter(|name| !name.ends_with('?')).cloned().collect()
    };
    let easy = endpoints.iter().min_by_key(|endpoint| (required(endpoint).len(), endpoint.kind != "view"));
    let easy = easy.with_context(|| format!("{component} has no endpoint"))?;
    let arguments = required(easy)
        .iter()
        .map(|wire| types::parameter(component, &easy.name, wire).and_then(types::sample))
        .collect::<Option<Vec<_>>>()
        .with_context(|| format!("no example of the parameters of {component}/{}", easy.name))?;
    let method = names::method(component, &easy.name);
    let call = format!("zap.{}().{method}({}).send().await?", module(component), arguments.join(", "));
    let line = match (easy.kind.as_str(), &easy.reply) {
        ("action", None) => format!("{call};"),
        _ => format!("println!(\"{{:?}}\", {call});"),
    };
    Ok(format!(
        "    ///\n    /// ```no_run\n    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), \
         dast_zap_client::ZapError> {{\n    /// {line}\n    /// # Ok(()) }}\n    /// ```\n"
    ))
}

/// A method as the macro `endpoints!` takes it.
fn declaration(endpoint: &Endpoint, method: &str) -> Result<String> {
    let Endpoint { component, kind, name, .. } = endpoint;
    let mut required = Vec::new();
    let mut optional = String::new();
    for parameter in &endpoint.params {
        let wire = parameter.trim_end_matches('?');
        let kind = types::parameter(component, name, wire)
            .with_context(|| format!("the parameter `{wire}` of {component}/{name} has no type"))?;
        let declared = format!("{}: {kind} = \"{wire}\"", names::argument(wire));
        if wire == parameter {
            required.push(declared);
        } else {
            writeln!(optional, "        /// Sends `{wire}`.\n        {declared},")?;
        }
    }
    let mut text = format!("    /// {}\n", sentence(endpoint));
    let reply = match (kind.as_str(), &endpoint.reply) {
        ("other", _) | ("action", None) => String::new(),
        ("view", None) => " -> Value".to_owned(),
        (_, Some(Reply { key: Some(key), kind })) => format!(" -> {} as \"{key}\"", kind.rust()),
        (_, Some(Reply { key: None, kind })) => format!(" -> {}", kind.rust()),
        (kind, None) => bail!("`{kind}` is neither view, action nor other"),
    };
    let end = if optional.is_empty() {
        ";\n".to_owned()
    } else {
        format!(" => {}Request {{\n{optional}    }};\n", pascal(method))
    };
    let line = format!("    {kind} \"{name}\" {method}({}){reply}{end}", required.join(", "));
    if !required.is_empty() && line.lines().next().is_some_and(|line| line.chars().count() > MOST_COLUMNS) {
        let required = required.join(",\n        ");
        write!(text, "    {kind} \"{name}\" {method}(\n        {required},\n    ){reply}{end}")?;
    } else {
        text.push_str(&line);
    }
    Ok(text)
}

/// What is known of the endpoint, in a sentence.
fn sentence(endpoint: &Endpoint) -> String {
    let Endpoint { component, kind, name, .. } = endpoint;
    let address = format!("{component}/{kind}/{name}");
    let answer = match (kind.as_str(), &endpoint.reply) {
        ("other", _) => "answers with bytes".to_owned(),
        ("action", None) => "answers with `OK`".to_owned(),
        (_, Some(Reply { key: Some(key), kind })) => format!("answers with {} under `{key}`", kind.words()),
        _ => "the whole answer is given as JSON".to_owned(),
    };
    if let Some(option) = name.strip_prefix("setOption").filter(|_| kind == "action") {
        format!("Sets the option `{option}`.")
    } else if let Some(option) = name.strip_prefix("option").filter(|_| kind == "view") {
        let kind = endpoint.reply.as_ref().map_or("JSON", |reply| reply.kind.words());
        format!("The option `{option}`: {kind}.")
    } else {
        format!("`{address}`: {answer}.").replacen(": answers", " answers", 1)
    }
}

/// The file that lists the others.
fn index(components: &BTreeMap<&str, Vec<&Endpoint>>) -> String {
    let (more, own): (Vec<&str>, Vec<&str>) = components.keys().partition(|name| names::has_handler(name));
    let mut text =
        "//! Endpoints that nobody typed by hand: written by `cargo xtask generated`.\n\n".to_owned();
    for name in sorted(&own) {
        text += &format!("pub mod {name};\n");
    }
    text += "\n/// Methods that were generated for handlers that are written by hand, and their requests.\npub mod more {\n";
    for name in sorted(&more) {
        text += &format!("    pub mod {name};\n");
    }
    text += "}\n\nuse crate::client::ZapClient;\nuse crate::endpoint::Endpoint;\n\nimpl ZapClient {\n";
    let accessors = own.iter().map(|component| {
        let (module, handler) = (module(component), handler(component));
        format!(
            "    /// The component `{component}`.\n    pub fn {module}(&self) -> {module}::{handler} {{\n        \
             {module}::{handler}::new(self.clone())\n    }}\n"
        )
    });
    text += &accessors.collect::<Vec<_>>().join("\n");
    text += "}\n\n/// The endpoints that are generated, as facts.\n\
             pub fn generated_endpoints() -> impl Iterator<Item = &'static Endpoint> {\n    let all = [\n";
    for component in &own {
        text += &format!("        {}::{}::GENERATED,\n", module(component), handler(component));
    }
    for component in &more {
        text += &format!("        crate::api::{}::{}::GENERATED,\n", module(component), handler(component));
    }
    text += "    ];\n    all.into_iter().flatten()\n}\n";
    text
}

/// The modules of components, as rustfmt sorts them.
fn sorted(components: &[&str]) -> BTreeSet<String> {
    components.iter().map(|component| module(component)).collect()
}

#[cfg(test)]
mod tests {
    use super::names::snake;
    use super::*;

    fn declared(line: &str) -> Result<String> {
        let endpoint: Endpoint = serde_json::from_str(line).unwrap();
        declaration(&endpoint, &snake(&endpoint.name))
    }

    #[test]
    fn required_parameters_are_positional_and_others_have_names() {
        let line =
            r#"{"component":"a","addon":"core","kind":"action","name":"doIt","params":["contextId","url?"]}"#;
        assert_eq!(
            declared(line).unwrap(),
            "    /// `a/action/doIt` answers with `OK`.\n    action \"doIt\" do_it(context_id: ContextId = \"contextId\") \
             => DoItRequest {\n        /// Sends `url`.\n        url: &str = \"url\",\n    };\n"
        );
    }

    #[test]
    fn an_option_has_the_type_of_its_reply() {
        let line = r#"{"component":"a","addon":"core","kind":"view","name":"optionOn","reply":{"key":"On","type":"boolean"}}"#;
        assert_eq!(
            declared(line).unwrap(),
            "    /// The option `On`: true or false.\n    view \"optionOn\" option_on() -> bool as \"On\";\n"
        );
    }

    #[test]
    fn a_parameter_of_unknown_type_is_an_error() {
        let line = r#"{"component":"a","addon":"core","kind":"action","name":"doIt","params":["brandNew"]}"#;
        let error = declared(line).unwrap_err().to_string();
        assert_eq!(error, "the parameter `brandNew` of a/doIt has no type");
    }
}
