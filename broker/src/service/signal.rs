//! What do signals look like?

use crate::api::words::Word;
use crate::api::{Dictionary, MANAGER, PATH, SESSION};
use netsession_fsm::hub::Notice;
use netsession_fsm::words::ConfigurationId;
use std::sync::Arc;
use zbus::{DynamicType, Message};

/// Whom a session's signals are for, and which object sends them.
pub(super) struct To<'a> {
    pub(super) client: &'a str,
    pub(super) path: &'a str,
}

/// What is different on an object; for everybody, or for one client alone.
pub(super) fn properties(client: Option<&str>, path: &str, interface: &str, changed: &Dictionary<'_>) -> zbus::Result<Message> {
    let mut signal = Message::signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged");
    if let Some(client) = client {
        signal = signal.destination(client);
    }
    signal.build(&(interface, changed, Vec::<&str>::new()))
}

/// A signal of the broker.
pub(super) fn manager<B>(member: &str, body: &B) -> zbus::Result<Message>
where
    B: serde::Serialize + DynamicType,
{
    Message::signal(PATH, MANAGER, member).build(body)
}

/// A configuration is new, or another one.
pub(super) fn configuration(new: bool, keys: &Dictionary<'_>) -> zbus::Result<Message> {
    manager(if new { "ConfigurationAdded" } else { "ConfigurationChanged" }, keys)
}

/// A signal of a session.
pub(super) fn notice(
    to: &To<'_>,
    sequence: u64,
    notice: &Notice,
    deadline: u64,
    name_of: impl Fn(ConfigurationId) -> Arc<str>,
) -> zbus::Result<Message> {
    let signal = |member: &'static str| Message::signal(to.path, SESSION, member).destination(to.client);
    match notice {
        Notice::StateChanged(state) => signal("StateChanged").build(&(sequence, *state as u32)),
        Notice::PoliciesChanged(policies) => signal("PoliciesChanged").build(&(sequence, u32::from(policies.0))),
        Notice::Opened => signal("Opened").build(&sequence),
        Notice::Closed => signal("Closed").build(&sequence),
        Notice::PreferredConfigurationChanged(offer) => {
            let access_point = name_of(offer.access_point.into());
            let body = (sequence, offer.id.0, &*access_point, offer.kind.word(), offer.seamless, offer.keeps_old, deadline);
            signal("PreferredConfigurationChanged").build(&body)
        }
        Notice::NewConfigurationActivated { offer, access_point } => {
            let access_point = name_of((*access_point).into());
            signal("NewConfigurationActivated").build(&(sequence, offer.0, &*access_point, deadline))
        }
        Notice::OfferWithdrawn(offer) => signal("OfferWithdrawn").build(&(sequence, offer.0)),
        Notice::Error(error) => {
            let configuration = name_of(error.configuration);
            let body = (sequence, error.kind as u32, error.cause.word(), error.operation.word(), &*configuration);
            signal("Error").build(&body)
        }
    }
}
