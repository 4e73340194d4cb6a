//! What can ConnMan tell? Signals and answers, taken apart.

use super::proxy::{Question, Refused};
use super::service::Properties;
use zbus::{OwnedObjectPath, OwnedVariant};

/// One message.
#[derive(Debug)]
pub(super) enum Told {
    /// A property of a service changed.
    Changed(String, String, OwnedVariant),
    /// A service came.
    Appeared(String),
    /// A service went.
    Vanished(String),
    /// The services in order, with the properties of new ones; which ones went.
    Order(Vec<(String, Properties)>, Vec<String>),
    /// ConnMan has its name on the bus, or lost it.
    Owner(bool),
    /// A question was answered.
    Answer(Question, Result<Answer, Refused>),
}

/// What a good answer says.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was done.
    Done,
    /// Whether ConnMan is there.
    Owner(bool),
    /// All services.
    Services(Vec<(String, Properties)>),
    /// All properties of a service.
    Properties(Properties),
    /// Technologies that can scan.
    Scanners(Vec<OwnedObjectPath>),
}
