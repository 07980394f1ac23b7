//! Images that people may choose.

use dast_policy::ValueError;
use dast_policy::reading::{Place, Reader};

use super::name;

/// The image that somebody gets who wishes this one.
pub(super) fn choose<'a>(
    wish: Option<&'a str>,
    ours: &'a str,
    patterns: &[String],
    list: &str,
) -> Result<&'a str, ValueError> {
    match wish.map(str::trim) {
        None | Some("") => Ok(ours),
        Some(image) if image == ours => Ok(ours),
        Some(image) if is_image(image) && name::is_among(image, patterns) => Ok(image),
        Some(image) => Err(ValueError::new(
            image,
            format!("`{ours}`, or an image that the configuration lists in `{list}`"),
        )),
    }
}

/// Whether it is the analyzer of the operator that came before, in whatever version.
pub(super) fn is_originals_analyzer(image: &str) -> bool {
    const NAMES: [&str; 2] = ["ghcr.io/banzaicloud/dast-analyzer", "dast-analyzer"];
    let (name, version) = match image.trim().split_once([':', '@']) {
        Some((name, version)) => (name, version),
        None => (image.trim(), "latest"),
    };
    match NAMES.iter().position(|known| *known == name) {
        Some(0) => true,
        Some(_) => version == "latest",
        None => false,
    }
}

/// An image.
pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    name::accept(reader, place, "an image such as `registry.example/name:tag`", is_image)
}

/// Images, with `*` for any letters.
pub(super) fn pattern(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let accepted = "an image such as `registry.example/name:*`, in which `*` stands for any letters";
    name::accept(reader, place, accepted, |text| is_image(&text.replace('*', "x")))
}

/// What an image is written with
/// (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>). The runtime knows the rest.
fn is_image(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@+".contains(c))
}
