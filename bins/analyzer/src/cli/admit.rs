//! `admit` as it is typed.

use std::path::PathBuf;

use clap::{Args, ValueHint};

const EXAMPLES: &str = "\
Examples:
  kubectl get services,scantargets,ingresses,exemptions,thresholdpolicies,clusterthresholdpolicies \\
      -A -o yaml > cluster.yaml
  helm template web ./chart -n shop | dast-analyzer admit -n shop -f - --current cluster.yaml
      What the gate of that cluster would say of a release, with the evidence of now.
  dast-analyzer admit -f manifests/
      The same where everything is in the files.

Exit codes:
  0  every route would be let in
  1  one would be kept out or held back, because something is over a limit
  2  wrong usage, or a file, a policy or an annotation that cannot be read
  3  one would be kept out or held back, because nothing may be relied on";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct AdmitArgs {
    /// What is to be applied: a file, a folder, or `-` for standard input; YAML or JSON. May be given several times
    #[arg(long = "filename", short = 'f', required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,
    /// What is in the cluster, in the same forms. A route that is there, too, is an update: only what it exposes besides is
    /// judged
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) current: Vec<PathBuf>,
    /// Where objects are that do not say
    #[arg(long, short, value_name = "NAME", default_value = "default")]
    pub(crate) namespace: String,
    /// The configuration of the installation, for its policy and whose scanners it trusts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) configuration: Option<PathBuf>,
    /// The operator's own namespace
    #[arg(long, value_name = "NAME", default_value = "dast-system")]
    pub(crate) operator_namespace: String,
    /// Who applies it, as the API server knows them, for `exemptCreators` of cluster policies
    #[arg(long = "as", value_name = "USER")]
    pub(crate) as_user: Option<String>,
}
