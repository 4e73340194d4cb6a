//! What does NetworkManager say of its own accord? Its signals, taken apart.

use super::objects::{ACTIVE, DEVICE, Interfaces, PROFILE, Properties};
use super::proxy::NAME;
use zbus::message::{Message, Type};
use zbus::{ObjectPath, OwnedObjectPath};

/// One thing that was said.
#[derive(Debug)]
pub(super) enum Said {
    /// The name has an owner now, or none any more.
    Owner(bool),
    /// An object is there, or has more interfaces.
    Added(String, Interfaces),
    /// Interfaces of an object are gone.
    Removed(String, Vec<String>),
    /// Properties of an object's interface changed.
    Changed(String, String, Properties),
    /// An active connection is in another state (`NMActiveConnectionState`), for a reason.
    Activation { path: String, state: u32, reason: u32 },
    /// A device is in another state (`NMDeviceState`), for a reason.
    Device { path: String, state: u32, reason: u32 },
    /// The settings of a profile are others.
    Updated(String),
}

/// What a message says, if it is a signal that matters here and can be read.
pub(super) fn understand(message: &Message) -> Option<Said> {
    if message.message_type() != Type::Signal {
        return None;
    }
    let header = message.header();
    let (path, interface, member) = (header.path()?.as_str(), header.interface()?.as_str(), header.member()?.as_str());
    let body = message.body();
    let said = match (interface, member) {
        ("org.freedesktop.DBus.Properties", "PropertiesChanged") => body
            .deserialize::<(String, Properties, Vec<String>)>()
            .map(|(interface, properties, _)| Some(Said::Changed(path.into(), interface, properties))),
        ("org.freedesktop.DBus.ObjectManager", "InterfacesAdded") => {
            body.deserialize::<(OwnedObjectPath, Interfaces)>().map(|(path, interfaces)| Some(Said::Added(path.to_string(), interfaces)))
        }
        ("org.freedesktop.DBus.ObjectManager", "InterfacesRemoved") => {
            body.deserialize::<(ObjectPath<'_>, Vec<String>)>().map(|(path, interfaces)| Some(Said::Removed(path.to_string(), interfaces)))
        }
        (ACTIVE, "StateChanged") => body.deserialize().map(|(state, reason)| Some(Said::Activation { path: path.into(), state, reason })),
        (DEVICE, "StateChanged") => {
            body.deserialize::<(u32, u32, u32)>().map(|(state, _, reason)| Some(Said::Device { path: path.into(), state, reason }))
        }
        (PROFILE, "Updated") => Ok(Some(Said::Updated(path.into()))),
        ("org.freedesktop.DBus", "NameOwnerChanged") => {
            body.deserialize::<(String, String, String)>().map(|(name, _, owner)| (name == NAME).then_some(Said::Owner(!owner.is_empty())))
        }
        _ => Ok(None),
    };
    said.unwrap_or_else(|error| {
        tracing::warn!(path, interface, member, %error, "networkmanager: a signal could not be read");
        None
    })
}
