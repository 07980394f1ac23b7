//! All layers that apply to a subject.

use std::sync::Arc;

use crate::error::{PolicyError, Problem};
use crate::layer::{Layer, Scope};

/// The layers that apply to a subject, from the top down. Each is judged by itself, and the worst verdict counts, so
/// a layer can only tighten what stands above it.
///
/// ```
/// use dast_policy::{Layer, Policy, PolicyDocument, Scope};
///
/// let ceiling = Layer::new(Scope::Cluster, "ceiling", PolicyDocument::standard())?;
/// let own = Layer::from_annotations("shop/web", [("dast.security.banzaicloud.io/low", "5")])?;
/// let policy = Policy::new([Some(ceiling), own].into_iter().flatten())?;
/// assert_eq!(policy.layers().len(), 2);
/// # Ok::<(), dast_policy::PolicyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    layers: Vec<Arc<Layer>>,
}

impl Policy {
    /// Puts layers in their order.
    ///
    /// Where a route's annotations are all there is they are the whole policy, and a severity that they do not name
    /// may have no instance at all, as in the original operator.
    ///
    /// # Errors
    /// When there is no layer: nothing would be judged, which must not look like passing.
    pub fn new<L: Into<Arc<Layer>>>(layers: impl IntoIterator<Item = L>) -> Result<Self, PolicyError> {
        let mut layers: Vec<Arc<Layer>> = layers.into_iter().map(Into::into).collect();
        if layers.is_empty() {
            return Err(PolicyError::invalid(vec![Problem::new("", None, "at least one policy")]));
        }
        if layers.iter().all(|layer| layer.scope() == Scope::Route) {
            layers.iter_mut().for_each(|layer| Arc::make_mut(layer).accept_nothing_more());
        }
        layers.sort_by_key(|layer| layer.scope());
        Ok(Self { layers })
    }

    /// The layers, from the top down.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }
}

impl From<Layer> for Policy {
    fn from(mut layer: Layer) -> Self {
        if layer.scope() == Scope::Route {
            layer.accept_nothing_more();
        }
        Self { layers: vec![Arc::new(layer)] }
    }
}
