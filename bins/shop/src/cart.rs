//! What a visitor means to buy, kept in a cookie.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::catalog::{self, Product};

/// The most of one product that a cart holds.
const QUANTITY_LIMIT: u32 = 20;

/// Products by id, each with its quantity.
///
/// As a cookie it reads `1-2.4-1`: two of product 1, one of product 4.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cart {
    quantities: BTreeMap<u32, u32>,
}

impl Cart {
    /// Reads a cookie's value. A visitor may have edited it, so whatever makes no sense is left out.
    pub(crate) fn parse(value: &str) -> Self {
        let mut cart = Self::default();
        for line in value.split('.') {
            let Some((id, quantity)) = line.split_once('-') else { continue };
            if let (Some(product), Ok(quantity)) = (catalog::find(id), quantity.parse()) {
                cart.add(product, quantity);
            }
        }
        cart
    }

    /// Adds some of a product, up to the limit.
    pub(crate) fn add(&mut self, product: &Product, quantity: u32) {
        if quantity > 0 {
            let held = self.quantities.entry(product.id).or_default();
            *held = held.saturating_add(quantity).min(QUANTITY_LIMIT);
        }
    }

    pub(crate) fn remove(&mut self, product: &Product) {
        self.quantities.remove(&product.id);
    }

    /// How many things are in it.
    pub(crate) fn count(&self) -> u32 {
        self.quantities.values().sum()
    }

    /// Products with their quantity.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&'static Product, u32)> {
        let known = |(id, quantity): (&u32, &u32)| {
            Some((catalog::PRODUCTS.iter().find(|product| product.id == *id)?, *quantity))
        };
        self.quantities.iter().filter_map(known)
    }
}

impl Display for Cart {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Some cookie readers drop an empty value, so an empty cart says so.
        if self.quantities.is_empty() {
            return f.write_str("empty");
        }
        for (position, (id, quantity)) in self.quantities.iter().enumerate() {
            let separator = if position == 0 { "" } else { "." };
            write!(f, "{separator}{id}-{quantity}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_back() {
        for value in ["empty", "1-2", "1-2.4-1"] {
            assert_eq!(Cart::parse(value).to_string(), value);
        }
    }

    #[test]
    fn an_edited_cookie_does_no_harm() {
        for (value, read) in [
            ("", "empty"),
            ("1-999999999.1-4294967295", "1-20"),
            ("99-1.2-1", "2-1"),
            ("1--1.x.1-0.3-<b>", "empty"),
        ] {
            assert_eq!(Cart::parse(value).to_string(), read, "{value}");
        }
    }

    #[test]
    fn lines_and_count_agree() {
        let cart = Cart::parse("1-2.4-1");
        assert_eq!(
            cart.lines().map(|(product, quantity)| (product.id, quantity)).collect::<Vec<_>>(),
            [(1, 2), (4, 1)]
        );
        assert_eq!(cart.count(), 3);
    }
}
