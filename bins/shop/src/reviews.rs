//! What customers wrote about products.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::catalog::{PRODUCTS, Product};
use crate::failure::Failure;

/// How many reviews a product keeps; the oldest make room.
const REVIEW_LIMIT: usize = 20;
/// The longest text, in bytes.
const TEXT_LIMIT: usize = 1024;
/// The longest name of an author, in bytes.
const AUTHOR_LIMIT: usize = 64;

/// One customer's opinion, kept as it was written: escaping is the page's business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Review {
    author: String,
    text: String,
}

impl Review {
    /// Refuses what is empty or too long.
    pub(crate) fn new(author: &str, text: &str) -> Result<Self, Failure> {
        let (author, text) = (author.trim(), text.trim());
        let fits = (1..=AUTHOR_LIMIT).contains(&author.len()) && (1..=TEXT_LIMIT).contains(&text.len());
        if fits { Ok(Self { author: author.into(), text: text.into() }) } else { Err(Failure::Review) }
    }
}

/// All reviews by product.
#[derive(Debug)]
pub(crate) struct Reviews {
    by_product: BTreeMap<u32, VecDeque<Review>>,
}

impl Default for Reviews {
    /// The ones that the shop opens with.
    fn default() -> Self {
        let opening = |product: &Product| {
            let reviews = product.reviews.iter();
            reviews.map(|(author, text)| Review { author: (*author).into(), text: (*text).into() }).collect()
        };
        Self { by_product: PRODUCTS.iter().map(|product| (product.id, opening(product))).collect() }
    }
}

impl Reviews {
    /// A product's reviews, the newest first.
    pub(crate) fn of(&self, product: &Product) -> Vec<Review> {
        self.by_product.get(&product.id).into_iter().flatten().rev().cloned().collect()
    }

    pub(crate) fn add(&mut self, product: &Product, review: Review) {
        let reviews = self.by_product.entry(product.id).or_default();
        if reviews.len() >= REVIEW_LIMIT {
            reviews.pop_front();
        }
        reviews.push_back(review);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_kept() {
        let mut reviews = Reviews::default();
        let [product, other, ..] = &PRODUCTS;
        for number in 0..=REVIEW_LIMIT {
            reviews.add(product, Review::new("Ada", &number.to_string()).unwrap());
        }
        let kept = reviews.of(product);
        assert_eq!(kept.len(), REVIEW_LIMIT);
        assert_eq!(kept[0].text, REVIEW_LIMIT.to_string());
        assert_eq!(kept[REVIEW_LIMIT - 1].text, "1");
        assert_eq!(reviews.of(other).len(), other.reviews.len());
    }

    #[test]
    fn empty_and_overlong_reviews_are_refused() {
        assert!(Review::new("Ada", &"x".repeat(TEXT_LIMIT)).is_ok());
        for (author, text) in
            [("Ada", " "), ("", "Good."), ("Ada", &"x".repeat(TEXT_LIMIT + 1)), (&"x".repeat(65), "Good.")]
        {
            assert!(Review::new(author, text).is_err());
        }
    }
}
