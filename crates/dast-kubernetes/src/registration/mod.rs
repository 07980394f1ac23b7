//! The registration of the webhook: when the API server begins to ask it, and whom it then believes.
//!
//! The chart makes a MutatingWebhookConfiguration and a ValidatingWebhookConfiguration without any webhooks, and a file that
//! says which ones belong there. They are put there once the webhook answers by TLS that the authorities vouch for, so that
//! nobody is kept out before it can answer; and they stay there, whether it answers or not: from then on their failure
//! policy says what happens. Uninstalling takes them away with the chart's objects.
//!
//! [`Registrations`] are what the file says; the [`Registrar`] sees to it.

mod error;
mod file;
mod kind;
mod probe;
mod registrar;
#[cfg(test)]
mod tests;
mod unregister;
mod webhook;

pub use self::error::RegistrationError;
pub use self::file::{Registrations, Service};
pub use self::registrar::{Outcome, Registrar};
pub use self::unregister::unregister;
