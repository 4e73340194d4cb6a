//! What do both sides of the bus know? Names, the introspection XML, words and dictionaries.

pub mod decode;

/// The well-known name of the broker on its bus.
pub const NAME: &str = "org.netsession.Broker1";
/// The object of the broker itself; sessions are below it.
pub const PATH: &str = "/org/netsession/Broker1";
/// The interface of the broker's object.
pub const MANAGER: &str = "org.netsession.Manager1";
/// The interface of a session's object.
pub const SESSION: &str = "org.netsession.Session1";
/// What the names of errors begin with.
pub const ERROR: &str = "org.netsession.Error";
/// The documented interfaces, as introspection XML.
pub const XML: &str = include_str!("../../dbus/org.netsession.Broker1.xml");
