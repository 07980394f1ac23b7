//! The HTML of the pages.

use minijinja::Environment;

use crate::Care;

/// The templates of one version of the shop. Names end in `.html`, so minijinja escapes what they print.
///
/// The versions share all but three fragments; `careless/` and `repaired/` hold one of each.
pub(crate) fn environment(care: Care) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_loader(move |name| Ok(source(care, name)));
    environment.add_filter("euros", |cents: u32| format!("€{}.{:02}", cents / 100, cents % 100));
    environment
}

fn source(care: Care, name: &str) -> Option<&'static str> {
    Some(match (name, care) {
        ("base.html", _) => include_str!("../templates/base.html"),
        ("product_list.html", _) => include_str!("../templates/product_list.html"),
        ("home.html", _) => include_str!("../templates/home.html"),
        ("product.html", _) => include_str!("../templates/product.html"),
        ("search.html", _) => include_str!("../templates/search.html"),
        ("cart.html", _) => include_str!("../templates/cart.html"),
        ("login.html", _) => include_str!("../templates/login.html"),
        ("account.html", _) => include_str!("../templates/account.html"),
        ("about.html", _) => include_str!("../templates/about.html"),

        ("query.html", Care::Careless) => include_str!("../templates/careless/query.html"),
        ("query.html", Care::Repaired) => include_str!("../templates/repaired/query.html"),
        ("review.html", Care::Careless) => include_str!("../templates/careless/review.html"),
        ("review.html", Care::Repaired) => include_str!("../templates/repaired/review.html"),
        ("token.html", Care::Careless) => include_str!("../templates/careless/token.html"),
        ("token.html", Care::Repaired) => include_str!("../templates/repaired/token.html"),
        _ => return None,
    })
}
