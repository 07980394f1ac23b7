//! Where sites and instances are.

use dast_core::{Redactor, origin_of};
use dast_policy::{Origin, Scheme, ValueError};
use url::Url;

use super::error::FieldError;
use super::wire::SiteEntry;

/// What is accepted as the URL of an instance.
const WEB: &str = "an absolute URL of scheme http or https";

/// The origin of a site, which up to four fields tell. `path` is the site's own.
///
/// # Errors
/// When the name is no origin, or another field says something else.
pub(super) fn origin(site: &SiteEntry, path: &str) -> Result<Origin, FieldError> {
    let name = site.name.as_str();
    let error = |field: &str, value: &str, accepted: String| {
        FieldError::new(format!("{path}.{field}"), ValueError::new(value, accepted))
    };
    let origin = bare(name)
        .ok_or_else(|| error("@name", name, "an origin such as `https://shop.test:8443`".to_owned()))?;
    let agrees = |field: &str, value: &str, agrees: bool, said: &str| match value {
        "" => Ok(()),
        _ if agrees => Ok(()),
        _ => Err(error(field, value, format!("`{said}`, which `@name` says"))),
    };
    // ZAP takes names apart at their colons, so that of an IPv6 address it writes `[` and no port of its own.
    let v6 = origin.host().starts_with('[');
    let host = site.host.as_str();
    let same = bare(&format!("http://{host}")).is_some_and(|other| other.host() == origin.host())
        || (v6 && (host == "[" || origin.host() == format!("[{host}]")));
    agrees("@host", host, same, origin.host())?;
    let port = site.port.as_str();
    let same =
        port.parse() == Ok(origin.port()) || (v6 && port.parse() == Ok(origin.scheme().default_port()));
    agrees("@port", port, same, &origin.port().to_string())?;
    let ssl = (origin.scheme() == Scheme::Https).to_string();
    agrees("@ssl", site.ssl.as_str(), site.ssl.as_str() == ssl, &ssl)?;
    Ok(origin)
}

/// The origin that a text names and nothing else.
fn bare(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok()?;
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    let bare = bare && url.query().is_none() && url.fragment().is_none();
    origin_of(&url).filter(|_| bare)
}

/// The URL of an instance in a form that begins with a canonical origin, without secrets.
///
/// # Errors
/// When it is relative or not of the web.
pub(super) fn url(text: &str, redactor: &Redactor) -> Result<String, ValueError> {
    if let Ok((origin, rest)) = Origin::split(text) {
        return Ok(format!("{origin}{}", redactor.url(rest)));
    }
    let error = || ValueError::new(redactor.text(text), WEB);
    let url = Url::parse(text).map_err(|_| error())?;
    let origin = origin_of(&url).ok_or_else(error)?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{origin}{}", redactor.url(&format!("{}{query}", url.path()))))
}
