//! Places that a site tells robots about. They are only ever added: nothing is left out because a site asks for it.

use url::Url;

/// Paths that sites tell robots about (RFC 9309, and <https://www.sitemaps.org/protocol.html>).
const WELL_KNOWN: [&str; 2] = ["/robots.txt", "/sitemap.xml"];

/// Where a site may tell robots about itself.
pub(super) fn well_known(site: &Url) -> impl Iterator<Item = Url> {
    WELL_KNOWN.iter().filter_map(|path| site.join(path).ok())
}

/// Whether a place is one of those.
pub(super) fn is_well_known(url: &Url) -> bool {
    WELL_KNOWN.contains(&url.path())
}

/// The places in a `robots.txt` or a site map that was found at `url`; none if it is neither.
pub(super) fn places(url: &Url, text: &str) -> Vec<Url> {
    let found: Vec<String> = match () {
        () if url.path() == "/robots.txt" => robots(text).collect(),
        () if text.contains("<urlset") || text.contains("<sitemapindex") => locations(text).collect(),
        () => Vec::new(),
    };
    found.iter().filter_map(|place| url.join(place).ok()).collect()
}

fn robots(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let (field, value) = line.split_once(':')?;
        let is = |name: &str| field.trim().eq_ignore_ascii_case(name);
        let value = value.trim();
        if is("sitemap") {
            return Some(value.to_owned());
        }
        // A pattern is visited up to where it begins to be one.
        let path = value.split(['*', '$']).next().unwrap_or_default();
        ((is("allow") || is("disallow")) && path.starts_with('/')).then(|| path.to_owned())
    })
}

fn locations(text: &str) -> impl Iterator<Item = String> {
    let location =
        |rest: &str| rest.split_once("</loc>").map(|(place, _)| place.trim().replace("&amp;", "&"));
    text.split("<loc>").skip(1).filter_map(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(at: &str, text: &str) -> Vec<String> {
        places(&at.parse().unwrap(), text).iter().map(Url::to_string).collect()
    }

    #[test]
    fn robots_txt_tells_paths_and_site_maps() {
        let text = "User-agent: *\nDisallow: /admin # secret\nallow:/a/*.html$\r\nDisallow:\nDisallow: *.php\n\
                    Sitemap: https://other.test/map.xml\nCrawl-delay: /5\nno colon";
        let expected = ["http://shop.test/admin", "http://shop.test/a/", "https://other.test/map.xml"];
        assert_eq!(found("http://shop.test/robots.txt", text), expected);
        assert_eq!(found("http://shop.test/a/robots.txt", text), [""; 0]);
    }

    #[test]
    fn site_maps_tell_locations() {
        let text = "<?xml version='1.0'?><urlset><url><loc> http://shop.test/a?b=1&amp;c=2 </loc></url>\
                    <url><loc>/d</loc><loc>no end";
        assert_eq!(found("http://shop.test/s", text), ["http://shop.test/a?b=1&c=2", "http://shop.test/d"]);
        assert_eq!(found("http://shop.test/s", "<loc>/d</loc>"), [""; 0]);
    }
}
