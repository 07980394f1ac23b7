//! Which image a container really runs.

use std::fmt;
use std::str::FromStr;

use dast_policy::ValueError;

/// The digest of the image that a container runs, the same whichever runtime says it.
///
/// ```
/// use dast_core::discovery::ImageDigest;
///
/// let hex = "6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d";
/// let digest: ImageDigest = format!("sha256:{hex}").parse()?;
/// for written in [
///     format!("docker.io/library/nginx@sha256:{hex}"),
///     format!("docker-pullable://nginx@sha256:{hex}"),
///     format!("docker://sha256:{hex}"),
///     format!("{hex}"),
/// ] {
///     assert_eq!(written.parse(), Ok(digest.clone()), "{written}");
/// }
/// assert!("docker.io/library/nginx:latest".parse::<ImageDigest>().is_err(), "a tag can be moved");
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageDigest(String);

impl ImageDigest {
    /// The digest, such as `sha256:6784…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageDigest {
    type Err = ValueError;

    /// Reads an `imageID`: of containerd (`name@sha256:…`, or `sha256:…` for what was imported), of CRI-O (the same, or
    /// bare digits), of Docker (`docker-pullable://name@sha256:…`, or `docker://sha256:…` for what was built there).
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let accepted = "an image ID with a digest, such as `nginx@sha256:` and 64 hex digits";
        let refused = || ValueError::new(text, accepted);
        let named = text.split_once("://").map_or(text, |(_, named)| named);
        let digest = named.rsplit_once('@').map_or(named, |(_, digest)| digest);
        let (algorithm, hex) = digest.split_once(':').unwrap_or(("sha256", digest));
        // The registered algorithms (OCI image specification, "Digests").
        let length = match algorithm {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => return Err(refused()),
        };
        let legal = hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if legal { Ok(Self(format!("{algorithm}:{hex}"))) } else { Err(refused()) }
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_digest_is_refused() {
        let hex = "a".repeat(64);
        for text in [
            String::new(),
            "nginx".to_owned(),
            "nginx:1.27".to_owned(),
            "sha256:".to_owned(),
            format!("sha256:{}", "a".repeat(63)),
            format!("sha256:{}", "A".repeat(64)),
            format!("md5:{hex}"),
            format!("nginx@{hex}:latest"),
            format!("{hex}@nginx"),
            "a".repeat(100_000),
        ] {
            let error = text.parse::<ImageDigest>().unwrap_err();
            assert!(error.to_string().len() < 300, "{error}");
        }
        assert!(format!("reg.test:5000/a/b@sha512:{}", "0".repeat(128)).parse::<ImageDigest>().is_ok());
    }
}
