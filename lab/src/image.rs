//! Images of programs without an image builder: archives that containerd, `docker load` and tools for registries take.
//!
//! An archive is a tar of an [OCI image layout](https://github.com/opencontainers/image-spec/blob/main/image-layout.md)
//! that also has the `manifest.json` of `docker save`, as Docker itself writes it since version 25. The same contents are
//! the same bytes: entries have an order, no time, and no owner but root.

mod layer;

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

pub use self::layer::Layer;
use self::layer::{digest, entry, folder};

/// Somebody who is not root and owns nothing, by number, since Kubernetes cannot tell from a name who is root.
const NOBODY: u32 = 65532;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An image for Linux on amd64.
///
/// ```
/// use dast_lab::image::{Image, Layer};
///
/// # fn main() -> anyhow::Result<()> {
/// let folder = tempfile::tempdir()?;
/// let layer = Layer::new().program("hello", b"\x7fELF...".to_vec());
/// let image = Image::new("example.test/hello:1", &["/hello"]).layer(layer);
/// let archive = image.write(&folder.path().join("hello.tar"))?;
/// assert!(archive.digest().starts_with("sha256:"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Image {
    name: String,
    entrypoint: Vec<String>,
    environment: Vec<String>,
    user: u32,
    working_dir: String,
    layers: Vec<Layer>,
}

/// An image in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    name: String,
    digest: String,
    path: PathBuf,
    bytes: u64,
}

impl Image {
    /// An image by its full name, as `example.test/hello:1`, whose containers run `entrypoint` as a user who is not root.
    pub fn new(name: impl Into<String>, entrypoint: &[&str]) -> Self {
        Self {
            name: name.into(),
            entrypoint: entrypoint.iter().map(|word| (*word).to_owned()).collect(),
            environment: vec!["PATH=/".to_owned()],
            user: NOBODY,
            working_dir: "/".to_owned(),
            layers: Vec::new(),
        }
    }

    /// Adds a layer above those that are there.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Replaces the environment, which is `PATH=/`.
    #[must_use]
    pub fn environment(mut self, variables: &[&str]) -> Self {
        self.environment = variables.iter().map(|variable| (*variable).to_owned()).collect();
        self
    }

    /// Another user than 65532.
    #[must_use]
    pub fn user(mut self, user: u32) -> Self {
        self.user = user;
        self
    }

    /// Where containers start, instead of in `/`.
    #[must_use]
    pub fn working_dir(mut self, folder: impl Into<String>) -> Self {
        self.working_dir = folder.into();
        self
    }

    /// The image's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the archive.
    ///
    /// # Errors
    /// If the name has no tag, or if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<Archive> {
        let (_, tag) = self.name.rsplit_once(':').context("an image's name ends with a tag, as `:1`")?;
        ensure!(!tag.is_empty() && !tag.contains('/'), "`{}` is no image's name with a tag", self.name);
        let layers = self.layers.iter().map(Layer::pack).collect::<Result<Vec<_>>>()?;
        let diffs: Vec<_> = layers.iter().map(|layer| layer.content.clone()).collect();
        let config = serde_json::to_vec(&self.config(&diffs))?;
        let descriptors: Vec<_> = layers.iter().map(|layer| described(LAYER, &layer.packed)).collect();
        let manifest = serde_json::to_vec(&json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": described(CONFIG, &config), "layers": descriptors,
        }))?;
        let digest = format!("sha256:{}", digest(&manifest));
        let image = json!({
            "mediaType": MANIFEST,
            "digest": digest,
            "size": manifest.len(),
            "platform": { "architecture": "amd64", "os": "linux" },
            // The full name for containerd, the tag for everyone else.
            "annotations": { "io.containerd.image.name": self.name, "org.opencontainers.image.ref.name": tag },
        });
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [image] });
        let docker = json!([{
            "Config": blob(&config),
            "RepoTags": [self.name],
            "Layers": layers.iter().map(|layer| blob(&layer.packed)).collect::<Vec<_>>(),
        }]);

        let mut blobs = vec![(blob(&config), config), (blob(&manifest), manifest)];
        blobs.extend(layers.into_iter().map(|layer| (blob(&layer.packed), layer.packed)));
        blobs.sort();
        blobs.dedup();
        // Whoever reads it meanwhile has the one from before.
        let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let could_not = || format!("could not write `{}`", path.display());
        let mut part = NamedTempFile::new_in(beside).with_context(could_not)?;
        let mut tar = tar::Builder::new(BufWriter::new(&mut part));
        entry(&mut tar, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        entry(&mut tar, "index.json", 0o644, &serde_json::to_vec(&index)?)?;
        entry(&mut tar, "manifest.json", 0o644, &serde_json::to_vec(&docker)?)?;
        folder(&mut tar, "blobs", 0o755)?;
        folder(&mut tar, "blobs/sha256", 0o755)?;
        for (name, content) in &blobs {
            entry(&mut tar, name, 0o644, content)?;
        }
        tar.into_inner()?.flush().context("could not write the whole archive")?;
        part.persist(path).with_context(could_not)?;
        let bytes = fs::metadata(path).context("could not read the size of the archive")?.len();
        Ok(Archive { name: self.name.clone(), digest, path: path.to_owned(), bytes })
    }

    fn config(&self, diffs: &[String]) -> Value {
        json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "User": format!("{0}:{0}", self.user),
                "Env": self.environment,
                "Entrypoint": self.entrypoint,
                "WorkingDir": self.working_dir,
            },
            "rootfs": { "type": "layers", "diff_ids": diffs },
        })
    }
}

impl Archive {
    /// The image's name, as pods name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest that registries will know the image by.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The file, for `cargo xtask cluster load-image`, `docker load`, or a tool that copies archives to registries.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's size, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn described(media_type: &str, content: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", digest(content)), "size": content.len() })
}

fn blob(content: &[u8]) -> String {
    format!("blobs/sha256/{}", digest(content))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn hello() -> Image {
        let layer = Layer::new()
            .program("bin/hello", b"hello".to_vec())
            .file("etc/passwd", b"nobody:x:65532:65532::/:/\n".to_vec())
            .folder("tmp", 0o1777)
            .link("hello", "bin/hello");
        Image::new("example.test/hello:1", &["/bin/hello"]).layer(layer.clone()).layer(layer)
    }

    fn archive(image: &Image) -> (String, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.tar");
        let archive = image.write(&path).unwrap();
        let content = fs::read(archive.path()).unwrap();
        assert_eq!(archive.bytes(), u64::try_from(content.len()).unwrap());
        (archive.digest().to_owned(), content)
    }

    /// The files of a tar.
    fn files(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut tar = tar::Archive::new(tar);
        let files = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            assert_eq!((entry.header().mtime().unwrap(), entry.header().uid().unwrap()), (0, 0));
            let path = entry.path().unwrap().display().to_string();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (path, content)
        });
        files.collect()
    }

    fn document(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
        serde_json::from_slice(&files[name]).unwrap()
    }

    fn described_blob<'a>(files: &'a BTreeMap<String, Vec<u8>>, described: &Value) -> &'a [u8] {
        let digest = described["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let content = &files[&format!("blobs/sha256/{digest}")];
        assert_eq!(described["size"], content.len());
        content
    }

    #[test]
    fn the_same_contents_are_the_same_bytes() {
        assert_eq!(archive(&hello()), archive(&hello()));
        let other = hello().layer(Layer::new().file("more", Vec::new()));
        assert_ne!(archive(&hello()).0, archive(&other).0);
    }

    #[test]
    fn everything_is_found_from_the_index_on_under_its_digest() {
        let (digest, tar) = archive(&hello());
        let files = files(&tar);
        for (path, content) in &files {
            if let Some(name) = path.strip_prefix("blobs/sha256/").filter(|name| !name.is_empty()) {
                assert_eq!(super::digest(content), name);
            }
        }
        assert_eq!(document(&files, "oci-layout")["imageLayoutVersion"], "1.0.0");
        let index = document(&files, "index.json");
        let described = &index["manifests"][0];
        assert_eq!(described["digest"], digest);
        assert_eq!(described["annotations"]["io.containerd.image.name"], "example.test/hello:1");
        assert_eq!(described["annotations"]["org.opencontainers.image.ref.name"], "1");
        let manifest: Value = serde_json::from_slice(described_blob(&files, described)).unwrap();
        let config: Value = serde_json::from_slice(described_blob(&files, &manifest["config"])).unwrap();
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"]["Entrypoint"], json!(["/bin/hello"]));
        let diffs = config["rootfs"]["diff_ids"].as_array().unwrap();
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!((diffs.len(), layers.len()), (2, 2));
        for (diff, layer) in diffs.iter().zip(layers) {
            let mut content = Vec::new();
            GzDecoder::new(described_blob(&files, layer)).read_to_end(&mut content).unwrap();
            assert_eq!(*diff, format!("sha256:{}", super::digest(&content)));
        }
    }

    #[test]
    fn docker_finds_the_same() {
        let (_, tar) = archive(&hello());
        let files = files(&tar);
        let image = &document(&files, "manifest.json")[0];
        assert_eq!(image["RepoTags"], json!(["example.test/hello:1"]));
        assert_eq!(document(&files, image["Config"].as_str().unwrap())["os"], "linux");
        let layers = image["Layers"].as_array().unwrap();
        assert!(layers.len() == 2 && layers.iter().all(|layer| files.contains_key(layer.as_str().unwrap())));
    }

    #[test]
    fn a_layer_has_the_folders_above_its_files() {
        let layer = Layer::new().program("a/b/c", b"c".to_vec()).folder("tmp", 0o1777).link("d", "a/b/c");
        let mut tar = Vec::new();
        GzDecoder::new(layer.pack().unwrap().packed.as_slice()).read_to_end(&mut tar).unwrap();
        let mut archive = tar::Archive::new(tar.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let target = entry.link_name().unwrap().map(|target| target.display().to_string());
            (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap(), target)
        });
        let (link, folder) = (Some("a/b/c".to_owned()), 0o755);
        assert_eq!(
            entries.collect::<Vec<_>>(),
            [
                ("a/".to_owned(), folder, None),
                ("a/b/".to_owned(), folder, None),
                ("a/b/c".to_owned(), 0o755, None),
                ("d".to_owned(), 0o777, link),
                ("tmp/".to_owned(), 0o1777, None),
            ]
        );
    }

    #[test]
    fn a_name_has_a_tag() {
        let path = Path::new("no-such-folder/image.tar");
        for name in ["hello", "example.test:5000/hello", "example.test/hello:"] {
            let error = Image::new(name, &["/hello"]).write(path).unwrap_err().to_string();
            assert!(error.contains("tag"), "{name}: {error}");
        }
    }
}
