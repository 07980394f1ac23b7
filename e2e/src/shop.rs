//! The shop, which is scanned.

use crate::image::image_of;

/// The namespace, the Deployment and the Service of the shop.
pub const SHOP: &str = "shop";

/// A version of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shop {
    /// Weak on purpose.
    Careless,
    /// Mended.
    Repaired,
}

impl Shop {
    /// Its namespace, Deployment and Service, which nobody has annotated.
    pub fn manifests(self) -> String {
        include_str!("../manifests/shop.yaml")
            .replace("IMAGE", &image_of("dast-shop"))
            .replace("CARE", self.argument())
    }

    fn argument(self) -> &'static str {
        match self {
            Self::Careless => "--careless",
            Self::Repaired => "--repaired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_differ_in_one_argument() {
        let [careless, repaired] = [Shop::Careless, Shop::Repaired].map(Shop::manifests);
        assert!(careless.contains("/dast-shop:"), "{careless}");
        assert_eq!(careless.replace("--careless", "--repaired"), repaired);
        assert_ne!(careless, repaired);
    }
}
