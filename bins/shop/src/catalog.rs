//! What the shop sells.

use serde::Serialize;

/// One thing for sale.
#[derive(Debug, Serialize)]
pub(crate) struct Product {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    pub(crate) price_cents: u32,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    /// An SVG document.
    #[serde(skip)]
    pub(crate) picture: &'static str,
    /// Authors and texts that the product begins with.
    #[serde(skip)]
    pub(crate) reviews: &'static [(&'static str, &'static str)],
}

/// The product with an id as it stands in an address.
pub(crate) fn find(id: &str) -> Option<&'static Product> {
    let id: u32 = id.parse().ok()?;
    PRODUCTS.iter().find(|product| product.id == id)
}

/// Products whose name, category or summary contains the query, in any case.
pub(crate) fn search(query: &str) -> impl Iterator<Item = &'static Product> {
    let query = query.trim().to_lowercase();
    PRODUCTS.iter().filter(move |product| {
        [product.name, product.category, product.summary]
            .iter()
            .any(|text| text.to_lowercase().contains(&query))
    })
}

/// Everything, by id.
pub(crate) static PRODUCTS: [Product; 8] = [
    Product {
        id: 1,
        name: "Enamel mug",
        category: "Kitchen",
        price_cents: 1400,
        summary: "Holds 350 ml and survives the campfire.",
        description: "Two coats of enamel over steel, fired at 800 degrees. Chips tell where it has been and \
                      do not make it leak.",
        picture: include_str!("../assets/products/mug.svg"),
        reviews: &[("Marta", "Third one in ten years, and only because I keep giving them away.")],
    },
    Product {
        id: 2,
        name: "Moka pot",
        category: "Kitchen",
        price_cents: 3200,
        summary: "Three cups of strong coffee on any flame.",
        description: "Cast aluminium with a handle that stays cool. Fill it with water up to the valve, heap the \
                      coffee without pressing it, and wait for the gurgle.",
        picture: include_str!("../assets/products/moka.svg"),
        reviews: &[
            ("Iwan", "Makes the coffee my grandmother made."),
            ("Sol", "Smaller than I thought, and fine."),
        ],
    },
    Product {
        id: 3,
        name: "Wool blanket",
        category: "Cabin",
        price_cents: 8900,
        summary: "Heavy lambswool, 140 by 200 cm.",
        description: "Woven from undyed and plant-dyed lambswool by a mill that has done nothing else since 1921. \
                      It warms when damp and airs out overnight.",
        picture: include_str!("../assets/products/blanket.svg"),
        reviews: &[("Jonas", "The dog has decided that it is hers.")],
    },
    Product {
        id: 4,
        name: "Storm lantern",
        category: "Cabin",
        price_cents: 4500,
        summary: "Burns twenty hours on one filling of paraffin.",
        description: "A galvanised frame, a globe of tempered glass and a flat wick. The draught is led around the \
                      flame, so that wind makes it burn brighter instead of putting it out.",
        picture: include_str!("../assets/products/lantern.svg"),
        reviews: &[("Pilar", "Carried it through a gale to the wood shed and back.")],
    },
    Product {
        id: 5,
        name: "Beeswax candle",
        category: "Cabin",
        price_cents: 900,
        summary: "Poured by hand, smells of honey, burns for twelve hours.",
        description: "Pure beeswax from two keepers in the valley and a cotton wick. Trim it to half a centimetre \
                      and it will not smoke.",
        picture: include_str!("../assets/products/candle.svg"),
        reviews: &[],
    },
    Product {
        id: 6,
        name: "Canvas rucksack",
        category: "Trail",
        price_cents: 12900,
        summary: "Waxed canvas and leather straps, 24 litres.",
        description: "One large compartment, one pocket and no zip to break. Rub in new wax once a year and it keeps \
                      the rain out for a lifetime.",
        picture: include_str!("../assets/products/rucksack.svg"),
        reviews: &[("Kemal", "Took some weeks to soften. Now I would not swap it.")],
    },
    Product {
        id: 7,
        name: "Field notebook",
        category: "Trail",
        price_cents: 1100,
        summary: "96 dotted pages that take pencil in the rain.",
        description: "Stone paper, sewn binding, rounded corners. It fits a shirt pocket and opens flat on a knee.",
        picture: include_str!("../assets/products/notebook.svg"),
        reviews: &[("Ada", "Dropped it in a stream. Every page could still be read.")],
    },
    Product {
        id: 8,
        name: "Brass compass",
        category: "Trail",
        price_cents: 5400,
        summary: "A damped needle in a brass case with a lid.",
        description: "Settles within three seconds and is filled with oil against freezing. The lid carries a \
                      sighting slot and, if you like, your initials.",
        picture: include_str!("../assets/products/compass.svg"),
        reviews: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found() {
        for product in &PRODUCTS {
            assert_eq!(find(&product.id.to_string()).unwrap().name, product.name);
        }
        for id in ["0", "9", "-1", "", "1x", "99999999999"] {
            assert!(find(id).is_none(), "{id}");
        }
    }

    #[test]
    fn search_ignores_case_and_surrounding_space() {
        let names = |query| search(query).map(|product| product.name).collect::<Vec<_>>();
        assert_eq!(names(" LANTERN "), ["Storm lantern"]);
        assert_eq!(names("kitchen"), ["Enamel mug", "Moka pot"]);
        assert!(names("nothing like it").is_empty());
    }
}
