//! What becomes of what ZAP knows from before.

/// What becomes of what ZAP knows of the target from before.
///
/// ZAP raises a passive alert once for a page, however often the page is looked at again. So a ZAP that scanned the target
/// before must forget its pages, or else the alerts of then are all there is.
///
/// An earlier scan of the same origin that is still under way is stopped and given up in any case, since two at a time would
/// use each other's header fields. Scans of other origins are left alone, but by [`NewSession`](Self::NewSession).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Memory {
    /// Forgets the pages of the target's origin, and takes only alerts that are raised from then on.
    #[default]
    Forget,
    /// Keeps everything: pages that were visited before are attacked too, and alerts that were raised before count. For a
    /// ZAP through which somebody explored the target.
    Keep,
    /// Begins a new session in ZAP, which forgets everything and ends whatever else goes on there. For a ZAP that nobody
    /// else uses.
    NewSession,
}

impl Memory {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::Keep => "keep",
            Self::NewSession => "new-session",
        }
    }
}
