//! Where the definition of an API is, as the owner of a Service or a scanner writes it: an OpenAPI document.

use dast_core::origin_of;
use dast_policy::Origin;
use url::Url;

/// The URL of a document under the name and the port by which a scan calls its target. It has to be one of the target itself:
/// otherwise whoever writes the URL could make scans send requests to any host. `names` are those by which the target's host is
/// known.
///
/// # Errors
/// With what is accepted. The document is named by its origin at most: there may be passwords in the rest.
pub(super) fn own_document(document: &str, origin: &Origin, names: &[String]) -> Result<String, String> {
    let refused = |of: Option<Origin>| {
        let of = of.map_or_else(String::new, |of| format!(" of `{of}`"));
        format!(
            "the OpenAPI document{of} is not accepted: expected one of the target itself, as `{origin}/openapi.json`"
        )
    };
    let root = Url::parse(&format!("{origin}/")).map_err(|_| refused(None))?;
    let document = root.join(document).map_err(|_| refused(None))?;
    let mut own = document.clone();
    if is_named(&document, names) {
        own.set_host(root.host_str()).map_err(|_| refused(None))?;
    }
    if origin_of(&own).as_ref() != Some(origin) {
        return Err(refused(origin_of(&document)));
    }
    Ok(own.into())
}

/// Whether a document is of the same Service, which has these ports, at another one than `port`.
pub(super) fn is_of_another_port(document: &Url, names: &[String], port: u16, ports: &[u16]) -> bool {
    let at = document.port_or_known_default().filter(|at| *at != port);
    is_named(document, names) && at.is_some_and(|at| ports.contains(&at))
}

fn is_named(document: &Url, names: &[String]) -> bool {
    names.iter().any(|name| Some(name.as_str()) == document.host_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> [String; 3] {
        ["web.shop.svc", "web.shop", "web.shop.svc.cluster.local"].map(str::to_owned)
    }

    fn own(document: &str) -> Result<String, String> {
        own_document(document, &"http://web.shop.svc:8080".parse().unwrap(), &names())
    }

    #[test]
    fn a_document_of_the_target_is_read_by_the_name_that_a_scan_knows() {
        let known = |path: &str| Ok(format!("http://web.shop.svc:8080{path}"));
        for name in ["web.shop.svc", "web.shop", "web.shop.svc.cluster.local", "WEB.shop"] {
            assert_eq!(
                own(&format!("http://{name}:8080/v2/swagger.json?all=1")),
                known("/v2/swagger.json?all=1")
            );
        }
        for path in ["/openapi.json", "openapi.json"] {
            assert_eq!(own(path), known("/openapi.json"), "{path}");
        }
        assert_eq!(own("http://web.shop:8080"), known("/"));
        assert_eq!(own("http://web.shop:8080//cdn.example/a"), known("//cdn.example/a"), "it is a path");
    }

    #[test]
    fn a_document_of_somebody_else_is_refused_and_no_password_is_told() {
        for other in [
            "http://web.shop/hunter2",
            "https://web.shop:8080/?token=hunter2",
            "http://web.elsewhere:8080/hunter2",
            "http://web.shop.svc.evil.example:8080/hunter2",
            "http://bob:hunter2@web.shop:8080/",
            "//evil.example:8080/hunter2",
            "javascript:hunter2",
            "http://\nhunter2:hunter2",
        ] {
            let error = own(other).unwrap_err();
            assert!(error.ends_with("as `http://web.shop.svc:8080/openapi.json`"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(own("http://web.elsewhere/").unwrap_err().contains("document of `http://web.elsewhere` is"));
    }

    #[test]
    fn a_document_at_another_port_of_the_service_is_noticed() {
        let is =
            |document: &str| is_of_another_port(&Url::parse(document).unwrap(), &names(), 8080, &[80, 8080]);
        assert!(is("http://web.shop/openapi.json"));
        for other in ["http://web.shop:8080/", "http://web.shop:81/", "http://evil.example/"] {
            assert!(!is(other), "{other}");
        }
    }
}
