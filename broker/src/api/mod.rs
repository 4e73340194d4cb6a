//! What do both sides of the bus know? Names, the introspection XML, words and dictionaries.

mod bus;
pub mod configuration;
pub mod decode;
pub mod fault;
pub mod options;
pub mod path;
pub mod properties;
pub mod words;
pub mod xml;

pub use bus::Bus;

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
/// The version of the interfaces: how many additions there were.
pub const VERSION: u32 = 2;
/// The oldest version that a client of this one can do with: it takes what was added since where it is there.
pub const OLDEST: u32 = 1;
/// The documented interfaces, as introspection XML.
pub const XML: &str = include_str!("../../dbus/org.netsession.Broker1.xml");

/// The keys of a dictionary with their values, in order.
pub type Dictionary<'a> = std::collections::BTreeMap<&'static str, zbus::Variant<'a>>;
