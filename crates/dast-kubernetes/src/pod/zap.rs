//! The container of a ZAP.

use dast_policy::ValueError;
use k8s_openapi::api::core::v1::{Container, EmptyDirVolumeSource, EnvVar, Volume, VolumeMount};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{literal, security};
use crate::configuration::Program;

/// The user of ZAP's own image, to which its files belong.
const USER: i64 = 1000;
/// Where ZAP keeps what it knows.
const HOME: &str = "/zap/home";
/// What may be written of sites and of temporary files. A site that answers without end must not fill the node.
const MOST_HOME: &str = "4Gi";
const MOST_TMP: &str = "1Gi";

/// The folder in which ZAP finds its key, as the file [`PROPERTIES`].
pub(crate) const KEY_FOLDER: &str = "/run/zap";
/// The file with `api.key=…`, as Java reads properties.
pub(crate) const PROPERTIES: &str = "zap.properties";
/// The volume with the key.
pub(crate) const KEY_VOLUME: &str = "key";

/// The least that makes ZAP's errors clear and lets it take definitions of APIs, without what only costs disk.
const SETTINGS: [&str; 4] = [
    "api.reportpermerrors=true",
    "api.incerrordetails=true",
    "api.filexfer=true",
    "database.recoverylog=false",
];

/// A ZAP that is to run in a container.
pub(crate) struct ZapContainer<'a> {
    pub(crate) name: &'a str,
    pub(crate) image: &'a str,
    /// The policy for pulling the image, and what it may use.
    pub(crate) program: &'a Program,
    /// Where it listens.
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    /// Whose requests it takes: settings of its API. If there are none, those of its own machine, by the name `zap` too.
    pub(crate) permitted: &'a [&'a str],
    /// What else is set, each as `name=value`.
    pub(crate) options: &'a [&'a str],
}

impl ZapContainer<'_> {
    /// The container. It needs [`volumes`] and one that is called [`KEY_VOLUME`].
    pub(crate) fn build(&self) -> Result<Container, ValueError> {
        let mount = |name: &str, path: &str, read_only: Option<bool>| VolumeMount {
            name: name.to_owned(),
            mount_path: path.to_owned(),
            read_only,
            ..VolumeMount::default()
        };
        Ok(Container {
            name: self.name.to_owned(),
            image: Some(self.image.to_owned()),
            image_pull_policy: Some(self.program.image_pull_policy.as_str().to_owned()),
            // ZAP's own image and the lab's have it on their path.
            command: Some(vec!["zap.sh".to_owned()]),
            args: Some(self.arguments()?.iter().map(|argument| literal(argument)).collect()),
            // Browsers write there.
            env: Some(vec![EnvVar {
                name: "HOME".to_owned(),
                value: Some(HOME.to_owned()),
                ..EnvVar::default()
            }]),
            resources: Some(self.program.resources.requirements()),
            security_context: Some(security::container(USER)),
            termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
            volume_mounts: Some(vec![
                mount(KEY_VOLUME, KEY_FOLDER, Some(true)),
                mount("zap-home", HOME, None),
                mount("zap-tmp", "/tmp", None),
            ]),
            ..Container::default()
        })
    }

    /// The first is for Java, which reads its own limit of memory from it. `-silent` keeps ZAP from asking the internet for
    /// updates, which would change its rules between two scans.
    fn arguments(&self) -> Result<Vec<String>, ValueError> {
        let mut arguments = vec![format!("-Xmx{}m", self.program.heap_mib()?)];
        let port = self.port.to_string();
        arguments.extend(
            ["-daemon", "-silent", "-host", self.host, "-port", &port, "-dir", HOME].map(str::to_owned),
        );
        arguments.extend(["-configfile".to_owned(), format!("{KEY_FOLDER}/{PROPERTIES}")]);
        for setting in self.permitted.iter().chain(&SETTINGS).chain(self.options) {
            arguments.extend(["-config".to_owned(), (*setting).to_owned()]);
        }
        Ok(arguments)
    }
}

/// What a ZAP writes to.
pub(crate) fn volumes() -> [Volume; 2] {
    let volume = |name: &str, most: &str| Volume {
        name: name.to_owned(),
        empty_dir: Some(EmptyDirVolumeSource {
            size_limit: Some(Quantity(most.to_owned())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    };
    [volume("zap-home", MOST_HOME), volume("zap-tmp", MOST_TMP)]
}
