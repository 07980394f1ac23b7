//! Reading a document so that everything that is wrong with it is told at once, each with field, value and what is
//! accepted. Policies are read like this; so may be what else people write for a program.
//!
//! ```
//! use dast_policy::reading::{Node, Place, Reader};
//!
//! let tree: Node = serde_json::from_str(r#"{"total": -1, "totl": 3, "name": ["a"]}"#)?;
//! let mut reader = Reader::default();
//! let fields = reader.map(Place::root(&tree), &["total", "name"]).ok_or("it is a map")?;
//! let total = fields.get("total").and_then(|place| reader.number::<u32>(place, 0..=10));
//! let name = fields.get("name").and_then(|place| reader.text(place));
//! assert_eq!((total, name), (None, None));
//! assert_eq!(
//!     reader.finish().unwrap_err().to_string(),
//!     "`totl`: `totl` is not accepted: expected one of the fields total, name; \
//!      `total`: `-1` is not accepted: expected a whole number from 0 to 10; \
//!      `name`: `a list` is not accepted: expected text; a number in quotation marks",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod reader;
mod tree;

pub use reader::{Fields, Place, Reader};
pub use tree::Node;
