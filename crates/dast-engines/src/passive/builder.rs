//! How a passive scanner is put together.

use hyper::header::{HeaderMap, HeaderValue};

use super::limits::Limits;
use super::scanner::PassiveScanner;
use super::settings::{Settings, SettingsError, authorities, field_name, field_value, secrets};

/// What a server reads of who asks, unless told otherwise.
const USER_AGENT: &str = concat!("dast/", env!("CARGO_PKG_VERSION"), " (passive)");

/// Fields that carry credentials, whoever sets them.
const CREDENTIALS: [&str; 5] =
    ["authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"];

/// Puts a [`PassiveScanner`] together. What is not set has a default that suits production.
#[derive(Clone, Default)]
pub struct PassiveScannerBuilder {
    limits: Limits,
    user_agent: Option<String>,
    headers: Vec<Field>,
    authorities: Vec<u8>,
    trusts_anybody: bool,
}

#[derive(Clone)]
struct Field {
    name: String,
    value: String,
    is_credential: bool,
}

impl PassiveScannerBuilder {
    /// Sets how much a scan may take.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what the server reads of who asks.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sends a header field with every request. `Authorization`, `Proxy-Authorization`, `Cookie`, `X-Api-Key` and
    /// `X-Auth-Token` are [credentials](Self::credential).
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        let is_credential = CREDENTIALS.iter().any(|known| known.eq_ignore_ascii_case(&name));
        self.headers.push(Field { name, value: value.into(), is_credential });
        self
    }

    /// Sends a header field that proves who asks with every request. Its value is taken out of all that is reported.
    ///
    /// A scan with credentials says whether it was logged in. All that it can tell is that the first place that answered
    /// said neither 401 nor 403 and did not lead to another origin, and that the first page answered in the same way at
    /// the end as at the beginning.
    #[must_use]
    pub fn credential(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Field { name: name.into(), value: value.into(), is_credential: true });
        self
    }

    /// Trusts the certificates of these authorities too, besides those that the system trusts. `pem` is their text.
    #[must_use]
    pub fn ca_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.authorities.extend_from_slice(pem.as_ref());
        self.authorities.push(b'\n');
        self
    }

    /// Talks to whoever answers. Credentials may then be sent to anybody between here and the target.
    #[must_use]
    pub fn danger_accept_invalid_certificates(mut self, accept: bool) -> Self {
        self.trusts_anybody = accept;
        self
    }

    /// The scanner.
    ///
    /// # Errors
    /// When a limit, a header field or a certificate is not acceptable.
    pub fn build(self) -> Result<PassiveScanner, SettingsError> {
        self.limits.check().map_err(SettingsError::Limit)?;
        let user_agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        let mut headers = HeaderMap::new();
        headers.append("accept", HeaderValue::from_static("*/*"));
        headers.append("user-agent", field_value("User-Agent", user_agent)?);
        for field in &self.headers {
            let name = field_name(&field.name)?;
            let mut value = field_value(&field.name, &field.value)?;
            value.set_sensitive(field.is_credential);
            headers.append(name, value);
        }
        let credentials = || self.headers.iter().filter(|field| field.is_credential);
        let settings = Settings {
            limits: self.limits,
            secrets: credentials().flat_map(|field| secrets(&field.value)).collect(),
            authenticates: credentials().next().is_some(),
            headers,
            authorities: authorities(&self.authorities)?,
            trusts_anybody: self.trusts_anybody,
        };
        Ok(PassiveScanner::new(settings))
    }
}

impl PassiveScanner {
    /// Begins to put a scanner together.
    ///
    /// ```
    /// use dast_core::Scanner;
    /// use dast_engines::passive::{Limits, PassiveScanner};
    ///
    /// let scanner = PassiveScanner::builder()
    ///     .limits(Limits { pages: 50, ..Limits::default() })
    ///     .header("Authorization", "Bearer s3cr3t")
    ///     .build()?;
    /// assert_eq!(scanner.profile().name, "passive");
    /// assert!(scanner.engine().passive);
    /// # Ok::<(), dast_engines::passive::SettingsError>(())
    /// ```
    pub fn builder() -> PassiveScannerBuilder {
        PassiveScannerBuilder::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(builder: PassiveScannerBuilder) -> String {
        use dast_core::Scanner;
        builder.build().unwrap().profile().hash
    }

    fn builder() -> PassiveScannerBuilder {
        PassiveScanner::builder()
    }

    #[test]
    fn the_hash_is_over_what_changes_what_is_found_and_nothing_else() {
        let limits = Limits::default();
        let plain = hash(builder());
        assert_eq!(plain.len(), 64);
        let same = [
            builder().limits(Limits { concurrency: 1, requests_per_second: Some(2), ..limits }),
            builder().danger_accept_invalid_certificates(true),
        ];
        same.into_iter().for_each(|builder| assert_eq!(hash(builder), plain));
        let others = [
            builder().limits(Limits { pages: 1, ..limits }),
            builder().limits(Limits { depth: 1, ..limits }),
            builder().limits(Limits { page_bytes: 1, ..limits }),
            builder().limits(Limits { total_bytes: 1, ..limits }),
            builder().limits(Limits { time: limits.request_timeout, ..limits }),
            builder().limits(Limits { request_timeout: limits.time, ..limits }),
            builder().user_agent("other"),
            builder().header("X-Tenant", "a"),
            builder().header("X-Tenant", "b"),
            builder().credential("X-Tenant", "b"),
        ];
        let mut hashes: Vec<_> = others.into_iter().map(hash).chain([plain]).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 11);
        // A renewed token is the same profile.
        assert_eq!(hash(builder().header("cookie", "sid=1")), hash(builder().header("Cookie", "sid=2")));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_telling_its_value() {
        for (name, value) in
            [("Host", "x"), ("content-LENGTH", "1"), ("a b", "x"), ("", "x"), ("X-A", "hunter2\r\nX: 1")]
        {
            let error = builder().credential(name, value).build().err().unwrap();
            assert_eq!(error.category(), "header");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        for (name, value) in [("X-Key: hunter2", "x"), ("hunter2\n", "x"), ("hunter 2", "x\n")] {
            let error = builder().credential(name, value).build().err().unwrap().to_string();
            assert!(!error.contains("hunter") && error.contains("a header name"), "{error}");
        }
        let error = builder().user_agent("a\nb").build().err().unwrap();
        assert_eq!(error.category(), "header");
        for pem in ["nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
            assert_eq!(builder().ca_certificates(pem).build().err().unwrap().category(), "certificates");
        }
        let limits = Limits { pages: 0, ..Limits::default() };
        assert_eq!(builder().limits(limits).build().err().unwrap().category(), "limit");
    }

    #[test]
    fn all_parts_of_a_credential_are_secret() {
        assert_eq!(secrets("Bearer abc.def"), ["Bearer abc.def", "abc.def"]);
        let basic = secrets("basic Ym9iOmh1bnRlcjI=");
        assert!(
            basic.contains(&"hunter2".to_owned()) && basic.contains(&"bob:hunter2".to_owned()),
            "{basic:?}"
        );
        let cookies = secrets("sid=12345; theme=dark");
        assert!(cookies.contains(&"12345".to_owned()) && cookies.contains(&"dark".to_owned()), "{cookies:?}");
    }
}
