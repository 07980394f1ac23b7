//! Origins decide which service a finding belongs to, so no two readers of a URL may disagree on them.

#![no_main]

use dast_policy::Origin;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|text: &str| {
    let Ok((origin, rest)) = Origin::split(text) else {
        assert!(text.parse::<Origin>().is_err(), "refused as a URL, accepted as an origin");
        return;
    };

    // What is written reads back as the same, and nothing of the text is lost.
    let written = origin.to_string();
    assert_eq!(written.parse::<Origin>().as_ref(), Ok(&origin));
    assert!(text.ends_with(rest));
    assert!(rest.is_empty() || rest.starts_with(['/', '?', '#']));
    assert_eq!(Origin::split(&format!("{written}{rest}")), Ok((origin.clone(), rest)));
    assert_eq!(text.parse::<Origin>().is_ok(), rest.is_empty());
    assert_eq!(Origin::new(origin.scheme(), origin.host(), origin.port()).as_ref(), Ok(&origin));

    agrees_with_browsers(text, &origin);
});

/// An independent reader, which follows the WHATWG URL standard, must see the same scheme, host and port.
fn agrees_with_browsers(text: &str, origin: &Origin) {
    let Ok(url) = Url::parse(text) else { return };
    assert_eq!(url.scheme(), origin.scheme().as_str());
    assert_eq!(url.port_or_known_default(), Some(origin.port()));
    assert!(url.username().is_empty() && url.password().is_none(), "a user was taken for a part of the host");
    match url.host() {
        Some(Host::Ipv6(_)) => assert_eq!(Some(origin.host()), url.host_str()),
        Some(Host::Ipv4(address)) => assert_eq!(origin.host(), address.to_string()),
        Some(Host::Domain(name)) => assert_eq!(origin.host(), name),
        None => panic!("an origin without a host"),
    }
}
